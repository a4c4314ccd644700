"""Evaluation: many simulated people through one deployment, for accuracy, cost and the attack.

Half of them are the attacker's panel, half are held out; accuracy is measured on the held-out half. The plain
control goes through the same code in the same run: where it cannot reach `CONTROL_FLOOR`, a failed attack says
nothing, and the figure is None.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from privacy.attacks.inference import LinearReader, attribute_advantage, taste_advantage, train_on_best
from privacy.attacks.reading import read_lookup, read_scoring
from privacy.boundary.channel import Channel
from privacy.boundary.party import CLIENT
from privacy.data import Histories
from privacy.primitives.scoring import Floats, Ints, reference, top_k
from privacy.results import Metric
from privacy.stats import Interval, mean, median
from privacy.workloads.deployment import Deployment, Served
from privacy.workloads.world import SHOWN, Taste, World

CONTROL_FLOOR = 0.8
Progress = Callable[[int, int, str], None]


@dataclass
class Tally:
    """What is kept of each person: features of the views, and figures. No body of any wire."""

    scoring: list[Floats] = field(default_factory=list)
    lookup: list[Floats] = field(default_factory=list)
    overlap: list[float] = field(default_factory=list)
    ndcg: list[float] = field(default_factory=list)
    recall: list[float] = field(default_factory=list)
    error: list[float] = field(default_factory=list)
    client: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)


def ndcg_at(shown: Ints, relevant: Ints) -> float:
    """Normalised discounted cumulative gain of one list with binary relevance (Jarvelin and Kekalainen 2002)."""
    discount = 1.0 / np.log2(np.arange(2, len(shown) + 2))
    gain = float((np.isin(shown, relevant) * discount).sum())
    return gain / float(discount[: min(len(shown), len(relevant))].sum())


def read_views(served: Served, world: World) -> tuple[Floats, Floats]:
    """The attacker's features of one request: of the scoring step, and of the lookup step."""
    lookup = read_lookup(served.views["lookup"], vectors=world.features.vectors, count=SHOWN)
    return read_scoring(served.views["scoring"]), lookup


def _visit(tally: Tally, served: Served, world: World, taste: Taste, held_out: Ints) -> None:
    scoring, lookup = read_views(served, world)
    tally.scoring.append(scoring)
    tally.lookup.append(lookup)
    exact = reference(world.items, taste.vector)
    best = top_k(exact, k=SHOWN, exclude=taste.liked)
    tally.overlap.append(len(np.intersect1d(best, served.shown)) / SHOWN)
    tally.ndcg.append(ndcg_at(served.shown, held_out))
    tally.recall.append(len(np.intersect1d(served.shown, held_out)) / len(held_out))
    tally.error.append(float(np.abs(served.scores - exact).max()) / world.scoring_task.unit)
    tally.client.append(served.seconds.get(CLIENT, 0.0))
    tally.server.append(sum(s for p, s in served.seconds.items() if p != CLIENT))


def send_cohort(deployment: Deployment, histories: Histories, *, progress: Progress, label: str) -> Tally:
    """Send everyone in `histories` through the deployment, each with fresh keys, and keep what is needed."""
    world, tally, people = deployment.world, Tally(), len(histories.liked)
    for u in range(people):
        if u % 10 == 0:
            progress(u, people, label)
        deployment.next_person()
        taste = world.taste(histories.liked[u])
        _visit(tally, deployment.serve(taste, Channel()), world, taste, histories.held_out[u])
    progress(people, people, label)
    return tally


@dataclass(frozen=True)
class Attack:
    """A trained attacker for each view and target, with its advantage on held-out people."""

    readers: dict[str, LinearReader]
    advantages: dict[str, Interval]


def attack(tally: Tally, histories: Histories, *, seed: int) -> Attack:
    """Train on the first half of the cohort, measure on the second: `scoring` alone, and the `whole` view."""
    half = len(histories.liked) // 2
    scoring, lookup = np.stack(tally.scoring), np.stack(tally.lookup)
    readers: dict[str, LinearReader] = {}
    advantages: dict[str, Interval] = {}
    for name, parts in (("scoring", [scoring]), ("whole", [scoring, lookup])):
        x = np.hstack(parts)
        panel = [p[:half] for p in parts]
        readers[f"attribute/{name}"] = reader = train_on_best(panel, histories.attribute[:half], seed=seed)
        advantages[f"attribute/{name}"] = attribute_advantage(reader, x[half:], histories.attribute[half:])
        readers[f"topic/{name}"] = reader = train_on_best(panel, histories.favourite_topic[:half], seed=seed)
        advantages[f"topic/{name}"] = taste_advantage(reader, x[half:], histories.favourite_topic[half:])
    return Attack(readers, advantages)


def accuracy_metrics(tally: Tally, *, half: int) -> list[Metric]:
    """Accuracy and time over the held-out half."""

    def of(key: str, values: list[float], unit: str = "share") -> Metric:
        value, low, high = mean(values[half:])
        return Metric(key, value, low, high, len(values[half:]), unit, "higher", "measured", True)

    def seconds(key: str, values: list[float]) -> Metric:
        value, low, high = median(values)
        return Metric(key, value, low, high, len(values), "s", "lower", note="median of a request, scoring and lookup")

    worst = max(tally.error[half:])
    error = Metric("score_error", worst, n=half, unit="score", better="lower", note="largest, against the exact scores")
    return [
        of("top10_overlap", tally.overlap),
        of("ndcg_at_10", tally.ndcg),
        of("recall_at_10", tally.recall),
        error,
        seconds("client_seconds", tally.client),
        seconds("server_seconds", tally.server),
    ]


_ATTACKS = {
    "attribute_advantage_scoring": "attribute/scoring",
    "attribute_advantage": "attribute/whole",
    "taste_advantage_scoring": "topic/scoring",
    "taste_advantage": "topic/whole",
}


def attack_metrics(found: Attack, control: Attack, *, n: int) -> list[Metric]:
    """The attack's figures; None where the plain control of the same run does not reach the floor."""
    rows = []
    for key, name in _ATTACKS.items():
        floor, _, _ = control.advantages[name]
        rows.append(Metric(f"{key}_control", *control.advantages[name], n, "2 AUC - 1", "lower", "measured", True))
        if floor <= CONTROL_FLOOR:
            note = f"the plain control reached {floor:.2f}, not {CONTROL_FLOOR}: the attack is too weak to say anything"
            rows.append(Metric(key, None, None, None, n, "2 AUC - 1", "lower", "measured", True, note))
        else:
            rows.append(Metric(key, *found.advantages[name], n, "2 AUC - 1", "lower", "measured", True))
    return rows
