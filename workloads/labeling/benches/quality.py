"""How good the consensus on classes is, attacked and not, what a label costs, who is paid, and how fast it is."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from statistics import mean
from typing import Any

import numpy as np

from workloads.labeling.benches import crowdkit
from workloads.labeling.benches.unattacked import CHOSEN, drawn
from workloads.labeling.consensus.dawid_skene import dawid_skene
from workloads.labeling.consensus.majority import majority
from workloads.labeling.consensus.methods import METHODS, consensus
from workloads.labeling.consensus.names import DAWID_SKENE, MAJORITY, ONE_COIN, ROBUST
from workloads.labeling.consensus.one_coin import one_coin
from workloads.labeling.consensus.result import Consensus, accuracy
from workloads.labeling.consensus.robust import robust
from workloads.labeling.crowds.plan import COLLUDERS, GOLD_AWARE, HONEST, LAZY, TARGETED, CrowdPlan
from workloads.labeling.crowds.simulate import Crowd, simulate
from workloads.labeling.gate.policy import AGREEMENT, SKILLS, FixedGate, Policy, Scene, simulate_policy
from workloads.labeling.gate.qualify import Sprt
from workloads.labeling.gate.stopping import Stopping
from workloads.labeling.pay.scores import of_workers, scores
from workloads.labeling.votes.arrays import Floats
from workloads.labeling.votes.table import UNKNOWN, Votes

Tell = Callable[[str], None]

STEPS = 20
SPEED = {False: (1_000_000, 1000), True: (20_000, 100)}
"""Votes and workers of the speed test, and its small size."""
_FAST = {DAWID_SKENE: 5.0, ONE_COIN: 25.0}
_BELOW, _KEPT, _TOKENS, _ATTACKERS, _CORRELATION = 0.005, 0.98, 0.60, 0.10, 0.90
_SURE = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99)


def quality(tell: Tell, *, quick: bool, seed: int) -> dict[str, Any]:
    """All parts: one JSON document. `quick` is small: to see that it runs, not to quote."""
    parts = {
        "attack": attack, "unattacked": unattacked, "tokens": tokens, "pay": pay, "targeted": targeted, "speed": speed,
    }  # fmt: skip
    found: dict[str, Any] = {}
    for name, part in parts.items():
        tell(name)
        found[name] = part(quick=quick, seed=seed)
    return found


def attack(*, quick: bool, seed: int) -> dict[str, Any]:
    """Sybils who know the gold give 60% of all votes: accuracy beside Dawid-Skene on the honest votes alone."""
    plan = CrowdPlan(tasks=300 if quick else 1000, workers=50, votes=12, shares={GOLD_AWARE: 0.6})
    rows: dict[str, list[float]] = {name: [] for name in METHODS}
    clean, audits = [], []
    for at in range(1 if quick else 5):
        crowd = simulate(plan, seed=seed + at)
        honest = crowd.votes.only(crowd.of(HONEST)[crowd.votes.worker])
        clean.append(_accuracy(crowd, dawid_skene(honest)))
        for name in METHODS:
            found = consensus(name, crowd.votes, gold=crowd.gold, audit=crowd.audit, seed=seed + at)
            rows[name].append(_accuracy(crowd, found))
            if name == ROBUST:
                audits.append(len(found.audited))
    ratio = mean(rows[ROBUST]) / mean(clean)
    return {
        "share": 0.6, "accuracy": {name: mean(a) for name, a in rows.items()}, "clean_dawid_skene": mean(clean),
        "audits": mean(audits), "ratio": ratio, "target": _KEPT, "met": ratio >= _KEPT,
    }  # fmt: skip


def unattacked(*, quick: bool, seed: int) -> dict[str, Any]:
    """The recommended method beside the better of majority and Dawid-Skene, on crowds in which nobody lies.

    Crowds are `chosen` and `drawn`. One is `below` where it is surely more than half a point under: by two standard
    errors of its seeds; one that is under by less than that is too few to tell.
    """
    rng = np.random.default_rng(seed)
    plans = dict(list(CHOSEN.items())[:: 6 if quick else 1])
    plans |= {f"drawn {at + 1}": drawn(rng) for at in range(2 if quick else 40)}
    rows = [_beside(name, plan, times=2 if quick else 6, seed=seed) for name, plan in plans.items()]
    below = [row["crowd"] for row in rows if row["below"]]
    return {
        "rows": rows, "below": below, "unclear": [r["crowd"] for r in rows if not r["below"] and r["gain"] < -_BELOW],
        "worst": min(row["gain"] for row in rows), "mean_gain": mean(row["gain"] for row in rows),
        "target": -_BELOW, "met": not below,
    }  # fmt: skip


def _beside(name: str, plan: CrowdPlan, *, times: int, seed: int) -> dict[str, Any]:
    found: dict[str, list[float]] = {MAJORITY: [], DAWID_SKENE: [], ROBUST: []}
    for at in range(times):
        crowd = simulate(plan, seed=seed + at)
        ours = robust(crowd.votes, gold=crowd.gold, audit=crowd.audit, seed=seed + at)
        left = replace(ours, labels=majority(crowd.votes).labels), replace(ours, labels=dawid_skene(crowd.votes).labels)
        # All three are measured on the same tasks.
        for method, one in zip(found, (*left, ours), strict=True):
            found[method].append(_accuracy(crowd, one))
    best = max((MAJORITY, DAWID_SKENE), key=lambda m: mean(found[m]))
    gains = np.array(found[ROBUST]) - np.array(found[best])
    error = float(gains.std(ddof=1) / np.sqrt(times))
    gain = float(gains.mean())
    return {
        "crowd": name, "accuracy": {m: mean(a) for m, a in found.items()}, "gain": gain, "error": error,
        "below": gain + 2 * error < -_BELOW,
    }  # fmt: skip


def tokens(*, quick: bool, seed: int) -> dict[str, Any]:
    """Votes and questions for a label at equal accuracy, beside ten questions and constant redundancy 5.

    Of the levels of sureness the least is taken that is as accurate as the fixed gate.
    """
    rows: list[dict[str, Any]] = []
    scenes = {"guessing 30%": Scene(), "honest": Scene(spammers=0.0, skill=(8.0, 2.0))}
    for name, scene in scenes.items():
        fixed = _policy(Policy(FixedGate(), AGREEMENT, votes=5), scene, quick=quick, seed=seed)
        tried = {
            str(sure): _policy(Policy(Sprt(), SKILLS, stopping=Stopping(sure)), scene, quick=quick, seed=seed)
            for sure in _SURE
        }
        equal = [sure for sure, one in tried.items() if one["accuracy"] >= fixed["accuracy"]]
        sure = equal[0] if equal else None
        ratio = tried[sure]["tokens"] / fixed["tokens"] if sure is not None else None
        rows.append({"scene": name, "fixed": fixed, "sure": sure, "adaptive": tried, "ratio": ratio})
    ratios = [row["ratio"] for row in rows]
    worst = None if None in ratios else max(ratios)
    return {"rows": rows, "ratio": worst, "target": _TOKENS, "met": worst is not None and worst <= _TOKENS}


def _policy(policy: Policy, scene: Scene, *, quick: bool, seed: int) -> dict[str, float]:
    found = [simulate_policy(policy, scene, seed=seed + at) for at in range(2 if quick else 16)]
    names = ("accuracy", "tokens", "questions", "honest_away", "spammers_in")
    return {name: mean(getattr(one, name) for one in found) for name in names}


def pay(*, quick: bool, seed: int) -> dict[str, Any]:
    """What an attacker is paid for a vote beside the honest, and how honest pay follows true accuracy."""
    mixes = {"lazy 40%": {LAZY: 0.4}, "colluding 45%": {COLLUDERS: 0.45}, "gold-aware 45%": {GOLD_AWARE: 0.45}}
    rows: list[dict[str, Any]] = []
    for name, shares in mixes.items():
        plan = CrowdPlan(tasks=600, workers=20, skew=0.6, shares=shares)
        pairs = [_paid(simulate(plan, seed=seed + at), seed=seed + at) for at in range(2 if quick else 8)]
        rows.append({"crowd": name, "ratio": mean(p[0] for p in pairs), "correlation": mean(p[1] for p in pairs)})
    ratio, correlation = max(r["ratio"] for r in rows), min(r["correlation"] for r in rows)
    met = bool(ratio <= _ATTACKERS and correlation >= _CORRELATION)
    targets = {"ratio": _ATTACKERS, "correlation": _CORRELATION}
    return {"rows": rows, "ratio": ratio, "correlation": correlation, "target": targets, "met": met}


def _paid(crowd: Crowd, *, seed: int) -> tuple[float, float]:
    """What attackers are paid over what the honest are, and the correlation of honest pay with true accuracy."""
    votes = crowd.votes
    found = robust(votes, gold=crowd.gold, audit=crowd.audit, seed=seed)
    closed = _closed(crowd, found)
    given = np.bincount(votes.worker[~closed[votes.task]], minlength=votes.workers)
    each: Floats = of_workers(votes, scores(votes, found, gold=crowd.gold)) / np.maximum(given, 1)
    right = np.bincount(votes.worker, weights=votes.label == crowd.truth[votes.task], minlength=votes.workers)
    honest = crowd.of(HONEST)
    true = right / np.maximum(votes.per_worker, 1)
    return float(each[~honest].mean() / each[honest].mean()), float(np.corrcoef(each[honest], true[honest])[0, 1])


def targeted(*, quick: bool, seed: int) -> dict[str, Any]:
    """What stays unsolved: a ring that lies on 15% of tasks alone. Accuracy on its targets, and on all else."""
    rows = []
    for share in (0.3, 0.45, 0.6):
        plan = CrowdPlan(tasks=300 if quick else 1000, workers=50, votes=9, shares={TARGETED: share})
        found: dict[str, list[float]] = {"targets": [], "others": [], "majority_targets": []}
        for at in range(1 if quick else 5):
            crowd = simulate(plan, seed=seed + at)
            ours = robust(crowd.votes, gold=crowd.gold, audit=crowd.audit, seed=seed + at)
            closed = _closed(crowd, ours)
            plain = majority(crowd.votes).labels
            for name, labels, where in (
                ("targets", ours.labels, crowd.target),
                ("others", ours.labels, ~crowd.target),
                ("majority_targets", plain, crowd.target),
            ):
                found[name].append(accuracy(labels, crowd.truth, without=np.flatnonzero(closed | ~where)))
        rows.append({"share": share, **{name: mean(a) for name, a in found.items()}})
    return {"rows": rows, "solved": False}


def speed(*, quick: bool, seed: int) -> dict[str, Any]:
    """Seconds of the same steps on the same votes, one thread, crowd-kit after each of ours; labels that are equal."""
    executable, (count, workers) = crowdkit.python(), SPEED[quick]
    votes = many_votes(count=count, workers=workers, seed=seed)
    ours: dict[str, Callable[[Votes], Consensus]] = {
        MAJORITY: majority,
        DAWID_SKENE: lambda v: dawid_skene(v, most=STEPS, tolerance=-np.inf),
        ONE_COIN: lambda v: one_coin(v, most=STEPS, tolerance=-np.inf),
    }
    rows = []
    for name, run in ours.items():
        start = time.perf_counter()
        found = run(replace(votes))
        row: dict[str, Any] = {"method": name, "seconds": time.perf_counter() - start, "steps": found.steps}
        if executable is None:
            row |= {"crowdkit": None, "note": crowdkit.MISSING}
        else:
            other = crowdkit.theirs(executable, votes, name, steps=STEPS)
            row |= {
                "crowdkit": other.seconds, "version": other.version, "times": other.seconds / row["seconds"],
                "labels_apart": int((other.labels != found.labels).sum()),
            }  # fmt: skip
        rows.append(row)
    by = {row["method"]: row for row in rows}
    met = None if executable is None else all(
        by[name]["times"] >= least and by[name]["labels_apart"] == 0 for name, least in _FAST.items()
    )  # fmt: skip
    return {"votes": count, "classes": 10, "steps": STEPS, "rows": rows, "target": _FAST, "met": met}


def many_votes(*, count: int, workers: int, seed: int) -> Votes:
    """So many votes on ten classes, 5 a task, of workers of whom a fifth guess."""
    rng = np.random.default_rng(seed)
    tasks = count // 5
    truth, skill = rng.integers(0, 10, tasks), rng.beta(5, 2, workers)
    skill[rng.random(workers) < 0.2] = 0.1
    task = np.repeat(np.arange(tasks), 5)
    # Five different workers of each task: a start, and steps that cannot meet.
    worker = (np.repeat(rng.integers(0, workers, tasks), 5) + np.tile(np.arange(5), tasks) * (workers // 5)) % workers
    other = (truth[task] + rng.integers(1, 10, len(task))) % 10
    label = np.where(rng.random(len(task)) < skill[worker], truth[task], other)
    return Votes.of(task, worker, label, tasks=tasks, workers=workers, classes=10)


def lines(found: dict[str, Any]) -> Iterable[str]:
    """The document as lines of text."""
    sybils, plain, cost, paid = found["attack"], found["unattacked"], found["tokens"], found["pay"]
    yield f"Sybils with {sybils['share']:.0%} of votes, who know the gold; {sybils['audits']:.0f} audits:"
    for name, value in sybils["accuracy"].items():
        yield f"  {METHODS[name].name:<28}{value:.3f}"
    yield f"  Dawid-Skene, honest votes   {sybils['clean_dawid_skene']:.3f}; ratio {sybils['ratio']:.3f}"
    yield f"Nobody lies, {len(plain['rows'])} crowds: gain on the better of majority and Dawid-Skene"
    yield f"  mean {plain['mean_gain']:+.4f}, worst {plain['worst']:+.4f}, surely below: {len(plain['below'])}"
    for row in cost["rows"]:
        shown = "none as accurate" if row["ratio"] is None else f"{row['ratio']:.2f} of the fixed gate"
        yield f"Tokens for equal accuracy, {row['scene']}: {shown}"
    for row in paid["rows"]:
        yield f"Pay of attackers over honest, {row['crowd']}: {row['ratio']:.3f}; correlation {row['correlation']:.3f}"
    for row in found["targeted"]["rows"]:
        yield f"Unsolved: a targeted ring of {row['share']:.0%}: {row['targets']:.3f} right on its targets"
    for row in found["speed"]["rows"]:
        beside = row["note"] if row["crowdkit"] is None else f"crowd-kit {row['crowdkit']:.2f} s, {row['times']:.1f}x"
        yield f"{row['method']}: {row['seconds']:.2f} s; {beside}"


def _closed(crowd: Crowd, found: Consensus) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Tasks that are gold or audited, (tasks,)."""
    closed = crowd.gold != UNKNOWN
    closed[found.audited] = True
    return np.asarray(closed, dtype=np.bool_)


def _accuracy(crowd: Crowd, found: Consensus) -> float:
    """Accuracy on what was not paid for."""
    return accuracy(found.labels, crowd.truth, without=np.flatnonzero(_closed(crowd, found)))
