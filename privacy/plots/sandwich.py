"""The epsilon sandwich: the bound that a mechanism declares above, what an audit could prove below.

What was audited is a lower bound at 95% confidence: the true epsilon lies between the two, or the declaration is
wrong. For mechanisms that declare no epsilon the advantage of the same two-input game stands on an axis of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from privacy.plots.scale import SMALL, Axis, apart, doublings, even, plottable
from privacy.plots.svg import DIM, Drawing, colour, nothing, width_of
from privacy.plots.words import number, plain_number

WIDTH, RIGHT, ROW = 760.0, 172.0, 34.0
_HEAD, _FOOT, _GAP = 30.0, 44.0, 18.0
_FLOOR = 58.0


@dataclass(frozen=True)
class SandwichRow:
    """One mechanism. With `declared` it is a DP mechanism: epsilon declared and audited (95% lower bound) for `unit`.

    Otherwise `advantage` is that of the game, from `low` to `high` (95%). `n` is how many samples were drawn.
    """

    name: str
    declared: float | None = None
    audited: float | None = None
    unit: str = ""
    advantage: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None

    @property
    def broken(self) -> bool:
        """Whether the audit proves more than was declared."""
        return self.declared is not None and self.audited is not None and self.audited > self.declared


def sandwich(rows: Iterable[SandwichRow]) -> str:
    """Declared and audited epsilon on one log2 axis for each unit of privacy; games on an axis below."""
    found = list(rows)
    title = "declared and audited epsilon"
    units: dict[str, list[SandwichRow]] = {}
    for row in found:
        if plottable(row.declared) is not None:
            units.setdefault(row.unit, []).append(row)
    games = [r for r in found if plottable(r.declared) is None and plottable(r.advantage) is not None]
    if not units and not games:
        return nothing(title, "No mechanism was audited yet.")
    panels = len(units) + bool(games)
    shown = sum(map(len, units.values())) + len(games)
    height = panels * (_HEAD + _FOOT) + shown * ROW + (panels - 1) * _GAP
    desc = " ".join(_said(r) for group in [*units.values(), games] for r in group)
    drawing = Drawing(WIDTH, height, title=title, desc=desc)
    left = min(max(width_of(_name(r)) for group in [*units.values(), games] for r in group) + 26, 270.0)
    top = 0.0
    for unit, group in units.items():
        drawing.open(unit=unit)
        _bounds(drawing, group, unit, left=left, top=top)
        drawing.close()
        top += _HEAD + _FOOT + _GAP + ROW * len(group)
    if games:
        _games(drawing, games, left=left, top=top)
    return drawing.render()


def _name(row: SandwichRow) -> str:
    return row.name if len(row.name) <= 34 else row.name[:33] + "…"


def _said(row: SandwichRow) -> str:
    samples = f" of {row.n} samples" if row.n else ""
    if row.declared is None:
        return f"{row.name}: advantage {number(row.advantage or 0.0)}{_range(row)} in a game{samples}."
    audited = "not audited" if row.audited is None else f"audited at least {number(row.audited)} by a game{samples}"
    alarm = " The audit proves more than was declared." if row.broken else ""
    return f"{row.name}: declared epsilon {number(row.declared)} for one {row.unit}, {audited}.{alarm}"


def _range(row: SandwichRow) -> str:
    return "" if row.low is None or row.high is None else f" ({number(row.low)} to {number(row.high)})"


def _bounds(drawing: Drawing, group: Sequence[SandwichRow], unit: str, *, left: float, top: float) -> None:
    values = [v for r in group for v in (plottable(r.declared), plottable(r.audited)) if v is not None]
    values += [v / 2 for v in values]
    # Left of the axis is the place of 0: an audit that proved nothing.
    across = doublings(values, left + _FLOOR, WIDTH - RIGHT)
    _ground(drawing, across, f"epsilon for one {unit}" if unit else "epsilon", left=left, top=top, rows=len(group))
    zero, base = left + 8, top + _HEAD + ROW * len(group)
    drawing.text(zero, base + 17, "0", size=11.5, anchor="middle", dim=True)
    for i, row in enumerate(group):
        y = top + _HEAD + ROW * (i + 0.5)
        declared, audited = (plottable(v) for v in (row.declared, row.audited))
        drawing.text(12, y + 4, _name(row))
        ends = [zero if v is None or v < SMALL else across(v) for v in (audited, declared)]
        stroke = colour(7) if row.broken else DIM
        drawing.line(ends[0], y, ends[1], y, stroke=stroke, width=5, faint=not row.broken, kind="between")
        if audited is not None:
            tip = f"{row.name}: audited at least {number(audited)}"
            drawing.mark(ends[0], y, 2, tip=tip, solid=True, scale=0.9)
        drawing.mark(ends[1], y, 0, tip=f"{row.name}: declared {number(declared or 0.0)}", scale=1.1)
        text = "not audited" if audited is None else f"{number(audited)} ≤ ε ≤ {number(declared or 0.0)}"
        text = f"{number(audited)} > {number(declared or 0.0)} declared" if row.broken and audited else text
        drawing.text(WIDTH - RIGHT + 14, y + 4, text, size=11.5, weight=700 if row.broken else 400)
    key = "circle: declared, from above; triangle: audited, from below, 95%"
    drawing.text((left + WIDTH - RIGHT) / 2, base + 36, key, size=11.5, anchor="middle", dim=True)


def _games(drawing: Drawing, games: Sequence[SandwichRow], *, left: float, top: float) -> None:
    values = [v for r in games for v in map(plottable, (r.advantage, r.low, r.high)) if v is not None]
    across = even(values, left + _FLOOR, WIDTH - RIGHT, floor=-0.1)
    _ground(drawing, across, "advantage of the game, no epsilon declared", left=left, top=top, rows=len(games))
    base = top + _HEAD + ROW * len(games)
    drawing.line(across(0), top + _HEAD - 6, across(0), base, width=1.2, dash="7 4", kind="guessing")
    for i, row in enumerate(games):
        y = top + _HEAD + ROW * (i + 0.5)
        value = plottable(row.advantage) or 0.0
        low, high = (plottable(v) for v in (row.low, row.high))
        low, high = min(value if low is None else low, value), max(value if high is None else high, value)
        drawing.text(12, y + 4, _name(row))
        drawing.whisker(y, across(low), across(high), series=1)
        drawing.mark(across(value), y, 1, tip=_said(row))
        drawing.text(WIDTH - RIGHT + 14, y + 4, f"{number(value)}{_range(row)}", size=11.5)
    drawing.text(across(0), base + 36, "0 is guessing", size=11.5, anchor="start", dim=True)


def _ground(drawing: Drawing, across: Axis, head: str, *, left: float, top: float, rows: int) -> None:
    base = top + _HEAD + ROW * rows
    drawing.text(12, top + 14, head, weight=600)
    places = [across(t) for t in across.ticks]
    for place in places:
        drawing.line(place, top + _HEAD - 6, place, base, faint=True, kind="grid")
    for i in apart(places, least=36):
        drawing.text(places[i], base + 17, plain_number(across.ticks[i]), size=11.5, anchor="middle", dim=True)
    drawing.line(left, base, WIDTH - RIGHT, base, kind="axis")
