"""Disaggregation: how many devices stand apart in many sums of known cohorts, round by round."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from privacy.plots.labels import stack_up
from privacy.plots.scale import Axis, apart, even, plottable
from privacy.plots.svg import Drawing, colour, nothing
from privacy.plots.words import number, plain_number

WIDTH, LEFT, RIGHT, TOP, TALL, FOOT = 760.0, 66.0, 176.0, 22.0, 270.0, 54.0
_MARKS = 12


class Point(NamedTuple):
    """The share of devices whose vector stands apart after `round` sums, with its 95% interval."""

    round: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """One series: what is attacked, in words, and its points by rising round; `fixed` of cohorts that stay the same."""

    name: str
    points: tuple[Point, ...]
    fixed: bool = False


def disaggregation(curves: Iterable[Curve]) -> str:
    """The share of devices told apart against the number of sums, one line for each series, with 95% intervals."""
    title = "devices told apart, by round"
    drawn = [c for c in curves if c.points and all(_fit(p) for p in c.points)]
    if not drawn:
        return nothing(title, "No attack has run yet.")
    drawing = Drawing(WIDTH, TOP + TALL + FOOT, title=title, desc=" ".join(map(_said, drawn)))
    rounds = [p.round for c in drawn for p in c.points]
    across = even(rounds, LEFT, WIDTH - RIGHT, floor=0, top=max(rounds))
    up = even([v for c in drawn for p in c.points for v in (p.low, p.high)], TOP + TALL, TOP)
    _ground(drawing, across, up)
    heights = stack_up([up(c.points[-1].share) for c in drawn], gap=29, low=TOP + 8, high=TOP + TALL - 4)
    for place, (curve, y) in enumerate(zip(drawn, heights, strict=True)):
        _curve(drawing, curve, place, len(drawn), across, up)
        _name(drawing, curve, place, y, up)
    return drawing.render()


def sentence(curves: Sequence[Curve]) -> str:
    """What the curves show, and what stops it."""
    ends = [f"{c.name}: {_share(c.points[-1])} by round {c.points[-1].round}" for c in curves if c.points]
    if not ends:
        return "Nothing was released that many rounds of could be attacked."
    return (
        f"{'; '.join(ends)}. Each sum over a known cohort is an equation, and devices hardly change their answer: "
        "enough equations of cohorts that change have one solution, however well each input was hidden. What stops it: "
        "cohorts that stay fixed give the same equation again and again, and noise that is accounted over all rounds "
        "leaves no exact equation."
    )


def _fit(point: Point) -> bool:
    return all(plottable(v) is not None for v in (point.round, point.share, point.low, point.high))


def _said(curve: Curve) -> str:
    """One curve in words: its first and last point, and the first round that tells half of the devices apart."""
    first, last = curve.points[0], curve.points[-1]
    half = next((p.round for p in curve.points if p.share >= 0.5), None)
    middle = f", half of them by round {half}" if half is not None and half != last.round else ""
    return f"{curve.name}: {_share(first)} after round {first.round}{middle}, {_share(last)} after round {last.round}."


def _share(point: Point) -> str:
    return f"{number(point.share)} of the devices told apart ({number(point.low)} to {number(point.high)})"


def _ground(drawing: Drawing, across: Axis, up: Axis) -> None:
    for tick in up.ticks:
        drawing.line(LEFT, up(tick), WIDTH - RIGHT, up(tick), faint=True, kind="grid")
        drawing.text(LEFT - 8, up(tick) + 4, plain_number(tick), size=11.5, anchor="end", dim=True)
    places = [across(t) for t in across.ticks]
    for i in apart(places, least=30):
        drawing.line(places[i], up.start, places[i], up.start + 4, kind="tick")
        drawing.text(places[i], up.start + 18, plain_number(across.ticks[i]), size=11.5, anchor="middle", dim=True)
    drawing.line(LEFT, up.start, WIDTH - RIGHT, up.start, kind="axis")
    middle = (LEFT + WIDTH - RIGHT) / 2
    drawing.text(middle, up.start + 38, "sums published so far", size=12, anchor="middle")
    drawing.text(16, (up.start + up.end) / 2, "share of devices told apart", size=12, anchor="middle", turn=True)


def _curve(drawing: Drawing, curve: Curve, place: int, of: int, across: Axis, up: Axis) -> None:
    # Side by side, as the intervals of curves that coincide would hide each other.
    shift = (place - (of - 1) / 2) * 5
    drawing.path([(across(p.round) + shift, up(p.share)) for p in curve.points], stroke=colour(place))
    for p in _some(curve.points):
        x = across(p.round) + shift
        drawing.whisker(x, up(p.low), up(p.high), series=place, upright=True, cap=2.5)
        tip = f"{curve.name}, after round {p.round}: {_share(p)}"
        drawing.mark(x, up(p.share), place, tip=tip, scale=0.75)


def _some(points: Sequence[Point]) -> list[Point]:
    """At most so many points that their intervals can be told apart, the last one among them."""
    stride = -(-len(points) // _MARKS)
    return [p for i, p in enumerate(points) if (len(points) - 1 - i) % stride == 0]


def _name(drawing: Drawing, curve: Curve, place: int, y: float, up: Axis) -> None:
    """The series' mark, name and last value at the right, with a line to its end."""
    x, last = WIDTH - RIGHT, curve.points[-1]
    drawing.line(x + 8, up(last.share), x + 20, y, width=0.8, kind="leader")
    drawing.mark(x + 28, y, place, scale=0.85)
    name = curve.name if len(curve.name) <= 24 else curve.name[:23] + "…"
    drawing.text(x + 40, y - 1, name)
    drawing.text(x + 40, y + 12, f"{number(last.share)} [{number(last.low)}, {number(last.high)}]", size=11, dim=True)
