"""Privacy against utility: how much each cell gives away, and how good an answer it serves."""

from collections.abc import Sequence
from typing import Any

from privacy.figures import Figure
from privacy.plots.chart import DIM, INK, INNER, Chart, altair, domain, finished, kept, looks, nothing, placed, share
from privacy.plots.marks import Mark, Row, constants, levels, marks_of, spoken, stacks_of
from privacy.plots.words import number

TALL = 330


@kept
def tradeoff(rows: Sequence[Row], *, utility: Figure, attack: Figure) -> Chart:
    """One mark for each cell: x is what `attack` reaches, y the figure `utility`, both with 95% intervals.

    Dashed lines show 0, what chance would score, and what the same attack reaches on its control. Cells of which one
    of the two is missing are named in the caption.
    """
    title, tab = f"{utility.column} against {attack.name}", attack.tab or "Trade-off"
    marks = marks_of(rows)
    cells = [m for m in marks if utility.key in m.readings and attack.key in m.readings]
    if not cells:
        return nothing(tab, title, "No cell has both a figure of this attack and this figure of utility.")
    missing = [m for m in marks if m not in cells]
    names = ", ".join(m.label for m in missing[:6]) + (" …" if len(missing) > 6 else "")
    caption = f"{attack.caption} Not drawn, because a figure is missing: {names}." if missing else attack.caption
    text = f"A scatter plot. {spoken(cells, [(utility.key, utility.name), (attack.key, attack.name)])}"
    for mark in missing:
        why = mark.missing.get(attack.key) or mark.missing.get(utility.key) or "it was not measured"
        text += f" Not drawn: {mark.label}, {why}."
    drawing = _drawing(cells, stacks_of(marks), utility, attack)
    return finished(drawing, TALL, tab=tab, title=title, caption=caption, description=text)


def _drawing(cells: Sequence[Mark], stacks: Sequence[str], utility: Figure, attack: Figure) -> Any:
    alt = altair()

    reading = [(m.readings[attack.key], m.readings[utility.key]) for m in cells]
    controls = constants((c.value for m in cells if (c := m.readings.get(attack.control))), most=2)
    across = domain([*(v for x, _ in reading for v in (x.low, x.high)), *controls], -0.1)
    up = domain(v for _, y in reading for v in (y.low, y.high))
    spots = placed(
        [(INNER * share(x.value, across), TALL * (1 - share(y.value, up)), _label(m, cells))
         for m, (x, y) in zip(cells, reading, strict=True)], wide=INNER, tall=TALL,
    )  # fmt: skip
    values = [
        {
            "stack": m.stack, "run": m.label, "label": _label(m, cells), "swept": m.swept, "dx": dx, "dy": dy,
            "align": align, "x": x.value, "x_low": x.low, "x_high": x.high, "attack": x.text, "y": y.value,
            "y_low": y.low, "y_high": y.high, "utility": y.text,
        }
        for m, (x, y), (dx, dy, align) in zip(cells, reading, spots, strict=True)
    ]  # fmt: skip
    colour, shape = looks(stacks)
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X(
            "x:Q",
            title=attack.axis or attack.name,
            scale=alt.Scale(domain=across, nice=False),
            axis=alt.Axis(tickCount=8),
        ),
        y=alt.Y(
            "y:Q",
            title=utility.axis or utility.name,
            scale=alt.Scale(domain=up, nice=False),
            axis=alt.Axis(tickCount=6),
        ),
        color=alt.Color(
            "stack:N", scale=colour, legend=alt.Legend(title=None, orient="bottom", values=stacks_of(cells))
        ),
    )
    tips = [
        alt.Tooltip("run:N"),
        alt.Tooltip("utility:N", title=utility.name),
        alt.Tooltip("attack:N", title=attack.name),
    ]
    path = (
        base.mark_line(strokeWidth=1.2, opacity=0.7)
        .encode(order=alt.Order("swept:Q"))
        .transform_filter("datum.swept !== null")
    )
    wide, tall = (
        base.mark_rule().encode(x=alt.X("x_low:Q"), x2=alt.X2("x_high:Q")),
        base.mark_rule().encode(y=alt.Y("y_low:Q"), y2=alt.Y2("y_high:Q")),
    )
    points = base.mark_point(size=80, filled=False, strokeWidth=2, opacity=1).encode(
        shape=alt.Shape("stack:N", scale=shape), tooltip=tips
    )
    names = base.mark_text(
        color=INK, align=alt.ExprRef("datum.align"), dx=alt.ExprRef("datum.dx"), dy=alt.ExprRef("datum.dy")
    ).encode(text=alt.Text("label:N"), color=alt.ColorValue(INK))
    chances = levels(y.chance for _, y in reading)
    lines = _references(across, controls, utility, chances)
    return alt.layer(*lines, path, wide, tall, points, names)


def _references(
    across: Sequence[float], controls: Sequence[float], utility: Figure, chances: Sequence[float]
) -> list[Any]:
    """Upright lines at 0 and at each control, and level ones at chance, with their names."""
    alt = altair()

    upright, edge, row = [], -1e9, 0
    for value, text in [(0.0, "guessing"), *((c, f"plain control {number(c)}") for c in sorted(controls))]:
        place = INNER * share(value, across)
        row, edge = (row + 1 if place - edge < 110 else 0), place
        upright.append({"at": value, "text": text, "dy": -15 - 13 * row})
    middle = across[0] + 0.6 * (across[1] - across[0])
    level = [{"at": c, "x": middle, "text": f"{utility.chance or 'chance'} {number(c)}"} for c in chances]
    vertical, horizontal = (alt.Chart(alt.Data(values=v)) for v in (upright, level))
    rule: dict[str, Any] = {"color": DIM, "strokeDash": [5, 4], "strokeWidth": 1.4}
    return [
        vertical.mark_rule(**rule).encode(x=alt.X("at:Q")),
        vertical.mark_text(dy=alt.ExprRef("datum.dy"), color=INK).encode(
            x=alt.X("at:Q"), y=alt.YValue(0), text=alt.Text("text:N")
        ),
        horizontal.mark_rule(**rule).encode(y=alt.Y("at:Q")),
        horizontal.mark_text(dy=-7, color=INK).encode(x=alt.X("x:Q"), y=alt.Y("at:Q"), text=alt.Text("text:N")),
    ]


def _label(mark: Mark, cells: Sequence[Mark]) -> str:
    """The stack; of a sweep its ends in full and the values between alone."""
    values = [m.swept for m in cells if m.stack == mark.stack and m.swept is not None]
    ends = mark.swept is None or mark.swept in (min(values), max(values))
    text = mark.label if ends else f"{mark.swept:g}"
    return text if len(text) <= 28 else text[:27] + "…"
