"""Evaluation: many simulated people through one deployment, for accuracy, cost and the attack.

Half of them are the attacker's panel, half are held out; accuracy is measured on the held-out half. The plain
control goes through the same code in the same run: where it cannot reach `CONTROL_FLOOR`, a failed attack says
nothing, and the figure is None.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from privacy.plugin import CLIENT, Metric
from privacy.plugin.attacks import (
    LinearReader,
    attribute_advantage,
    category_advantage,
    read_lookup,
    read_scoring,
    read_together,
    train_on_best,
)
from privacy.plugin.measuring import Interval, mean, median
from privacy.plugin.running import Channel, Floats, Ints, reference, top_k
from workloads.fyp.data import Histories
from workloads.fyp.deployment import Deployment, Served
from workloads.fyp.world import SHOWN, Taste, World

CONTROL_FLOOR = 0.8
STRANGERS = 3
Progress = Callable[[int, int, str], None]


@dataclass
class Visits:
    """What is kept of each person: features of the views, and figures. No body of any wire."""

    scoring: list[Floats] = field(default_factory=list)
    lookup: list[Floats] = field(default_factory=list)
    together: list[Floats] = field(default_factory=list)
    overlap: list[float] = field(default_factory=list)
    ndcg: list[float] = field(default_factory=list)
    recall: list[float] = field(default_factory=list)
    chance: list[tuple[float, float, float]] = field(default_factory=list)
    luck: str = "chance is a random feed"
    error: list[float] = field(default_factory=list)
    client: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)


def ndcg_at(shown: Ints, relevant: Ints) -> float:
    """Normalised discounted cumulative gain of one list with binary relevance (Jarvelin and Kekalainen 2002)."""
    discount = 1.0 / np.log2(np.arange(2, len(shown) + 2))
    gain = float((np.isin(shown, relevant) * discount).sum())
    return gain / float(discount[: min(len(shown), len(relevant))].sum())


def random_feed(pool: int, relevant: int) -> tuple[float, float, float]:
    """What ten random items of a pool score on average: overlap with the best ten, NDCG, and recall."""
    shown = min(SHOWN, pool)
    discount = 1.0 / np.log2(np.arange(2, shown + 2))
    gain = float(discount.sum()) * relevant / pool / float(discount[:relevant].sum())
    return shown / pool, gain, shown / pool


def read_views(served: Served, world: World) -> dict[str, Floats]:
    """The attacker's features of one request: of one server's `scoring` step and of the `lookup` step.

    Where several servers score, those of all of them `together` as well: what they would have if they colluded.
    """
    found = {
        "scoring": read_scoring(served.views["scoring"]),
        "lookup": read_lookup(served.views["lookup"], vectors=world.features.vectors),
    }
    scorers = served.together["scoring"]
    return found | ({"together": read_together(scorers)} if len(scorers.coalition) > 1 else {})


def _visit(visits: Visits, served: Served, world: World, taste: Taste, held_out: Ints) -> None:
    for step, features in read_views(served, world).items():
        getattr(visits, step).append(features)
    exact = reference(world.items, taste.vector)
    best = top_k(exact, k=SHOWN, exclude=taste.liked)
    visits.overlap.append(len(np.intersect1d(best, served.shown)) / SHOWN)
    visits.ndcg.append(ndcg_at(served.shown, held_out))
    visits.recall.append(len(np.intersect1d(served.shown, held_out)) / len(held_out))
    visits.chance.append(random_feed(len(world.items) - len(np.unique(taste.liked)), len(held_out)))
    expected = exact if served.sent is taste.vector else reference(world.items, served.sent)
    visits.error.append(float(np.abs(served.scores - expected).max()) / world.scoring_task.unit)
    visits.client.append(served.seconds.get(CLIENT, 0.0))
    visits.server.append(sum(s for p, s in served.seconds.items() if p != CLIENT))


def strangers_releases(
    deployment: Deployment, histories: Histories, released: Sequence[Ints]
) -> list[tuple[float, float, float]]:
    """What the feed of each held-out person scores that follows from other people's releases: chance under noise.

    Such a release says nothing of the person. Yet the device ranks what is fetched again with the true taste, so it
    scores far more than a random feed. Overlap with the best ten, NDCG, and recall, over `STRANGERS` others.
    """
    world, people, found = deployment.world, len(released), []
    for u in range(people // 2, people):
        taste, held_out = world.taste(histories.liked[u]), histories.held_out[u]
        best = top_k(reference(world.items, taste.vector), k=SHOWN, exclude=taste.liked)
        scores = []
        for step in range(1, min(STRANGERS, people - 1) + 1):
            shown = deployment.ranked_again(taste, released[(u + step) % people])
            overlap, hits = len(np.intersect1d(best, shown)) / SHOWN, len(np.intersect1d(shown, held_out))
            scores.append((overlap, ndcg_at(shown, held_out), hits / len(held_out)))
        mine = np.mean(scores, axis=0)
        found.append((float(mine[0]), float(mine[1]), float(mine[2])))
    return found


def send_cohort(
    deployment: Deployment, histories: Histories, *, progress: Progress, label: str, sent: Sequence[Ints] | None = None
) -> Visits:
    """Send everyone in `histories` through the deployment, each with fresh keys, and keep what is needed.

    `sent` is what each sends in place of the taste; drawn afresh without it.
    """
    world, visits, people = deployment.world, Visits(), len(histories.liked)
    released: list[Ints] = []
    for u in range(people):
        progress(u, people, label)
        channel = Channel()
        deployment.next_person(channel)
        taste = world.taste(histories.liked[u])
        released.append(deployment.release(taste) if sent is None else sent[u])
        _visit(visits, deployment.serve(taste, channel, sent=released[u]), world, taste, histories.held_out[u])
    if deployment.randomiser is not None:
        visits.chance[people // 2 :] = strangers_releases(deployment, histories, released)
        visits.luck = "chance is another person's release, ranked again with the true taste"
    progress(people, people, label)
    return visits


@dataclass(frozen=True)
class Attack:
    """A trained attacker for each view and target, with its advantage on held-out people.

    `named` is the share of them whose value it names right, `luck` the share that holds the panel's commonest value:
    what naming that one always would reach. A target in which people do not differ has none of these.
    """

    readers: dict[str, LinearReader]
    advantages: dict[str, Interval]
    named: dict[str, Interval] = field(default_factory=dict)
    luck: dict[str, float] = field(default_factory=dict)


def attack(visits: Visits, histories: Histories, *, seed: int, tell: Callable[[], None] = lambda: None) -> Attack:
    """Train on the first half of the cohort, measure on the second: `scoring` alone, and the `whole` view.

    Where several servers score, `together` is what all of them received of that step. `tell` is called before each
    training.
    """
    half = len(histories.liked) // 2
    scoring, lookup = np.stack(visits.scoring), np.stack(visits.lookup)
    views = {"scoring": [scoring], "whole": [scoring, lookup]}
    if visits.together:
        views["together"] = [np.stack(visits.together)]
    readers: dict[str, LinearReader] = {}
    found = Attack(readers, {})
    targets = {
        "attribute": (histories.attribute, attribute_advantage),
        "topic": (histories.favourite_topic, category_advantage),
    }
    for target, (truth, measure) in targets.items():
        if not _differ(truth[:half], truth[half:]):
            continue
        for name, parts in views.items():
            tell()
            reader = train_on_best([p[:half] for p in parts], truth[:half], seed=seed)
            readers[f"{target}/{name}"] = reader
            seen, answers = np.hstack([p[half:] for p in parts]), truth[half:]
            found.advantages[f"{target}/{name}"] = measure(reader, seen, answers)
            right = [reader.guess(row) == answer for row, answer in zip(seen, answers, strict=True)]
            found.named[f"{target}/{name}"] = mean(np.array(right, dtype=np.float64))
            found.luck[f"{target}/{name}"] = float((answers == np.bincount(truth[:half]).argmax()).mean())
    return found


def _differ(panel: Ints, held_out: Ints) -> bool:
    """True if there is something to guess: real people may all be alike in it, or too alike in one half."""
    return len(np.unique(panel)) > 1 and len(np.unique(held_out)) > 1 and bool(np.isin(held_out, panel).any())


def accuracy_metrics(visits: Visits, *, half: int, simulated: bool = True) -> list[Metric]:
    """Accuracy and time over the held-out half."""

    chance = np.mean(visits.chance[half:], axis=0)

    def of(key: str, values: list[float], place: int) -> Metric:
        value, low, high = mean(values[half:])
        by_luck = float(chance[place])
        return Metric(
            key, value, low, high, len(values[half:]), "share", "higher", "measured", simulated, visits.luck, by_luck
        )  # fmt: skip

    def seconds(key: str, values: list[float]) -> Metric:
        value, low, high = median(values)
        return Metric(key, value, low, high, len(values), "s", "lower", note="median of a request, scoring and lookup")

    worst = max(visits.error[half:])
    error = Metric("score_error", worst, n=half, unit="score", better="lower", note="largest, against the exact scores")
    return [
        of("top10_overlap", visits.overlap, 0),
        of("ndcg_at_10", visits.ndcg, 1),
        of("recall_at_10", visits.recall, 2),
        error,
        seconds("client_seconds", visits.client),
        seconds("server_seconds", visits.server),
    ]


_ATTACKS = {
    "attribute_advantage_scoring": "attribute/scoring",
    "attribute_advantage": "attribute/whole",
    "taste_advantage_scoring": "topic/scoring",
    "taste_advantage": "topic/whole",
    "attribute_advantage_together": "attribute/together",
    "taste_advantage_together": "topic/together",
}
_NAMED = {
    "attribute_named_scoring": "attribute/scoring",
    "attribute_named": "attribute/whole",
    "topic_named_scoring": "topic/scoring",
    "topic_named": "topic/whole",
    "attribute_named_together": "attribute/together",
    "topic_named_together": "topic/together",
}


def attack_metrics(found: Attack, control: Attack, *, n: int, simulated: bool = True) -> list[Metric]:
    """The attack's figures; None where the plain control of the same run does not reach the floor."""

    def row(key: str, interval: Interval | None, note: str = "") -> Metric:
        value, low, high = interval or (None, None, None)
        return Metric(key, value, low, high, n, "2 AUC - 1", "lower", "measured", simulated, note)

    rows = []
    colluding = any(name.endswith("/together") for name in found.advantages)
    for key, name in _ATTACKS.items():
        if name.endswith("/together") and not colluding:
            continue
        # One server under plain reads what several would read together.
        plain = control.advantages.get(name.replace("/together", "/scoring"))
        if plain is None:
            alike = "all of these people have the same value, so there is nothing to guess"
            rows += [row(f"{key}_control", None, alike), row(key, None, alike)]
            continue
        rows.append(row(f"{key}_control", plain))
        if plain[0] <= CONTROL_FLOOR:
            weak = f"the plain control reached {plain[0]:.2f}, not {CONTROL_FLOOR}"
            rows.append(row(key, None, f"{weak}: the attack is too weak to say anything"))
        else:
            rows.append(row(key, found.advantages[name]))
    return rows + [
        Metric(key, *found.named[name], n, "share", "lower", "measured", simulated, chance=found.luck[name])
        for key, name in _NAMED.items()
        if name in found.named
    ]
