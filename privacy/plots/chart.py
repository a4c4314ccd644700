"""What all charts share: the chart itself, its looks, where labels go, and the cache of specifications."""

import functools
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

Spec = dict[str, Any]
P = ParamSpec("P")
R = TypeVar("R")

COLOURS = ("#2f7fd6", "#c8690a", "#1f9461", "#c2559d", "#8468e0", "#85801a", "#0f8fa3", "#d94f3d")
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-left")
"""One of each for a series, then from the start again: no two of 56 look the same. Colours stand out by 3:1 on white
and on near-black (WCAG 2.2, 1.4.11)."""
DIM = "#75838a"
INK = "currentColor"
"""Text in a chart has the colour of the text around it, on a light and on a dark ground."""
WIDTH = 760
"""Width of a chart in a report, with all that stands beside it; a page stretches it."""
INNER = WIDTH - 56
"""About the width of a ground with an axis at its left."""
_CONFIG = {
    "axis": {"labelColor": INK, "titleColor": INK},
    "legend": {"labelColor": INK, "symbolStrokeWidth": 2, "symbolSize": 70, "symbolOpacity": 1},
    "text": {"fontSize": 12},
}
_LETTER = 6.6
_KEPT = 256


@dataclass(frozen=True)
class Chart:
    """A chart: its name on a tab, its title, the Vega-Lite specification, how to read it, and what it shows in words.

    `spec` is shared by all who ask for the same chart: copy it before changing it.
    """

    tab: str
    title: str
    spec: Spec
    caption: str
    description: str


def altair() -> Any:
    """Altair, imported when the first chart is made: listing plugins must not wait for it."""
    import altair

    return altair


def _unchecked() -> AbstractContextManager[Any]:
    """Altair without its check of each part, nearly half of the work: what is built here, the tests check whole."""
    from altair.utils.schemapi import debug_mode

    context: AbstractContextManager[Any] = debug_mode(False)
    return context


def kept(build: Callable[P, R]) -> Callable[P, R]:
    """Build each chart once: the same arguments are the same chart."""
    charts: dict[str, R] = {}

    @functools.wraps(build)
    def chart(*args: P.args, **more: P.kwargs) -> R:
        key = json.dumps([args, more], sort_keys=True, default=repr)
        found = charts.get(key)
        if found is None:
            with _unchecked():
                found = build(*args, **more)
            if len(charts) >= _KEPT:
                charts.clear()
            charts[key] = found
        return found

    return chart


def finished(drawing: Any, tall: float, *, tab: str, title: str, caption: str, description: str) -> Chart:
    """An Altair chart, `tall` pixels without its axes, as a `Chart`."""
    fit = {"type": "fit-x", "contains": "padding"}
    spec = drawing.properties(width=WIDTH, height=tall, autosize=fit, description=description).to_dict(validate=False)
    spec["config"] = _CONFIG
    return Chart(tab, title, spec, caption, description)


def nothing(tab: str, title: str, sentence: str) -> Chart:
    """A chart that says why there is nothing to show."""
    alt = altair()

    text = alt.Chart(alt.Data(values=[{"text": sentence}])).mark_text(size=13, color=INK, align="left", x=4)
    return finished(text.encode(text=alt.Text("text:N")), 40, tab=tab, title=title, caption="", description=sentence)


def looks(names: Sequence[str]) -> tuple[Any, Any]:
    """The scales of colour and of shape for series, in order."""
    alt = altair()

    colours = [COLOURS[i % len(COLOURS)] for i in range(len(names))]
    shapes = [SHAPES[i % len(SHAPES)] for i in range(len(names))]
    return alt.Scale(domain=list(names), range=colours), alt.Scale(domain=list(names), range=shapes)


def placed(points: Iterable[tuple[float, float, str]], *, wide: float, tall: float) -> list[tuple[float, float, str]]:
    """Where the label of each point goes, as (dx, dy, align): beside it, over no other point and no other label.

    Points are in pixels of a ground `wide` x `tall`. One that finds no room lies over another; its tooltip stays.
    """
    found = list(points)
    busy = [(x - 6, y - 6, x + 6, y + 6) for x, y, _ in found]
    out = []
    for x, y, text in found:
        length = _LETTER * len(text)
        spots = [(side * 9.0, up * 12.0) for up in (-1, 1, -2, 2, 0, -3, 3, -4, 4, -5, 5) for side in (1, -1)]
        for dx, dy in spots:
            left = x + dx if dx > 0 else x + dx - length
            box = (left, y + dy - 6, left + length, y + dy + 6)
            inside = box[0] >= 0 and box[2] <= wide and box[1] >= 0 and box[3] <= tall
            if inside and not any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in busy):
                break
        else:
            dx, dy = spots[0]
            left = x + dx if dx > 0 else x + dx - length
        busy.append((left, y + dy - 6, left + length, y + dy + 6))
        out.append((dx, dy, "left" if dx > 0 else "right"))
    return out


def domain(values: Iterable[float], low: float = 0.0, high: float = 1.0) -> list[float]:
    """Ends of an even axis that holds `values`, `low` and `high`."""
    found = [*values, low, high]
    return [min(found), max(found)]


def share(value: float, ends: Sequence[float]) -> float:
    """Where a value stands on an axis, from 0 to 1."""
    return (value - ends[0]) / (ends[1] - ends[0])


def spread(places: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Heights as near as can be to `places`, in the same order, at least `gap` apart where they fit at all."""
    order = sorted(range(len(places)), key=places.__getitem__)
    gap = min(gap, (high - low) / max(len(places) - 1, 1))
    out, floor = [0.0] * len(places), low
    for rank, i in enumerate(order):
        out[i] = min(max(places[i], floor), high - gap * (len(order) - 1 - rank))
        floor = out[i] + gap
    return out
