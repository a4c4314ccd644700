"""Privacy against utility: how much of a person each cell gives away, and how good a feed it serves."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from privacy.plots.labels import Box, Label, around, write
from privacy.plots.marks import Mark, Row, constants, marks_of, series_of, spoken
from privacy.plots.scale import Axis, even
from privacy.plots.svg import Drawing, colour, nothing, width_of
from privacy.plots.words import chance_of, gain_of, name_of, number, plain_number, scale_of

WIDTH, LEFT, RIGHT, TOP, TALL = 760.0, 66.0, 20.0, 48.0, 330.0
_HEADROOM = 20.0


def tradeoff(rows: Iterable[Row], *, utility: str = "top10_overlap", attack: str = "attribute_advantage") -> str:
    """One mark for each cell: x is the attack's advantage over guessing, y the metric `utility`, with 95% intervals.

    Lines show what guessing reaches, what chance would score, and what the same attack reads under plain.
    Cells of which one of the two is missing are named below.
    """
    marks = marks_of(rows)
    drawn = [m for m in marks if utility in m.readings and attack in m.readings]
    title = f"{name_of(utility)} against {name_of(attack)}"
    if not drawn:
        return nothing(title, "No cell has both a figure of this attack and this figure of utility.")
    left_out = [m for m in marks if m not in drawn]
    legend = legend_rows(series_of(drawn), WIDTH - LEFT - RIGHT)
    height = TOP + TALL + 52 + 20 * len(legend) + 16 * bool(left_out)
    drawing = Drawing(WIDTH, height, title=title, desc=_described(drawn, left_out, utility, attack))
    across, up = _axes(drawn, utility, attack)
    grid(drawing, across, up, x_name=scale_of(attack), y_name=name_of(utility))
    busy = _references(drawing, drawn, across, up, utility, attack)
    _draw(drawing, drawn, across, up, utility, attack, busy)
    draw_legend(drawing, legend, TOP + TALL + 62)
    if left_out:
        names = ", ".join(m.label for m in left_out[:6]) + (" …" if len(left_out) > 6 else "")
        drawing.text(LEFT, height - 6, f"Not drawn, as a figure is missing: {names}", size=11.5, dim=True)
    return drawing.render()


def _described(drawn: Sequence[Mark], left_out: Sequence[Mark], utility: str, attack: str) -> str:
    text = f"A scatter plot. {spoken(drawn, [(utility, name_of(utility)), (attack, gain_of(attack))])}"
    for mark in left_out:
        why = mark.missing.get(attack) or mark.missing.get(utility) or "it was not measured"
        text += f" Not drawn: {mark.label}, {why}."
    return text


def _axes(drawn: Sequence[Mark], utility: str, attack: str) -> tuple[Axis, Axis]:
    xs = [v for m in drawn for v in (m.readings[attack].low, m.readings[attack].high)]
    ys = [v for m in drawn for v in (m.readings[utility].low, m.readings[utility].high)]
    xs += constants(control_of(m, attack) for m in drawn)
    # A little room on both sides of guessing, as an interval around 0 reaches below it.
    return even(xs, LEFT, WIDTH - RIGHT, floor=-0.1), even(ys, TOP + TALL, TOP)


def control_of(mark: Mark, attack: str) -> float | None:
    """What the same attack reached under plain in the same run."""
    found = mark.readings.get(f"{attack}_control")
    return found.value if found else None


def grid(drawing: Drawing, across: Axis, up: Axis, *, x_name: str, y_name: str) -> None:
    """Grid lines, ticks and names of two even axes."""
    for tick in up.ticks:
        drawing.line(across.start, up(tick), across.end, up(tick), faint=True, kind="grid")
        drawing.text(across.start - 8, up(tick) + 4, plain_number(tick), size=11.5, anchor="end", dim=True)
    for tick in across.ticks:
        drawing.line(across(tick), up.start, across(tick), up.start + 4, kind="tick")
        drawing.text(across(tick), up.start + 18, plain_number(tick), size=11.5, anchor="middle", dim=True)
    drawing.line(across.start, up.start, across.end, up.start, kind="axis")
    drawing.text((across.start + across.end) / 2, up.start + 38, x_name, size=12, anchor="middle")
    drawing.text(16, (up.start + up.end) / 2, y_name, size=12, anchor="middle", turn=True)


def _references(
    drawing: Drawing, drawn: Sequence[Mark], across: Axis, up: Axis, utility: str, attack: str
) -> list[Box]:  # fmt: skip
    """Guessing, the plain control and chance; returns the room that their words take."""
    busy = []
    drawing.line(across(0), up.start, across(0), up.end - _HEADROOM, width=1.2, kind="guessing")
    places = [(0.0, "guessing"), *((c, f"plain control {number(c)}") for c in _controls(drawn, attack))]
    edge = -1.0
    for value, text in places:
        wide = width_of(text, size=11.5)
        left = min(max(across(value) - wide / 2, edge + 8), WIDTH - 4 - wide)
        drawing.text(left, up.end - _HEADROOM - 8, text, size=11.5, dim=True)
        edge, x = left + wide, across(value)
        busy.append(Box(x - 2, up.end - _HEADROOM, x + 2, up.start))
        if value:
            drawing.line(x, up.start, x, up.end - _HEADROOM, width=1.4, dash="2 4", kind="control")
    for chance in constants(m.readings[utility].chance for m in drawn):
        text = f"{chance_of(utility)} {number(chance)}"
        y, wide = up(chance), width_of(text, size=11.5)
        drawing.line(across.start, y, across.end, y, width=1.4, dash="7 4", kind="chance")
        # Where marks are fewest: right of the middle, above the line.
        left = across.start + (across.end - across.start) * 0.42
        drawing.text(left, y - 5, text, size=11.5, dim=True)
        busy.append(Box(left, y - 17, left + wide, y - 2))
    return busy


def _controls(drawn: Sequence[Mark], attack: str) -> list[float]:
    return constants((control_of(m, attack) for m in drawn), most=2)


def _draw(
    drawing: Drawing, drawn: Sequence[Mark], across: Axis, up: Axis, utility: str, attack: str, busy: list[Box]
) -> None:  # fmt: skip
    places = {id(m): (across(m.readings[attack].value), up(m.readings[utility].value)) for m in drawn}
    for one, two in pairwise(sorted((m for m in drawn if m.swept is not None), key=lambda m: (m.series, m.swept))):
        if one.series == two.series:
            drawing.path([places[id(one)], places[id(two)]], stroke=colour(one.series), width=1.2)
    for m in drawn:
        busy += _intervals(drawing, m, *places[id(m)], across, up, utility, attack)
    for m in drawn:
        x, y = places[id(m)]
        drawing.mark(x, y, m.series, tip=spoken([m], [(utility, name_of(utility)), (attack, gain_of(attack))]))
        busy.append(around(x, y))
    labels = [Label(*places[id(m)], _label(m, drawn)) for m in drawn]
    write(drawing, labels, taken=busy, ground=Box(across.start + 2, up.end - _HEADROOM, across.end, up.start - 2))


def _intervals(
    drawing: Drawing, mark: Mark, x: float, y: float, across: Axis, up: Axis, utility: str, attack: str
) -> list[Box]:
    """Draw both intervals of a mark; returns the room that they take."""
    left, right = (across(v) for v in (mark.readings[attack].low, mark.readings[attack].high))
    bottom, top = (up(v) for v in (mark.readings[utility].low, mark.readings[utility].high))
    drawing.whisker(y, left, right, series=mark.series)
    drawing.whisker(x, bottom, top, series=mark.series, upright=True)
    return [Box(left - 3, y - 3, right + 3, y + 3), Box(x - 4, top - 3, x + 4, bottom + 3)]


def _label(mark: Mark, drawn: Sequence[Mark]) -> str:
    """The stack; of a sweep its ends in full and the values between alone."""
    values = [m.swept for m in drawn if m.stack == mark.stack and m.swept is not None]
    text = mark.label if mark.swept is None or mark.swept in (min(values), max(values)) else mark.short
    return text if len(text) <= 28 else text[:27] + "…"


def legend_rows(series: dict[str, int], wide: float) -> list[list[tuple[str, int, float]]]:
    """Entries (name, series, place from the left), row by row."""
    rows: list[list[tuple[str, int, float]]] = [[]]
    x = 0.0
    for stack, place in series.items():
        name = stack if len(stack) <= 40 else stack[:39] + "…"
        room = 22 + width_of(name) + 22
        if rows[-1] and x + room > wide:
            rows.append([])
            x = 0.0
        rows[-1].append((name, place, x))
        x += room
    return rows


def draw_legend(drawing: Drawing, rows: Sequence[Sequence[tuple[str, int, float]]], y: float) -> None:
    """Shapes with the stacks that they stand for; `y` is the middle of the first row."""
    for i, row in enumerate(rows):
        for name, place, x in row:
            drawing.mark(LEFT + x + 6, y + 20 * i, place, scale=0.9)
            drawing.text(LEFT + x + 20, y + 20 * i + 4, name)
