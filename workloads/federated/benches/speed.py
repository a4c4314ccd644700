"""Rounds of the embedded engine beside rounds of Flower's simulation, one after the other in turn, in one run."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from privacy.plugin.host import Report
from privacy.plugin.measuring import machine, versions
from privacy.plugin.running import Registry
from workloads.federated.benches import alone
from workloads.federated.benches.embedded import Embedded
from workloads.federated.benches.made import Made, Size, job_of
from workloads.federated.flower import host
from workloads.federated.flower.host import Flower
from workloads.federated.training import idle
from workloads.federated.training.shape import Shape

SIZES = (Size(50, 32), Size(50, 8), Size(10, 32))
QUICK = (Size(4, 4, words=200, width=16),)
_ROUNDS, _QUICK_ROUNDS = 6, 2
"""Rounds of each that are timed, after one that starts everything."""
_WHOLE, _WHOLE_ROUNDS, _WHOLE_TIMES = Size(10, 32), 6, 3

FLOWER = "Flower simulation, 2 actors"
PLAIN, RECORDED = "embedded, nothing recorded", "embedded, every contribution recorded"
ALONE, CLICK = "embedded, from nothing", "embedded, from the click on the page"
MISSING = "not measured: Flower is not installed (make flower)"

Round = Callable[[], tuple[float, float]]


@dataclass
class _Timed:
    """The rounds of one engine at one size."""

    who: str
    round: Round
    seconds: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)

    def go(self) -> None:
        seconds, loss = self.round()
        self.seconds.append(seconds)
        self.losses.append(loss)

    @property
    def steady(self) -> float:
        """Median seconds of a round after the first."""
        return median(self.seconds[1:])


class Speed:
    """`veilbench bench federated`."""

    def run(self, registry: Registry, report: Report, *, quick: bool, seed: int) -> dict[str, Any]:
        """Measure all sizes: one JSON document."""
        sizes, rounds = (QUICK, _QUICK_ROUNDS) if quick else (SIZES, _ROUNDS)
        executable = host.python()
        rows: list[dict[str, Any]] = []
        ratios, losses, recording = {}, {}, {}
        for at, size in enumerate(sizes):
            report(at, len(sizes) + 1, f"rounds of {size.name}")
            timed = list(_rounds(registry, size, seed=seed, rounds=rounds))
            rows += [_row(size, one) for one in timed]
            if executable is None:
                rows.append({"size": size.name, "who": FLOWER, "seconds": None, "rounds": 0, "note": MISSING})
            by = {one.who: one for one in timed}
            for one in timed:
                if one.who != FLOWER and FLOWER in by:
                    ratios[f"{size.name}: {one.who}"] = by[FLOWER].steady / one.steady
            losses[size.name] = _apart([one.losses for one in timed])
            recording[size.name] = by[RECORDED].steady - by[PLAIN].steady
        report(len(sizes), len(sizes) + 1, "from the start of a process to the model")
        whole = _whole(registry, QUICK[0] if quick else _WHOLE, seed=seed, times=1 if quick else _WHOLE_TIMES)
        report(1, 1, "done")
        return {
            "bench": "federated", "source": "measured", "seed": seed, "machine": machine(), "versions": versions(),
            "sizes": {size.name: asdict(size) for size in sizes}, "rows": rows, "ratios": ratios,
            "losses_apart": losses, "whole": whole, "recording": recording, "why": _why(sizes[0]),
        }  # fmt: skip

    def lines(self, found: dict[str, Any]) -> Iterable[str]:
        """A table of rounds, then the whole trainings, the losses and what recording costs."""
        yield f"{'size':<10}{'engine':<40}{'s a round':>10}{'times':>8}"
        for row in found["rows"]:
            ratio = found["ratios"].get(f"{row['size']}: {row['who']}")
            shown = f"{row['seconds']:>10.3f}" if row["seconds"] is not None else f"  {row['note']}"
            yield f"{row['size']:<10}{row['who']:<40}{shown}" + (f"{ratio:>8.2f}" if ratio else "")
        whole = found["whole"]
        for row in whole["rows"]:
            shown = f"{row['seconds']:>10.2f}" if row["seconds"] is not None else f"  {row['note']}"
            yield f"{whole['rounds']} rounds of {whole['size']}, from the start of a process: {row['who']}{shown}"
        for who, ratio in whole["ratios"].items():
            yield f"{who}: {ratio:.1f} times as fast."
        for name, apart in found["losses_apart"].items():
            yield f"{name}: the losses of the engines are {apart:.1g} apart at most"
        for name, seconds in found["recording"].items():
            yield f"{name}: recording takes {seconds:.3f} s a round"
        yield found["why"]
        yield "Medians, measured here in one run, in turn; sizes are clients x sequences."


def _rounds(registry: Registry, size: Size, *, seed: int, rounds: int) -> Iterator[_Timed]:
    """Every engine at one size: a round of each in turn, so that what else the machine does falls on all."""
    made = Made.of(registry, size, seed=seed)
    executable = host.python()
    with ExitStack() as stack:
        engine = stack.enter_context(Embedded(registry, made, seed=seed))
        timed = [_Timed(PLAIN, engine.unrecorded), _Timed(RECORDED, engine.recorded)]
        if executable is not None:
            job = job_of(made.plan, seed=seed, rounds=rounds + 1)
            flower = stack.enter_context(Flower(job, executable=executable))
            timed.insert(0, _Timed(FLOWER, flower.round))
        for _ in range(rounds + 1):
            for one in timed:
                one.go()
    yield from timed


def _whole(registry: Registry, size: Size, *, seed: int, times: int) -> dict[str, Any]:
    """Trainings from the start of a process to the model, of each engine in turn.

    Ours twice: alone, and as the page has it, which has torch imported beside it from when it is opened.
    """
    executable, spent = host.python(), dict[str, list[float]]()
    try:
        for _ in range(times):
            if executable is not None:
                job = job_of(Made.of(registry, size, seed=seed).plan, seed=seed, rounds=_WHOLE_ROUNDS)
                start = time.perf_counter()
                with Flower(job, executable=executable) as flower:
                    for _ in range(_WHOLE_ROUNDS):
                        flower.round()
                    flower.weights()
                    spent.setdefault(FLOWER, []).append(time.perf_counter() - start)
            idle.end_all()
            spent.setdefault(ALONE, []).append(alone.seconds(size, seed=seed, rounds=_WHOLE_ROUNDS)[0])
            alone.open_page()
            spent.setdefault(CLICK, []).append(alone.seconds(size, seed=seed, rounds=_WHOLE_ROUNDS)[0])
    finally:
        idle.end_all()
    rows = [{"who": who, "seconds": median(found), "note": ""} for who, found in spent.items()]
    if executable is None:
        rows.append({"who": FLOWER, "seconds": None, "note": MISSING})
    ratios = {who: median(spent[FLOWER]) / median(spent[who]) for who in (ALONE, CLICK) if FLOWER in spent}
    return {"size": size.name, "rounds": _WHOLE_ROUNDS, "times": times, "rows": rows, "ratios": ratios}


def _row(size: Size, one: _Timed) -> dict[str, Any]:
    return {"size": size.name, "who": one.who, "seconds": one.steady, "rounds": len(one.seconds) - 1, "note": ""}


def _apart(losses: list[list[float]]) -> float:
    """How far the engines' losses of a round are apart at most."""
    return float(max(max(round_) - min(round_) for round_ in zip(*losses, strict=True)))


def _why(size: Size) -> str:
    length = Shape(size.words, size.width).length
    return (
        f"Recording costs what it does because each contribution of {length:,} entries is a wire of 4 bytes an entry, "
        "which is sealed by a keyed hash and digested by another, so that no record can be altered unseen."
    )
