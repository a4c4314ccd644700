"""The section of the report that says what is promised: the guarantee of each stack towards each observer."""

from collections.abc import Mapping
from typing import Any

from privacy.compare.plan import Comparison
from privacy.plots.svg import escape

Towards = Mapping[str, Any]


def guarantees(comparison: Comparison) -> str:
    """Stack by stack and observer by observer: strength, sentence, assumption, what still leaks, and every bound."""
    stacks: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for cell, record in zip(comparison.cells, comparison.records, strict=True):
        if record and record["guarantee"]["towards"]:
            stacks.setdefault(cell.request.stack, []).append((cell.label, record))
    if not stacks:
        return "<p>No cell has run yet.</p>"
    return "".join(_stack(stack, cells) for stack, cells in stacks.items()) + _bounds(comparison)


def _stack(stack: str, cells: list[tuple[str, Mapping[str, Any]]]) -> str:
    first = cells[0][1]["guarantee"]
    observers: dict[str, list[tuple[str, Towards]]] = {}
    for label, record in cells:
        for towards in record["guarantee"]["towards"]:
            observers.setdefault(towards["observer"], []).append((label, towards))
    # A stack's protection may differ by step: the noise is for one observer, the encryption for another.
    for label, record in cells:
        for step, guarantee in record.get("steps", {}).items():
            for towards in guarantee["towards"]:
                observers.setdefault(f"{towards['observer']}, {step} alone", []).append((label, towards))
    body = "".join(_observer(name, rows) for name, rows in observers.items())
    said = "".join(f"<p class='dim'>{escape(s)}</p>" for s in dict.fromkeys(cells[0][1]["fallbacks"].values()))
    ground = f"<p class='dim'>Adversary: {escape(first['adversary'])}. Source: {escape(first['source'])}.</p>"
    return f"<h3>{escape(stack)}</h3>{body}{said}{ground}"


def _observer(name: str, rows: list[tuple[str, Towards]]) -> str:
    strengths = list(dict.fromkeys(t["strength"] for _, t in rows))
    bits = {t["security_bits"] for _, t in rows} - {None}
    chips = " ".join(
        f"<span class='chip{' bad' if s == 'none' else ''}'>{escape(s)}{f', {min(bits)} bits' if bits else ''}</span>"
        for s in strengths
    )
    statements: dict[str, list[str]] = {}
    for label, t in rows:
        statements.setdefault(t["statement"], []).append(label)
    if len(statements) == 1:
        text = f" {escape(next(iter(statements)))}</p>"
    else:
        items = "".join(f"<li>{escape(', '.join(who))}: {escape(what)}</li>" for what, who in statements.items())
        text = f"</p><ul>{items}</ul>"
    lines = [f"<p>Towards the {escape(name)}: {chips}{text}"]
    assumptions = dict.fromkeys(t["assumption"] for _, t in rows if t["assumption"])
    lines += [f"<p class='dim'>Assumes: {escape(a)}</p>" for a in assumptions]
    leaks = dict.fromkeys(leak for _, t in rows for leak in t["leaks"])
    if leaks:
        lines.append(f"<p class='dim'>Still leaks: {escape('; '.join(leaks))}.</p>")
    return f"<div class='towards'>{''.join(lines)}</div>"


def _bounds(comparison: Comparison) -> str:
    """The differential-privacy bounds, with all that gives an epsilon its meaning."""
    rows = []
    for cell, record in zip(comparison.cells, comparison.records, strict=True):
        for t in record["guarantee"]["towards"] if record else []:
            if t["output"]:
                rows.append(_bound(cell.label, t))
    if not rows:
        return ""
    names = ("Cell", "Towards", "Epsilon", "Delta", "Rho", "Unit of privacy", "Neighbours", "Model", "Accountant")
    head = "".join(f"<th scope='col'>{n}</th>" for n in names)
    return (
        "<div class='scroll'><table>"
        "<caption>Differential-privacy bounds. Two epsilons compare only where unit, neighbours and model are the same."
        f"</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _bound(label: str, towards: Towards) -> str:
    bound = towards["output"]
    rho = "" if bound["rho"] is None else f"{bound['rho']:.4g}"
    accountant = bound["accountant"] + (f", sampler: {bound['sampler']}" if bound["sampler"] != "none" else "")
    cells = (
        towards["observer"], f"{bound['epsilon']:.4g}", f"{bound['delta']:g}", rho,
        bound["unit"], bound["neighbours"], bound["model"], accountant,
    )  # fmt: skip
    body = "".join(f"<td>{escape(text)}</td>" for text in cells)
    return f"<tr><th scope='row'>{escape(label)}</th>{body}</tr>"
