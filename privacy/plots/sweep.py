"""A sweep: utility and attack against the value of one parameter, such as epsilon.

An epsilon means nothing without its unit of privacy. So cells share an axis only if their bounds have the same unit,
neighbours, model and delta; any other bound gets an axis of its own.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from privacy.compare.plan import Comparison
from privacy.figures import Figure
from privacy.plots.chart import DIM, INK, Chart, altair, domain, finished, kept, looks, nothing, share, spread
from privacy.plots.marks import Mark, Row, constants, levels, marks_of, spoken, stacks_of
from privacy.plots.words import clean, number

Bound = Mapping[str, Any]
Kind = tuple[str, ...]
TALL = 190
_SMALL = 1e-15
_ANY: Kind = ("", "", "", "")
CAPTION = "An axis holds one unit of privacy only: a value of epsilon says nothing without what it counts for."


def bounds_of(comparison: Comparison) -> dict[str, Bound]:
    """The differential-privacy bound of each cell that has one, by the cell's label."""
    found: dict[str, Bound] = {}
    for cell, record in zip(comparison.cells, comparison.records, strict=True):
        rows = record["guarantee"]["towards"] if record else []
        bound = next((t["output"] for t in rows if t.get("output")), None)
        if bound is not None:
            found[cell.label] = bound
    return found


@kept
def sweep(
    rows: Sequence[Row], bounds: Mapping[str, Bound], *, parameter: str, utility: Figure, attack: Figure
) -> list[Chart]:
    """Two charts, of utility and of attack, over the swept values: a pair of them for each unit of privacy.

    Stacks that were not swept are level lines. `bounds` are those of `bounds_of`.
    """
    parameter = clean(parameter, most=40)
    tab = f"By {parameter}"
    marks = marks_of(rows)
    swept = [m for m in marks if m.swept is not None and (utility.key in m.readings or attack.key in m.readings)]
    if not swept:
        return [nothing(tab, tab, "No parameter was swept, or no swept cell has run yet.")]
    groups: dict[Kind, list[Mark]] = {}
    kinds = {clean(label, most=40): _kind(bound) for label, bound in bounds.items()}
    for m in swept:
        groups.setdefault(kinds.get(m.label, _ANY), []).append(m)
    level = [m for m in marks if m.swept is None]
    return [
        _chart(cells, level, stacks_of(marks), figure, kind, parameter, leak=figure is attack)
        for kind, cells in groups.items() for figure in (utility, attack)
    ]  # fmt: skip


def _kind(bound: Bound) -> Kind:
    """What two epsilons must have in common to stand on one axis."""
    return (*(clean(bound[k]) for k in ("unit", "neighbours", "model")), f"{float(bound['delta']):g}")


def _words(kind: Kind, parameter: str) -> str:
    if kind == _ANY:
        return f"{parameter}, without a declared bound"
    unit, neighbours, model, delta = kind
    tail = f", delta {delta}" if delta != "0" else ""
    return f"epsilon for one {unit}, {model} model, neighbours: {neighbours}{tail}"


def _chart(
    cells: Sequence[Mark], level: Sequence[Mark], stacks: Sequence[str], figure: Figure, kind: Kind, parameter: str,
    *, leak: bool,
) -> Chart:  # fmt: skip
    alt = altair()

    key = figure.key
    shown = [m for m in [*cells, *level] if key in m.readings]
    up = domain([v for m in shown for v in (m.readings[key].low, m.readings[key].high)], -0.1 if leak else 0.0)
    settings = sorted({m.swept for m in cells if m.swept is not None})
    log = settings[0] >= _SMALL
    values = [
        {
            "stack": m.stack, "run": m.label, "at": m.swept, "x": _beside(m, stacks, settings, log), "value": r.value,
            "low": r.low, "high": r.high, "text": r.text,
        }
        for m in cells if (r := m.readings.get(key))
    ]  # fmt: skip
    colour, shape = looks(stacks)
    scale = {"type": "log", "base": 2} if log else {"zero": False}
    legend = alt.Legend(title=None, orient="bottom", values=stacks_of(cells))
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X(
            "x:Q", title=f"epsilon for one {kind[0]}" if kind[0] else parameter,
            scale=alt.Scale(**scale, nice=False, padding=18),
            axis=alt.Axis(values=settings, format="~g", labelOverlap=True, grid=False),
        ),
        color=alt.Color("stack:N", scale=colour, legend=legend),
    )  # fmt: skip
    y = alt.Y(
        "value:Q",
        title=figure.name,
        scale=alt.Scale(domain=up, nice=False),
        axis=alt.Axis(tickCount=6, titleLimit=TALL),
    )
    lines = base.mark_line(strokeWidth=1.4, opacity=0.8).encode(y=y)
    bars = base.mark_rule().encode(y=alt.Y("low:Q"), y2=alt.Y2("high:Q"))
    points = base.mark_point(size=65, strokeWidth=2, opacity=1).encode(
        y=y, shape=alt.Shape("stack:N", scale=shape, legend=legend),
        tooltip=[alt.Tooltip("run:N"), alt.Tooltip("text:N", title=figure.name)],
    )  # fmt: skip
    drawing = alt.layer(*_levels(level, cells, figure, up, leak=leak), lines, bars, points)
    keys, name = [(figure.key, figure.name)], f"{figure.column} by {parameter}"
    axis = _words(kind, parameter)
    text = f"A line plot of {figure.name} over {axis}: {spoken(cells, keys)}"
    text += f" Level lines: {text_}" if (text_ := spoken(level, keys)) else ""
    caption = f"{axis[:1].upper()}{axis[1:]}. {CAPTION}" if leak else ""
    return finished(drawing, TALL, tab=f"By {parameter}", title=name, caption=caption, description=text)


def _beside(mark: Mark, stacks: Sequence[str], settings: Sequence[float], log: bool) -> float:
    """The place of a swept value, moved a little by stack: intervals at one value would hide each other."""
    shift = (stacks.index(mark.stack) - (len(stacks) - 1) / 2) * 0.01
    value = mark.swept or 0.0
    if log:
        ratio = settings[-1] / settings[0] if len(settings) > 1 else 2.0
        return value * math.pow(ratio, shift)
    return value + shift * ((settings[-1] - settings[0]) or 1.0)


def _levels(
    level: Sequence[Mark], cells: Sequence[Mark], figure: Figure, up: Sequence[float], *, leak: bool
) -> list[Any]:
    """Level lines for the stacks that were not swept, for chance and for the control, named at the right."""
    alt = altair()

    found: dict[float, list[str]] = {}
    for m in level:
        if figure.key in m.readings:
            found.setdefault(round(m.readings[figure.key].value, 4), []).append(m.stack)
    if leak:
        found.setdefault(0.0, []).append("guessing")
        for control in constants(c.value for m in [*cells, *level] if (c := m.readings.get(figure.control))):
            names = found.setdefault(control, [])
            # Plain itself, where it was run, is that control.
            names += [] if "plain" in names else ["plain control"]
    for chance in levels(m.readings[figure.key].chance for m in cells if figure.key in m.readings):
        found.setdefault(chance, []).append(figure.chance or "chance")
    places = spread([share(v, up) for v in found], gap=0.085, low=0.0, high=1.0)
    values = [
        {"at": at, "y": up[0] + place * (up[1] - up[0]), "text": f"{clean(', '.join(names), most=24)} {number(at)}"}
        for (at, names), place in zip(found.items(), places, strict=True)
    ]
    base = alt.Chart(alt.Data(values=values))
    rules = base.mark_rule(color=DIM, strokeDash=[5, 4], strokeWidth=1.3).encode(y=alt.Y("at:Q"))
    names = base.mark_text(align="left", dx=6, color=INK).encode(
        x=alt.XValue("width"), y=alt.Y("y:Q"), text=alt.Text("text:N")
    )
    return [rules, names]
