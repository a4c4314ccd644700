"""A sweep: utility and attack against the value of one parameter, such as epsilon.

An epsilon means nothing without its unit of privacy. So cells share an axis only if their bounds have the same unit,
neighbours, model and delta; any other bound gets an axis of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from privacy.compare.plan import Comparison
from privacy.plots.labels import stack_up
from privacy.plots.marks import Mark, Row, constants, marks_of, series_of, spoken
from privacy.plots.scale import Axis, apart, even, settings
from privacy.plots.svg import Drawing, colour, nothing
from privacy.plots.tradeoff import control_of, draw_legend, legend_rows
from privacy.plots.words import chance_of, gain_of, name_of, number, plain_number

Bound = Mapping[str, Any]
Kind = tuple[str, ...]
WIDTH, LEFT, RIGHT, TALL = 760.0, 66.0, 156.0, 168.0
_HEAD, _BETWEEN, _FOOT = 44.0, 34.0, 58.0
_ANY: Kind = ("", "", "", "")


def bounds_of(comparison: Comparison) -> dict[str, Bound]:
    """The differential-privacy bound of each cell that has one, by the cell's label."""
    found: dict[str, Bound] = {}
    for cell, record in zip(comparison.cells, comparison.records, strict=True):
        rows = record["guarantee"]["towards"] if record else []
        bound = next((t["output"] for t in rows if t.get("output")), None)
        if bound is not None:
            found[cell.label] = bound
    return found


def sweep(
    rows: Iterable[Row], bounds: Mapping[str, Bound], *, parameter: str = "epsilon",
    utility: str = "top10_overlap", attack: str = "attribute_advantage",
) -> str:  # fmt: skip
    """Two panels, utility and attack, over the swept values; one pair of panels for each unit of privacy.

    Stacks that were not swept are level lines. `bounds` are those of `bounds_of`.
    """
    marks = marks_of(rows)
    keys = [(utility, name_of(utility)), (attack, gain_of(attack))]
    title = f"{name_of(utility)} and {name_of(attack)} by {parameter}"
    swept = [m for m in marks if m.swept is not None and (utility in m.readings or attack in m.readings)]
    if not swept:
        return nothing(title, "No parameter was swept, or no swept cell has run yet.")
    groups: dict[Kind, list[Mark]] = {}
    for m in swept:
        groups.setdefault(_kind(bounds.get(m.label)), []).append(m)
    level = [m for m in marks if m.swept is None]
    legend = legend_rows(series_of(swept), WIDTH - LEFT - 20)
    one = _HEAD + 2 * TALL + _BETWEEN + _FOOT
    height = one * len(groups) + 20 * len(legend) + 8
    desc = f"Line plots over {parameter}."
    for i, (kind, cells) in enumerate(groups.items(), 1):
        desc += f" Axis {i}, {_said(kind, parameter)}: {spoken(cells, keys)}"
    desc += f" Level lines: {spoken(level, keys)}" if level else ""
    drawing = Drawing(WIDTH, height, title=title, desc=desc)
    for i, (kind, cells) in enumerate(groups.items()):
        drawing.open(axis=i + 1, unit=kind[0], neighbours=kind[1], model=kind[2], delta=kind[3])
        _pair(drawing, cells, level, one * i, _said(kind, parameter), parameter, utility, attack)
        drawing.close()
    draw_legend(drawing, legend, one * len(groups) + 4)
    return drawing.render()


def _kind(bound: Bound | None) -> Kind:
    """What two epsilons must have in common to stand on one axis."""
    if not bound:
        return _ANY
    return (str(bound["unit"]), str(bound["neighbours"]), str(bound["model"]), f"{float(bound['delta']):g}")


def _said(kind: Kind, parameter: str) -> str:
    if kind == _ANY:
        return f"{parameter}, without a declared bound"
    unit, neighbours, model, delta = kind
    tail = f", delta {delta}" if delta != "0" else ""
    return f"epsilon for one {unit}, {model} model, neighbours: {neighbours}{tail}"


def _pair(
    drawing: Drawing, cells: Sequence[Mark], level: Sequence[Mark], top: float, head: str, parameter: str,
    utility: str, attack: str,
) -> None:  # fmt: skip
    across = settings([m.swept for m in cells if m.swept is not None], LEFT, WIDTH - RIGHT)
    for i, line in enumerate(_folded(head, most=112)):
        drawing.text(LEFT, top + 16 + 15 * i, line, size=12, weight=600 if i == 0 else 400)
    for key, name, start in ((utility, name_of(utility), 0.0), (attack, gain_of(attack), TALL + _BETWEEN)):
        # The second panel's lowest tick is below 0: an interval around guessing reaches there.
        floor = -0.1 if key == attack else 0.0
        base = top + _HEAD + start + TALL
        shown = [m for m in [*cells, *level] if key in m.readings]
        values = [v for m in shown for v in (m.readings[key].low, m.readings[key].high)]
        up = even(values, base, base - TALL, floor=floor)
        _panel(drawing, across, up, [m for m in cells if key in m.readings], key)
        _levels(drawing, across, up, level, cells, key, attack)
        drawing.text(16, base - TALL / 2, name, size=12, anchor="middle", turn=True)
    _values(drawing, across, top + _HEAD + 2 * TALL + _BETWEEN, parameter)


def _folded(text: str, *, most: int) -> list[str]:
    if len(text) <= most:
        return [text]
    cut = text.rfind(" ", 0, most)
    cut = cut if cut > 0 else most
    rest = text[cut:].strip()
    return [text[:cut], rest if len(rest) <= most else rest[: most - 1] + "…"]


def _panel(drawing: Drawing, across: Axis, up: Axis, cells: Sequence[Mark], key: str) -> None:
    for tick in up.ticks:
        drawing.line(LEFT, up(tick), WIDTH - RIGHT, up(tick), faint=True, kind="grid")
        drawing.text(LEFT - 8, up(tick) + 4, plain_number(tick), size=11.5, anchor="end", dim=True)
    stacks = list(dict.fromkeys(m.series for m in cells))
    for rank, series in enumerate(stacks):
        # Side by side where stacks share a value, as their intervals would hide each other.
        shift = (rank - (len(stacks) - 1) / 2) * min(9.0, 30.0 / max(len(stacks), 1))
        mine = sorted((m for m in cells if m.series == series), key=lambda m: m.swept or 0.0)
        places = [(across(m.swept or 0.0) + shift, up(m.readings[key].value)) for m in mine]
        drawing.path(places, stroke=colour(series))
        for m, (x, y) in zip(mine, places, strict=True):
            reading = m.readings[key]
            drawing.whisker(x, up(reading.low), up(reading.high), series=series, upright=True)
            drawing.mark(x, y, series, tip=spoken([m], [(key, name_of(key))]), scale=0.85)


def _levels(
    drawing: Drawing, across: Axis, up: Axis, level: Sequence[Mark], cells: Sequence[Mark], key: str, attack: str
) -> None:  # fmt: skip
    """Level lines for the stacks that were not swept, for chance and for the plain control, named at the right."""
    lines: dict[float, list[str]] = {}
    for m in level:
        if key in m.readings:
            lines.setdefault(round(m.readings[key].value, 4), []).append(m.stack)
    if key == attack:
        lines.setdefault(0.0, []).append("guessing")
        for control in constants(control_of(m, attack) for m in [*cells, *level]):
            names = lines.setdefault(control, [])
            # Plain itself, where it was run, is that control.
            names += [] if "plain" in names else ["plain control"]
    else:
        for chance in constants(m.readings[key].chance for m in cells if key in m.readings):
            lines.setdefault(chance, []).append(chance_of(key))
    heights = stack_up([up(v) for v in lines], gap=14, low=up.end + 4, high=up.start)
    for (value, names), y in zip(lines.items(), heights, strict=True):
        chance = names[-1] in ("guessing", chance_of(key))
        drawing.line(
            LEFT, up(value), WIDTH - RIGHT, up(value), width=1.4, dash="7 4" if chance else "2 4", kind="level"
        )
        drawing.line(WIDTH - RIGHT, up(value), WIDTH - RIGHT + 10, y - 0.5, width=0.8, kind="leader")
        text = f"{', '.join(names)} {number(value)}"
        text = text if len(text) <= 21 else f"{', '.join(names)[: 20 - len(number(value))]}… {number(value)}"
        drawing.text(WIDTH - RIGHT + 13, y + 3.5, text, size=11.5, dim=True)


def _values(drawing: Drawing, across: Axis, base: float, parameter: str) -> None:
    drawing.line(LEFT, base, WIDTH - RIGHT, base, kind="axis")
    places = [across(t) for t in across.ticks]
    for i in apart(places, least=30):
        drawing.line(places[i], base, places[i], base + 4, kind="tick")
        drawing.text(places[i], base + 18, plain_number(across.ticks[i]), size=11.5, anchor="middle", dim=True)
    scale = ", by doublings" if across.log and len(places) > 1 else ""
    drawing.text((LEFT + WIDTH - RIGHT) / 2, base + 37, f"{parameter}{scale}", size=12, anchor="middle")
