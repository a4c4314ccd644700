"""What a live round is: its definition, public and sent to every device, and the run that follows from it.

The aggregator's server and each device work the run out for themselves from the definition and the number who joined,
so that a device never takes the server's word for what protects it.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from privacy.cohorts import sampling_of
from privacy.errors import ParamError
from privacy.guarantees import Guarantee
from privacy.live.question import live_of
from privacy.live.versioned import VERSION, Blobs, no_blobs
from privacy.mechanism import Role
from privacy.primitives.aggregation import (
    AGGREGATOR,
    MAX_CONTRIBUTORS,
    Aggregation,
    AggregationTask,
    contributor,
)
from privacy.randomiser import SumRandomiser, shared_noise, under_sum
from privacy.registry import Registry
from privacy.transports.base import seat_for
from privacy.workload import Live

SELF_RUN = "self-run: aggregator and collector are one machine"
_LONGEST = 7 * 86_400.0


@dataclass(frozen=True)
class Definition:
    """Public: a question, as plain values for a workload, under which stack, of how many at most, and how few are
    too few."""

    question: Mapping[str, Any]
    stack: str = "smpc"
    params: Mapping[str, Any] = field(default_factory=dict)
    contributors: int = 10
    minimum: int = 2
    join_seconds: float = 60.0
    round_seconds: float = 30.0
    release: bool = False
    """Whether the collector lets the contributors see the sum."""
    seating: str = SELF_RUN
    """Where the collector sits, in words."""
    room: Mapping[str, str] = field(default_factory=dict)
    """The room to which the versions that come of the sums are committed: its `id` and `name`, its `chain` and
    `contract`, the `committer`, and the id of the `parent`, the version that the round begins from. Empty for none."""

    def __post_init__(self) -> None:
        if not 1 <= self.contributors <= MAX_CONTRIBUTORS or not 1 <= self.minimum <= self.contributors:
            raise ParamError(
                f"a live round of {self.contributors} contributors with a minimum of {self.minimum} is not possible",
                then=f"choose 1 to {MAX_CONTRIBUTORS}, and no larger minimum",
            )
        for seconds in (self.join_seconds, self.round_seconds):
            if not (math.isfinite(seconds) and 0 < seconds <= _LONGEST):
                raise ParamError(f"{seconds} seconds are not a possible time limit", then="choose up to a week")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def following(self, *, version: str, parent: str) -> "Definition":
        """The live round that begins from another version of the same room."""
        return replace(self, question={**self.question, VERSION: version}, room={**self.room, "parent": parent})

    def continues(self, other: "Definition") -> bool:
        """Whether both are of one series, whichever versions they begin from."""
        return self.following(version="", parent="") == other.following(version="", parent="")

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "Definition":
        """A definition that came from elsewhere; ParamError for anything that is none."""
        try:
            return cls(
                dict(values["question"]), str(values["stack"]), dict(values["params"]),
                int(values["contributors"]), int(values["minimum"]), float(values["join_seconds"]),
                float(values["round_seconds"]), values["release"] is True, str(values["seating"]),
                {str(name): str(text) for name, text in dict(values.get("room", {})).items()},
            )  # fmt: skip
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
            raise ParamError(
                "a live round's definition is malformed", then="use the same version on both sides"
            ) from None


@dataclass(frozen=True)
class Plan:
    """The run of a live round: `task` as the question has it, `carried` as the carrier gets it under a randomiser."""

    live: Live
    mechanism: Aggregation
    task: AggregationTask
    carried: AggregationTask
    randomiser: SumRandomiser | None
    guarantee: Guarantee

    @property
    def own(self) -> dict[Any, Any]:
        """The computing parties' own inputs: the noise that the aggregator adds, if it adds any."""
        noise = self.randomiser.central(self.task) if self.randomiser else None
        return {} if noise is None else {AGGREGATOR: noise}

    @property
    def most_bytes(self) -> int:
        """No answer of one contributor in one round is larger."""
        return 4 * 2**20 + 40 * self.task.length + 4096 * self.task.contributors


def plan(definition: Definition, registry: Registry, *, joined: int, blobs: Blobs = no_blobs) -> Plan:
    """The run of `joined` contributors. ParamError or PluginError where the stack has none.

    `blobs` gets what the question is read with, if it is read with anything.
    """
    stack = registry.stack(definition.stack, dict(definition.params))
    if sampling_of(stack) < 1.0:
        text = f"the noise relies on a sampling of {sampling_of(stack):g}, and whoever joins is in a live round"
        raise ParamError(text, then="leave sampling at 1")
    made = registry.mechanism(stack.carrier, "aggregation", stack.params)
    if not isinstance(made, Aggregation):
        raise ParamError(f"{stack.carrier.id} has no aggregation that contributors can take part in")
    live = live_of(definition.question, registry, blobs)
    task = AggregationTask(
        contributors=joined, length=live.length, bound=live.bound, minimum=definition.minimum, unit=live.step
    )
    if stack.randomiser is None:
        return _checked(Plan(live, made, task, task, None, made.guarantee(task)))
    release = registry.randomiser(stack.randomiser, "aggregation", stack.release_params)
    if not isinstance(release, SumRandomiser):
        raise ParamError(f"{stack.randomiser.id} has no randomiser of sums")
    if not made.central_noise:
        task = shared_noise(task, made, colluders=int(getattr(stack.release_params, "colluders", 0)))
    carried = release.carried(task)
    return _checked(Plan(live, made, task, carried, release, under_sum(release, task, made.guarantee(carried))))


def _checked(made: Plan) -> Plan:
    """ParamError for a mechanism whose contributors speak before the first round: mailboxes open with it."""
    role = made.mechanism.contributor(seat_for(contributor(1), made.carried, None))
    if type(role).publish is not Role.publish:
        raise ParamError("contributors of this stack publish keys before a run, which a live round does not carry")
    return made


def weaker(shown: Guarantee, now: Guarantee) -> str:
    """In words, towards whom `now` guarantees less than what was shown; empty if it does not."""
    for before in shown.towards:
        after = now.observer(before.observer)
        if after is None or after.strength < before.strength:
            return f"what holds towards the {before.observer} is weaker than what was shown"
        if (after.security_bits or 0) < (before.security_bits or 0):
            return f"fewer security bits hold towards the {before.observer} than were shown"
        if before.output and (after.output is None or after.output.epsilon > 1.1 * before.output.epsilon):
            return f"epsilon towards the {before.observer} is larger than what was shown"
    return ""
