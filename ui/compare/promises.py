"""What each stack promises, step by step and observer by observer, in the sentences of its guarantees."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from privacy.compare.plan import Comparison
from privacy.guarantees import Strength
from privacy.registry import Registry
from privacy.spec import WorkloadSpec
from ui.kit.html import render
from ui.kit.stacks import title
from ui.plugins.strangers import foreign

Record = Mapping[str, Any]
Cells = list[tuple[str, Record]]
_NOISE, _CIPHER = (s.name.lower() for s in (Strength.DIFFERENTIAL, Strength.COMPUTATIONAL))


@dataclass(frozen=True)
class Place:
    """What one observer of one step is promised: how strong, who promises what, assumptions and leaks."""

    step: str
    observer: str
    strength: str
    bits: int | None
    statements: Mapping[str, list[str]]
    assumptions: list[str]
    leaks: list[str]


def show(comparison: Comparison, spec: WorkloadSpec, registry: Registry) -> None:
    """One block for each stack that has run."""
    stacks: dict[str, Cells] = {}
    for cell, record in zip(comparison.cells, comparison.records, strict=True):
        if record and not record["failure"]:
            stacks.setdefault(cell.request.stack, []).append((cell.label, record))
    blocks = [_block(title(registry, name), cells, foreign(name, registry), spec) for name, cells in stacks.items()]
    st.html(render("compare/promises", blocks=blocks))


def _block(name: str, cells: Cells, strangers: list[Any], spec: WorkloadSpec) -> dict[str, Any]:
    found: dict[tuple[str, str], Cells] = {}
    for label, record in cells:
        for step, guarantee in (record.get("steps") or {"": record["guarantee"]}).items():
            for towards in guarantee["towards"]:
                found.setdefault((step, towards["observer"]), []).append((label, towards))
    places = [
        _place(spec.step(step) if step else "Whole run", observer, rows) for (step, observer), rows in found.items()
    ]
    fallbacks = list(dict.fromkeys(cells[0][1]["fallbacks"].values()))
    return {
        "name": name, "strangers": strangers, "places": places, "fallbacks": fallbacks,
        "encryption": _whose(places, _CIPHER), "noise": _whose(places, _NOISE),
    }  # fmt: skip


def _whose(places: list[Place], strength: str) -> list[str]:
    """The observers that something of this strength stands before."""
    return [f"the {p.observer} that sees the {p.step.lower()}" for p in places if p.strength == strength]


def _place(step: str, observer: str, rows: Cells) -> Place:
    statements: dict[str, list[str]] = {}
    for label, towards in rows:
        statements.setdefault(towards["statement"], []).append(label)
    return Place(
        step, observer, rows[0][1]["strength"], rows[0][1]["security_bits"], statements,
        list(dict.fromkeys(t["assumption"] for _, t in rows if t["assumption"])),
        list(dict.fromkeys(leak for _, t in rows for leak in t["leaks"])),
    )  # fmt: skip
