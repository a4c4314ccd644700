"""Every attack on one stack, on simulated voters: none of whose budget is anyone's."""

from collections.abc import Callable

import numpy as np

from privacy.plugin import Findings, Metric, ProtocolAborted, Seats, Tell, contributor
from privacy.plugin.attacks import Floats, Ints, Kinds, read_device, reading_advantage, wires_of
from privacy.plugin.measuring import mean
from privacy.plugin.running import Channel
from workloads.labeling.attacks.decoding import decoded_share, unanimous_share
from workloads.labeling.attacks.paying import gained
from workloads.labeling.attacks.stuffing import stuffing
from workloads.labeling.crowds.holding import holding
from workloads.labeling.crowds.plan import COLLUDERS, HONEST
from workloads.labeling.pay.tallies import UNIT, earned, score_vectors
from workloads.labeling.tally import Labeling, shape_of
from workloads.labeling.votes.table import Votes

READ, GROUP = 120, 24
"""Labelers whose wires are read, and how many of them are in one sum."""
STUFFED = 12
ITEMS = 400
_AGREE = 0.8
"""How often a simulated voter names the right class."""


def attacked(labeling: Labeling, seats: Seats, *, seed: int, tell: Tell) -> Findings:
    """The metrics of all attacks."""
    there = seats.rehearsal(labeling.stack)
    steps: list[tuple[str, Callable[[Callable[[], None]], list[Metric]]]] = [
        ("the aggregator's view of one vote", lambda beat: [reading(labeling, there, seed=seed, beat=beat)]),
        ("tallies", lambda beat: tallies(labeling, seed=seed)),
        ("pay", lambda beat: [paying(labeling)]),
        ("stuffed ballots", lambda beat: [caught(labeling, there, seed=seed, beat=beat)]),
    ]
    metrics: list[Metric] = []
    for done, (label, attack) in enumerate(steps):
        tell(done, len(steps), f"attack by {label}")
        metrics += attack(lambda d=done, t=label: tell(d, len(steps), f"attack by {t}"))  # type: ignore[misc]
    o, label = labeling.options, "a crowd that grows dishonest"
    rows = holding(
        kind=o.crowd, labelers=max(o.labelers, o.redundancy), redundancy=o.redundancy, classes=labeling.votes.classes,
        gold=max(o.gold, 0.05), seed=seed, beat=lambda: tell(len(steps) - 1, len(steps), label),
    )  # fmt: skip
    tell(len(steps), len(steps), "attacks")
    return Findings(metrics, {"holding": rows, "kind": COLLUDERS if o.crowd == HONEST else o.crowd})


def reading(labeling: Labeling, seats: Seats, *, seed: int, beat: Callable[[], None]) -> Metric:
    """An aggregator tells one vote from the wires of its labeler; of several aggregators, the one that reads most."""
    rng, classes = np.random.default_rng([seed, 43]), labeling.votes.classes
    counts = np.bincount(labeling.votes.label, minlength=classes) + 1.0
    kinds = Kinds(np.eye(classes, dtype=np.int64), counts / counts.sum())
    readings: dict[str, list[tuple[Floats, Floats]]] = {}
    truth: list[int] = []
    while len(truth) < READ:
        beat()
        drawn = kinds.draw(GROUP, rng)
        votes = Votes(np.zeros(GROUP, dtype=np.int32), np.arange(GROUP), drawn, 1, GROUP, classes)
        service = seats.sums(shape_of(votes), contributors=GROUP, minimum=labeling.options.minimum)
        channel = Channel()
        service.publish(channel)
        service.release({contributor(i + 1): kinds.vectors[k] for i, k in enumerate(drawn)}, channel)
        sealed = channel.seal()
        for observer in service.aggregators:
            view = sealed.view({observer})
            wires = [wires_of(view, observer, contributor(i)) for i in range(1, GROUP + 1)]
            readings.setdefault(observer.name, []).extend(read_device(one, length=classes) for one in wires)
        truth += drawn.tolist()
        service.close()
    known: Ints = np.array(truth)
    # What a device itself randomised is read as it is: the likeliest vote is the one that it sent.
    found = {name: reading_advantage(one, known, kinds, noise=0.3) for name, one in readings.items()}
    most = max(found, key=lambda name: found[name][0])
    value, low, high = found[most]
    note = f"{most}, from the wires of one labeler; simulated labelers, half of them the attacker's panel"
    return Metric("attack_vote", value, low, high, len(truth) - len(truth) // 2, "advantage", "lower", "measured",
                  True, note)  # fmt: skip


def tallies(labeling: Labeling, *, seed: int) -> list[Metric]:
    """What released tallies give away of everybody's vote: where all agree, and where weights decode."""
    if labeling.stack.randomiser is not None:
        note = "tallies have noise, so no single one shows anybody's vote"
        return [
            Metric(key, None, None, None, 0, "share", "lower", "measured", True, note)
            for key in ("attack_unanimous", "attack_decode")
        ]
    rng, classes = np.random.default_rng([seed, 47]), labeling.votes.classes
    voters = max(1, round(float(np.median(labeling.votes.per_task))))
    right = rng.integers(0, classes, (ITEMS, 1))
    strays = (right + rng.integers(1, classes, (ITEMS, voters))) % classes
    votes = np.where(rng.random((ITEMS, voters)) < _AGREE, right, strays)
    levels = rng.choice(labeling.weights or (1,), votes.shape).astype(np.float64)
    real = rng.uniform(0.5, 3.5, votes.shape)
    floor, found = unanimous_share(votes), decoded_share(votes, levels, classes=classes)
    with_real = decoded_share(votes, real, classes=classes)
    ends = [mean(np.arange(ITEMS) < round(share * ITEMS)) for share in (floor, found)]
    note = f"simulated: {voters} voters, each right with chance {_AGREE}"
    kinds = ", ".join(f"{level:g}" for level in np.unique(levels))
    more = f"{note}; weights {kinds}; with real-valued weights it is {with_real:.2f}"
    return [
        Metric("attack_unanimous", *ends[0], ITEMS, "share", "lower", "measured", True, note),
        Metric("attack_decode", *ends[1], ITEMS, "share", "lower", "measured", True, more),
    ]


def paying(labeling: Labeling) -> Metric:
    """What the pay of each labeler adds to what the tallies say of its votes."""
    if labeling.single or labeling.stack.randomiser is not None:
        why = "votes are readable anyway" if labeling.single else "tallies and pay have noise"
        return Metric("attack_pay", None, None, None, 0, "advantage", "lower", "measured", True, why)
    votes = labeling.votes
    tally = votes.tally(np.array(labeling.weights)[votes.worker] if labeling.weights else None).astype(np.int64)
    vectors = score_vectors(tally, labeling.found.gold)
    found = {
        unit: gained(votes, tally, vectors, earned(votes, vectors, unit=unit), unit=unit) for unit in (UNIT, 1)
    }  # fmt: skip
    (right, without), (exact, _) = found[UNIT], found[1]
    span = max(1 - without, 1e-9)
    value, low, high = ((x - without) / span for x in mean(right))
    note = (
        f"pay in units of one right vote; {without:.2f} of votes are named from tallies alone; "
        f"with exact pay the advantage is {(exact.mean() - without) / span:.3f}"
    )
    simulated = labeling.found.simulated
    return Metric("attack_pay", value, low, high, len(votes), "advantage", "lower", "measured", simulated, note)


def caught(labeling: Labeling, seats: Seats, *, seed: int, beat: Callable[[], None]) -> Metric:
    """How many stuffed ballots are refused by name."""
    try:
        found = stuffing(labeling, seats, tries=STUFFED, seed=seed, beat=beat)
    except ProtocolAborted as error:
        return Metric("stuffed_caught", None, None, None, 0, "share", "higher", "measured", True, str(error))
    value, low, high = mean(np.arange(found.tries) < found.caught)
    note = f"{found.tries} ballots that are not votes; {found.counted} were counted unnoticed"
    return Metric("stuffed_caught", value, low, high, found.tries, "share", "higher", "measured", True, note)
