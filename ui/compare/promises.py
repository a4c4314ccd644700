"""What each stack promises, step by step and observer by observer, in the sentences of its guarantees."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from privacy.compare.plan import Comparison
from privacy.guarantees import Strength
from privacy.registry import Registry
from ui.compare.controls import title
from ui.kit import format as f
from ui.plugins import said as plugins_said
from workloads.catalogue import WORKLOADS

Record = Mapping[str, Any]
_STEPS = {step: words for one in WORKLOADS.values() for step, words in one.steps.items()} | {"": "Whole run"}
_NOISE, _CIPHER, _OPEN = (s.name.lower() for s in (Strength.DIFFERENTIAL, Strength.COMPUTATIONAL, Strength.NONE))


def show(comparison: Comparison, registry: Registry) -> None:
    """One block for each stack that has run."""
    stacks: dict[str, list[tuple[str, Record]]] = {}
    for cell, record in zip(comparison.cells, comparison.records, strict=True):
        if record and not record["failure"]:
            stacks.setdefault(cell.request.stack, []).append((cell.label, record))
    body = "".join(
        _stack(title(registry, name), cells, plugins_said.note(name, registry)) for name, cells in stacks.items()
    )
    st.html(f"<div class='vb vb-cols vb-wide'>{body}</div>")


def _stack(name: str, cells: list[tuple[str, Record]], note: str) -> str:
    places: dict[tuple[str, str], list[tuple[str, Record]]] = {}
    for label, record in cells:
        for step, guarantee in (record.get("steps") or {"": record["guarantee"]}).items():
            for towards in guarantee["towards"]:
                places.setdefault((step, towards["observer"]), []).append((label, towards))
    body = "".join(_place(step, observer, rows) for (step, observer), rows in places.items())
    said = "".join(f"<p class='vb-flag'>⚠ {f.text(s)}</p>" for s in dict.fromkeys(cells[0][1]["fallbacks"].values()))
    return f"<div><h3>{f.text(name)}</h3>{note}{_divided(places)}{said}{body}</div>"


def _divided(places: Mapping[tuple[str, str], list[tuple[str, Record]]]) -> str:
    """Where noise and encryption both stand: which of them is for which observer."""
    whose = {
        strength: [
            _who(step, observer) for (step, observer), rows in places.items() if rows[0][1]["strength"] == strength
        ]
        for strength in (_CIPHER, _NOISE)
    }
    if not all(whose.values()):
        return ""
    return (
        f"<p>Its <b>encryption</b> is for {f.text(' and '.join(whose[_CIPHER]))}; its <b>noise</b> is for "
        f"{f.text(' and '.join(whose[_NOISE]))}.</p>"
    )


def _who(step: str, observer: str) -> str:
    return f"the {observer} that sees the {_STEPS.get(step, step).lower()}"


def _place(step: str, observer: str, rows: list[tuple[str, Record]]) -> str:
    strength, bits = rows[0][1]["strength"], rows[0][1]["security_bits"]
    chip = f"<span class='vb-chip {'bad' if strength == _OPEN else 'good'}'>{f.text(strength.replace('_', ' '))}"
    chip += f", {bits} bits</span>" if bits else "</span>"
    statements: dict[str, list[str]] = {}
    for label, towards in rows:
        statements.setdefault(towards["statement"], []).append(label)
    if len(statements) == 1:
        text = f"<p>{f.text(next(iter(statements)))}</p>"
    else:
        items = "".join(f"<li>{f.text(', '.join(who))}: {f.text(what)}</li>" for what, who in statements.items())
        text = f"<ul>{items}</ul>"
    assumed = dict.fromkeys(t["assumption"] for _, t in rows if t["assumption"])
    leaks = dict.fromkeys(leak for _, t in rows for leak in t["leaks"])
    notes = [f"Assumes: {'; '.join(assumed)}."] if assumed else []
    notes += [f"Still leaks: {'; '.join(leaks)}."] if leaks else []
    return (
        f"<div class='vb-view'><p><b>{f.text(_STEPS.get(step, step))}</b>, towards the {f.text(observer)}: {chip}</p>"
        f"{text}{''.join(f'<p class=vb-note>{f.text(n)}</p>' for n in notes)}</div>"
    )
