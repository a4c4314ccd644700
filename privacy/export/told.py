"""What the plots and tables of a workload's comparison say: which attacks are drawn, and the sentences around them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from privacy.compare.plan import Plan
from privacy.plots.cost import HEADS
from privacy.plots.words import head_of
from workloads.catalogue import Workload
from workloads.catalogue import workload_of as named

Columns = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class View:
    """One trade-off plot: its name on a tab and as a title, the attack on its axis, and what to read from it."""

    tab: str
    title: str
    attack: str
    caption: str


@dataclass(frozen=True)
class Told:
    """A workload's own words, as plain text.

    `over` says of a plan what its figures are over, `quality` and `cost` head the tables, `costs` the panels of the
    cost plot.
    """

    views: tuple[View, ...]
    over: Callable[[Plan], str]
    quality: str
    cost: str
    spread: str
    costs: tuple[str, str] = HEADS


def _people(plan: Plan) -> str:
    people = plan.base.cohort
    return f"accuracy and attacks over {people} simulated people, with {people} more as the attacker's panel"


def _devices(plan: Plan) -> str:
    options = named(plan.base).settings(plan.base)
    return f"the question is a {options.question}, over {options.devices} simulated devices"


FYP = Told(
    views=(
        View(
            "Whole view", "Privacy against utility, whole view", "attribute_advantage",
            "Up is a better feed, left is less learnt. The attacker reads everything that one server received: the "
            "scoring step and the fetch. Dashed: what guessing reaches, what a random feed scores, and the same attack "
            "on the plain control of the same run.",
        ),
        View(
            "Scoring alone", "The scoring step alone", "attribute_advantage_scoring",
            "What the same attacker learns if it does not see which items are fetched.",
        ),
    ),
    over=_people,
    quality="Accuracy and attack, over simulated people. Attack: the advantage over guessing in telling a sensitive "
    "attribute, where 0 is guessing and 1 is certainty.",
    cost="Cost of one request (median), and of the set-up before the first.",
    spread="bars are 95% intervals of medians over many requests",
)  # fmt: skip

TALLY = Told(
    views=(
        View(
            "Two sums", "Privacy against utility, two sums", "attack_differencing",
            "Up is a better answer, left is less learnt. The attacker sees the sums of two cohorts that differ by one "
            "device, and tells that device's answer from their difference. Only noise in the sum itself stops it: a "
            "hidden input does not.",
        ),
        View(
            "Aggregator", "What the aggregator reads", "attack_aggregator",
            "The attacker is whoever computes the sum, and tells one device's answer from the wires that it received.",
        ),
        View(
            "Many rounds", "Many rounds of known cohorts", "attack_disaggregation",
            "The attacker knows who was in each of many sums, and solves for the devices. Right is more of them told "
            "apart; fixed cohorts, or noise that is accounted over the rounds, keep them together.",
        ),
    ),
    over=_devices,
    quality="Accuracy of the answer, and attacks on it. Most attacks: the advantage over guessing in telling one "
    "device's answer, where 0 is guessing and 1 is certainty; unanimous and cohorts: a share, where 0 is none.",
    cost="Cost of one contributor (median), of the aggregators and the collector, and of the set-up before.",
    spread="bars are 95% intervals where there is more than one measurement",
    costs=("bytes of one contributor (median), and of the setup before", "time of each party"),
)  # fmt: skip


def told(workload: Workload) -> Told:
    """The words of a workload; plain ones where it has none of its own."""
    known = {"fyp": FYP, "tally": TALLY}.get(workload.id)
    return known or Told(
        views=(
            View("Trade-off", "Privacy against utility", workload.attack, "Up is more accurate, left is less learnt."),
        ),
        over=lambda plan: f"seed {plan.base.seed}",
        quality="Accuracy and attack.",
        cost="Cost.",
        spread="bars are 95% intervals",
    )


def workload_of(plan: Plan) -> Workload:
    """The workload of a plan. UnknownNameError for one that is not known here."""
    return named(plan.base)


def quality_columns(workload: Workload) -> Columns:
    """Metric and head of each column of the table of quality."""
    return [(key, head_of(key)) for key in workload.quality]


def cost_columns(workload: Workload) -> Columns:
    """The same of the table of cost."""
    return [(key, head_of(key)) for key in cost_keys(workload)]


def cost_keys(workload: Workload) -> list[str]:
    """The metrics of cost, times first; the time of a feed.s setup is with them."""
    times = [key for key in workload.cost if key.endswith("_seconds")]
    times += [] if workload.named or "setup_seconds" in times else ["setup_seconds"]
    return [*times, *(key for key in workload.cost if key not in times)]


def settings_of(plan: Plan) -> list[tuple[str, str]]:
    """The workload's settings of a plan by name: a request's own fields, or its options."""
    base, workload = plan.base, workload_of(plan)
    if not workload.named:
        items = "all" if base.items is None else str(base.items)
        fields = (("user", base.user), ("seed", base.seed), ("cohort", base.cohort), ("dims", base.dims))
        return [*((name, str(value)) for name, value in fields), ("items", items)]
    options = vars(workload.settings(base))
    return [("seed", str(base.seed)), *((name, f"{value}" or "from the data") for name, value in options.items())]
