"""Cost: bytes and seconds of each cell, on logarithmic axes."""

import math
from collections.abc import Sequence
from typing import Any

from privacy.figures import Figure
from privacy.plots.chart import Chart, altair, finished, kept, looks, nothing
from privacy.plots.marks import Mark, Row, marks_of, spoken
from privacy.plots.words import written

ROW = 34
_UNITS = {"B": ("bytes", 1.0), "s": ("time", 1e-6)}
"""By unit its name, and the step below which an axis is even rather than logarithmic, so that 0 has a place."""


@kept
def costs(rows: Sequence[Row], figures: Sequence[Figure], *, caption: str = "") -> list[Chart]:
    """A chart of bytes and one of time: a line for each cell, and on it one mark for each figure of cost."""
    marks = [m for m in marks_of(rows) if any(f.key in m.readings for f in figures)]
    shown = {
        unit: [f for f in figures if f.unit == unit and any(f.key in m.readings for m in marks)] for unit in _UNITS
    }
    drawn = [unit for unit, mine in shown.items() if mine]
    charts = [_chart(marks, shown[unit], unit, caption if unit == drawn[-1] else "") for unit in drawn]
    return charts or [nothing("Cost", "Cost", "No cell has run yet.")]


def _chart(marks: Sequence[Mark], shown: Sequence[Figure], unit: str, caption: str) -> Chart:
    alt = altair()

    values: list[dict[str, Any]] = [
        {"run": m.label, "figure": f.name, "value": r.value, "low": r.low, "high": r.high, "text": r.text}
        for m in marks for f in shown if (r := m.readings.get(f.key))
    ]  # fmt: skip
    name, step = _UNITS[unit]
    names, cells = [f.name for f in shown], list(dict.fromkeys(m.label for m in marks))
    ticks = _ticks([v[k] for v in values for k in ("value", "low", "high")], step)
    colour, shape = looks(names)
    labels = [written(t, unit) if t else "0" for t in ticks]
    scale = alt.Scale(type="symlog", constant=step, domain=[ticks[0], ticks[-1]], nice=False, clamp=True)
    axis = alt.Axis(values=ticks, labelExpr=f"{labels}[indexof({ticks}, datum.value)]", labelOverlap=True, grid=True)
    legend = alt.Legend(title=None, orient="top")
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("run:N", sort=cells, title=None, axis=alt.Axis(labelLimit=240, tickBand="extent", grid=True)),
        yOffset=alt.YOffset("figure:N", sort=names),
        color=alt.Color("figure:N", scale=colour, legend=legend),
    )
    bars = base.mark_rule().encode(x=alt.X("low:Q", scale=scale, axis=axis, title=name), x2=alt.X2("high:Q"))
    points = base.mark_point(filled=True, size=55, opacity=1).encode(
        x=alt.X("value:Q"), shape=alt.Shape("figure:N", scale=shape, legend=legend),
        tooltip=[alt.Tooltip("run:N"), alt.Tooltip("figure:N"), alt.Tooltip("text:N", title=name)],
    )  # fmt: skip
    text = f"A dot plot of {name}. {spoken(marks, [(f.key, f.name) for f in shown])}"
    title = f"Cost in {name}"
    return finished(
        alt.layer(bars, points), ROW * len(cells), tab="Cost", title=title, caption=caption, description=text
    )


def _ticks(values: Sequence[float], step: float) -> list[float]:
    """0 if something is below `step`, then the powers of ten that hold the others; at most ten of them."""
    above = [abs(v) for v in values if abs(v) >= step] or [step]
    first, last = math.floor(math.log10(min(above)) + 1e-9), math.ceil(math.log10(max(above)) - 1e-9)
    last = max(last, first + 1)
    stride = -(-(last - first) // 9)
    last = first + -(-(last - first) // stride) * stride
    zero = [0.0] if min(values) < step else []
    return [*zero, *(10.0**p for p in range(first, last + 1, stride))]
