"""What is promised: the guarantee of each stack towards each observer, gathered for the report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from privacy.compare.plan import Comparison

Towards = Mapping[str, Any]
Cells = list[tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Observer:
    """What is promised towards one observer: strengths, bits, who is promised what, assumptions and leaks."""

    name: str
    strengths: tuple[str, ...]
    bits: int | None
    statements: Mapping[str, list[str]]
    assumptions: tuple[str, ...]
    leaks: tuple[str, ...]


@dataclass(frozen=True)
class Promise:
    """What a stack promises, observer by observer, and what its guarantee rests on."""

    stack: str
    observers: tuple[Observer, ...]
    fallbacks: tuple[str, ...]
    adversary: str
    source: str


def promises(comparison: Comparison) -> list[Promise]:
    """One for each stack that has run."""
    stacks: dict[str, Cells] = {}
    for cell, record in zip(comparison.cells, comparison.records, strict=True):
        if record and record["guarantee"]["towards"]:
            stacks.setdefault(cell.request.stack, []).append((cell.label, record))
    return [_promise(stack, cells) for stack, cells in stacks.items()]


def _promise(stack: str, cells: Cells) -> Promise:
    observers: dict[str, Cells] = {}
    for label, record in cells:
        for towards in record["guarantee"]["towards"]:
            observers.setdefault(towards["observer"], []).append((label, towards))
    # A stack's protection may differ by step: the noise is for one observer, the encryption for another.
    for label, record in cells:
        for step, guarantee in record.get("steps", {}).items():
            for towards in guarantee["towards"]:
                observers.setdefault(f"{towards['observer']}, {step} alone", []).append((label, towards))
    first = cells[0][1]
    return Promise(
        stack, tuple(_observer(name, rows) for name, rows in observers.items()), _once(first["fallbacks"].values()),
        first["guarantee"]["adversary"], first["guarantee"]["source"],
    )  # fmt: skip


def _observer(name: str, rows: Cells) -> Observer:
    statements: dict[str, list[str]] = {}
    for label, towards in rows:
        statements.setdefault(towards["statement"], []).append(label)
    bits = {t["security_bits"] for _, t in rows} - {None}
    return Observer(
        name, _once(t["strength"] for _, t in rows), min(bits, default=None), statements,
        _once(t["assumption"] for _, t in rows if t["assumption"]), _once(leak for _, t in rows for leak in t["leaks"]),
    )  # fmt: skip


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def bounds(comparison: Comparison) -> list[tuple[str, Towards]]:
    """Each declared bound of differential privacy: the run's label, and what is promised towards whom."""
    return [
        (cell.label, towards)
        for cell, record in zip(comparison.cells, comparison.records, strict=True)
        for towards in (record["guarantee"]["towards"] if record else [])
        if towards["output"]
    ]
