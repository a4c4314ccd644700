"""Cost: bytes and seconds of each cell, on logarithmic axes."""

from collections.abc import Iterable, Sequence

from privacy.plots.marks import Mark, Row, marks_of, spoken
from privacy.plots.scale import SMALL, apart, tens
from privacy.plots.svg import Drawing, nothing, width_of
from privacy.plots.words import name_of, size, written

WIDTH, RIGHT, ROW, ZERO = 760.0, 24.0, 30.0, 64.0
BYTES = ("bytes_up", "bytes_down", "bytes_setup")
SECONDS = ("client_seconds", "server_seconds", "setup_seconds")
HEADS = ("bytes of one request, and of the setup before the first", "time of one request (median), and of the setup")
_BYTES = {"bytes_up": 2, "bytes_down": 4, "bytes_setup": 3}
_TIMES = (0, 1, 3, 6)
"""Shapes: up and down point up and down. They are solid, as hollow ones stand for stacks in the other plots."""
_HEAD, _FOOT, _GAP = 40.0, 30.0, 26.0


def costs(
    rows: Iterable[Row], *, sent: Sequence[str] = BYTES, times: Sequence[str] = SECONDS,
    heads: tuple[str, str] = HEADS,
) -> str:  # fmt: skip
    """Two panels, one line for each cell: bytes up, down and of setup; seconds of each party, and of setup.

    The axes are logarithmic; what is 0 stands in a column of its own, left of them.
    """
    marks = marks_of(rows)
    drawn = [m for m in marks if any(k in m.readings for k in (*sent, *times))]
    if not drawn:
        return nothing("cost of each cell", "No cell has run yet.")
    left = min(max(width_of(_name(m)) for m in drawn) + 22, 250.0)
    one = _HEAD + ROW * len(drawn) + _FOOT
    keys = [(k, f"{'bytes ' if k in sent else ''}{name_of(k)}") for k in (*sent, *times)]
    drawing = Drawing(WIDTH, 2 * one + _GAP, title="cost of each cell", desc=f"Dot plots. {spoken(drawn, keys)}")
    for i, (measures, unit, head) in enumerate(((sent, "B", heads[0]), (times, "s", heads[1]))):
        _panel(drawing, drawn, measures, unit, head, left=left, top=i * (one + _GAP))
    return drawing.render()


def _look(key: str, place: int) -> int:
    return _BYTES.get(key, _TIMES[place % len(_TIMES)])


def _name(mark: Mark) -> str:
    return mark.label if len(mark.label) <= 32 else mark.label[:31] + "…"


def _panel(
    drawing: Drawing, drawn: Sequence[Mark], measures: Sequence[str], unit: str, head: str, *, left: float, top: float
) -> None:  # fmt: skip
    values = [v for m in drawn for k in measures if (r := m.readings.get(k)) for v in (r.low, r.value, r.high)]
    across = tens(values, left + ZERO, WIDTH - RIGHT)
    base = top + _HEAD + ROW * len(drawn)
    _legend(drawing, measures, head, left, top)
    places = [across(t) for t in across.ticks]
    for place in places:
        drawing.line(place, top + _HEAD - 4, place, base, faint=True, kind="grid")
    for i in apart(places, least=50):
        text = written(across.ticks[i], unit) if unit != "B" else size(across.ticks[i])
        drawing.text(places[i], base + 17, text, size=11.5, anchor="middle", dim=True)
    if any(v < SMALL for v in values):
        drawing.line(left + ZERO / 3, top + _HEAD - 4, left + ZERO / 3, base, faint=True, kind="grid")
        drawing.text(left + ZERO / 3, base + 17, "0", size=11.5, anchor="middle", dim=True)
    for row, mark in enumerate(drawn):
        middle = top + _HEAD + ROW * (row + 0.5)
        drawing.line(12, middle + ROW / 2, WIDTH - RIGHT, middle + ROW / 2, faint=True, kind="grid")
        drawing.text(12, middle + 4, _name(mark))
        for place, key in enumerate(measures):
            reading = mark.readings.get(key)
            if reading is None:
                continue
            y = middle + (place - 1) * 8
            ends = [left + ZERO / 3 if v < SMALL else across(v) for v in (reading.low, reading.value, reading.high)]
            # Narrower than its mark an interval cannot be read off.
            if ends[2] - ends[0] > 8:
                drawing.whisker(y, ends[0], ends[2], series=_look(key, place), cap=2.5)
            tip = f"{mark.label}, {name_of(key)}: {reading.text}"
            drawing.mark(ends[1], y, _look(key, place), tip=tip, scale=0.66, solid=True)


def _legend(drawing: Drawing, measures: Sequence[str], head: str, left: float, top: float) -> None:
    drawing.text(12, top + 14, head[:1].upper() + head[1:], weight=600)
    x = WIDTH - RIGHT
    for place, key in reversed(list(enumerate(measures))):
        name = name_of(key)
        x -= width_of(name)
        drawing.text(x, top + 14, name)
        x -= 14
        drawing.mark(x, top + 10, _look(key, place), scale=0.8, solid=True)
        x -= 20
