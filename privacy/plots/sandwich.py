"""The epsilon sandwich: the bound that a mechanism declares above, what an audit could prove below.

What was audited is a lower bound at 95% confidence: the true epsilon lies between the two, or the declaration is
wrong. For mechanisms that declare no epsilon the advantage of the same two-input game stands on an axis of its own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from privacy.plots.chart import COLOURS, DIM, INK, Chart, altair, domain, finished, kept, looks, nothing
from privacy.plots.marks import plottable
from privacy.plots.words import clean, number

ROW = 36
TITLE = "Declared and audited epsilon"
_SIDES = ("declared, from above", "audited, from below (95%)", "by arithmetic, from below")
_SMALL = 0.0625
_DOUBLINGS = 6
"""Beyond so many, the axis has powers of ten."""


@dataclass(frozen=True)
class SandwichRow:
    """One mechanism. With `declared` it is a DP mechanism: epsilon declared and audited (95% lower bound) for `unit`.

    `charged` is an epsilon that arithmetic gives, infinite where nothing bounds it. Otherwise `advantage` is that of
    the game, from `low` to `high` (95%). `n` is how many samples were drawn.
    """

    name: str
    declared: float | None = None
    audited: float | None = None
    unit: str = ""
    advantage: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    charged: float | None = None

    @property
    def broken(self) -> bool:
        """Whether the audit, or arithmetic, proves more than was declared."""
        return self.declared is not None and max(self.audited or 0.0, self.charged or 0.0) > self.declared


@kept
def sandwich(rows: Sequence[SandwichRow]) -> list[Chart]:
    """Declared and audited epsilon, a chart for each unit of privacy, and one of the games."""
    units: dict[str, list[SandwichRow]] = {}
    for row in rows:
        if plottable(row.declared) is not None:
            units.setdefault(clean(row.unit, most=60), []).append(row)
    games = [r for r in rows if plottable(r.declared) is None and plottable(r.advantage) is not None]
    charts = [_chart(_bounds(group, unit), group) for unit, group in units.items()]
    charts += [_chart(_games(games), games)] if games else []
    return charts or [nothing(TITLE, TITLE, "No mechanism was audited yet.")]


def _chart(drawing: Any, rows: Sequence[SandwichRow]) -> Chart:
    text = " ".join(map(_words, rows))
    return finished(drawing, ROW * len(rows), tab=TITLE, title=TITLE, caption="", description=text)


def _words(row: SandwichRow) -> str:
    name, samples = clean(row.name, most=40), f" of {row.n} samples" if row.n else ""
    if plottable(row.declared) is None:
        return f"{name}: advantage {number(row.advantage or 0.0)}{_range(row)} in a game{samples}."
    audited = "not audited" if row.audited is None else f"audited at least {number(row.audited)} by a game{samples}"
    charged = "" if row.charged is None else f", at least {_large(row.charged)} by arithmetic"
    alarm = " The audit proves more than was declared." if row.broken else ""
    declared = number(row.declared or 0.0)
    return f"{name}: declared epsilon {declared} for one {clean(row.unit)}, {audited}{charged}.{alarm}"


def _large(value: float) -> str:
    return "any" if math.isinf(value) else number(value) if value < 1000 or value >= 1e5 else f"{value:,.0f}"


def _range(row: SandwichRow) -> str:
    return "" if row.low is None or row.high is None else f" ({number(row.low)} to {number(row.high)})"


def _finding(row: SandwichRow) -> str:
    declared = number(row.declared or 0.0)
    below = max(row.audited or 0.0, row.charged or 0.0)
    if math.isinf(below):
        return f"⚠ no epsilon; {declared} declared"
    if plottable(row.audited) is None and plottable(row.charged) is None:
        return "not audited"
    return f"⚠ {_large(below)} > {declared} declared" if row.broken else f"{_large(below)} ≤ ε ≤ {declared}"


def _names(rows: Sequence[SandwichRow]) -> Any:
    alt = altair()

    names = [clean(r.name, most=40) for r in rows]
    return alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=260, grid=False))


def _texts(base: Any) -> Any:
    alt = altair()

    return base.mark_text(align="left", dx=8, color=INK).encode(x=alt.XValue("width"), text=alt.Text("finding:N"))


def _bounds(rows: Sequence[SandwichRow], unit: str) -> Any:
    """One line for each mechanism, from what was audited to what is declared, by doublings above a sixteenth."""
    alt = altair()

    values: list[dict[str, Any]] = []
    marks: list[dict[str, Any]] = []
    for row in rows:
        name, declared, audited = clean(row.name, most=40), plottable(row.declared) or 0.0, plottable(row.audited)
        sides = dict(zip(_SIDES, (declared, audited, plottable(row.charged)), strict=True))
        values.append(
            {
                "name": name,
                "declared": declared,
                "audited": max(audited or 0.0, sides[_SIDES[2]] or 0.0),
                "broken": row.broken,
                "finding": _finding(row),
            }
        )
        marks += [{"name": name, "side": s, "value": v, "text": _words(row)} for s, v in sides.items() if v is not None]
    top = max(math.ceil(math.log2(max([1.0, *(m["value"] for m in marks)]))), 0)
    ticks, labels = [0.0, *(2.0**p for p in range(-2, top + 1, max(1, (top + 2) // 9)))], {"format": "~g"}
    if top > _DOUBLINGS:
        # As an expression: a format is one for the whole axis, and writes all in the unit of the largest.
        labels = {"labelExpr": "format(datum.value, '~s')"}
        ticks = [0.0, *(10.0**p for p in range(0, math.ceil(top * math.log10(2)) + 1, 2 if top > 20 else 1))]
    scale = alt.Scale(type="symlog", constant=_SMALL, domain=[0, max(2.0**top, ticks[-1])], nice=False, clamp=True)
    axis = alt.Axis(values=ticks, labelOverlap=True, **labels)
    base = alt.Chart(alt.Data(values=values)).encode(y=_names(rows))
    tone = alt.condition("datum.broken", alt.value(COLOURS[7]), alt.value(DIM))
    head = f"epsilon for one {unit}" if unit else "epsilon"
    between = base.mark_rule(strokeWidth=5, opacity=0.45).encode(
        x=alt.X("audited:Q", scale=scale, axis=axis, title=head), x2=alt.X2("declared:Q"), color=tone
    )
    colour, shape = looks([side for side in _SIDES if any(m["side"] == side for m in marks) or side != _SIDES[2]])
    legend = alt.Legend(title=None, orient="top", labelLimit=260, columns=2)
    points = alt.Chart(alt.Data(values=marks)).mark_point(filled=True, size=90, opacity=1).encode(
        x=alt.X("value:Q"), y=_names(rows), color=alt.Color("side:N", scale=colour, legend=legend),
        shape=alt.Shape("side:N", scale=shape, legend=legend),
        tooltip=[alt.Tooltip("name:N"), alt.Tooltip("side:N"), alt.Tooltip("value:Q", format=".3~g")],
    )  # fmt: skip
    return alt.layer(between, points, _texts(base))


def _games(rows: Sequence[SandwichRow]) -> Any:
    alt = altair()

    values = []
    for row in rows:
        value = plottable(row.advantage) or 0.0
        low, high = (value if (v := plottable(end)) is None else v for end in (row.low, row.high))
        values.append({
            "name": clean(row.name, most=40), "value": value, "low": min(low, value), "high": max(high, value),
            "finding": f"{number(value)}{_range(row)}", "text": _words(row),
        })  # fmt: skip
    ends = domain([v for one in values for v in (one["low"], one["high"])], -0.1)  # type: ignore[misc]
    base = alt.Chart(alt.Data(values=values)).encode(y=_names(rows))
    title = "advantage of the game, no epsilon declared (0 is guessing)"
    x = alt.X("low:Q", title=title, scale=alt.Scale(domain=ends, nice=False))
    bars = base.mark_rule(color=COLOURS[2], strokeWidth=1.6).encode(x=x, x2=alt.X2("high:Q"))
    points = base.mark_point(color=COLOURS[2], shape="diamond", size=80, strokeWidth=2, opacity=1).encode(
        x=alt.X("value:Q"), tooltip=[alt.Tooltip("name:N"), alt.Tooltip("finding:N", title="advantage")]
    )
    zero = alt.Chart(alt.Data(values=[{"at": 0}])).mark_rule(color=DIM, strokeDash=[5, 4]).encode(x=alt.X("at:Q"))
    return alt.layer(zero, bars, points, _texts(base))
