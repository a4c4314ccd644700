"""Disaggregation: how many devices stand apart in many sums of known cohorts, round by round."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from privacy.plots.chart import INK, Chart, altair, domain, finished, kept, looks, nothing, share, spread
from privacy.plots.marks import plottable
from privacy.plots.words import clean, number

TALL = 270
_MARKS = 12
TITLE = "devices told apart, by round"


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


@kept
def disaggregation(curves: Sequence[Curve], *, about: str = "") -> Chart:
    """The share of devices told apart against the number of sums, one line for each series, with 95% intervals.

    `about` is said after what the curves show.
    """
    alt = altair()

    caption = f"{sentence(curves)} {about}".strip()
    found = {clean(c.name, most=40): c for c in curves if c.points and all(_fit(p) for p in c.points)}
    if not found:
        return nothing("Rounds", TITLE, "No attack has run yet.")
    names, most = list(found), max(p.round for c in found.values() for p in c.points)
    up = domain(v for c in found.values() for p in c.points for v in (p.low, p.high))
    values = [
        # Side by side, as the intervals of curves that coincide would hide each other.
        {"series": name, "x": p.round + (i - (len(names) - 1) / 2) * most / 120, **p._asdict(), "shown": shown,
         "text": _share(p)}
        for i, (name, c) in enumerate(found.items()) for p, shown in _some(c.points)
    ]  # fmt: skip
    colour, shape = looks(names)
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X(
            "x:Q",
            title="sums published so far",
            scale=alt.Scale(domain=[0, most * 1.01], nice=False),
            axis=alt.Axis(grid=False),
        ),
        color=alt.Color("series:N", scale=colour, legend=alt.Legend(title=None, orient="bottom", labelLimit=260)),
    )
    y = alt.Y("share:Q", title="share of devices told apart", scale=alt.Scale(domain=up, nice=False))
    line = base.mark_line(strokeWidth=1.4, opacity=0.8).encode(y=y)
    bars = base.mark_rule().encode(y=alt.Y("low:Q"), y2=alt.Y2("high:Q")).transform_filter("datum.shown")
    points = base.mark_point(size=60, strokeWidth=2, opacity=1).transform_filter("datum.shown").encode(
        y=y, shape=alt.Shape("series:N", scale=shape),
        tooltip=[alt.Tooltip("series:N"), alt.Tooltip("round:Q"), alt.Tooltip("text:N", title="share")],
    )  # fmt: skip
    ends = _ends(found, up)
    text = " ".join(map(_words, found.values()))
    return finished(
        alt.layer(line, bars, points, ends), TALL, tab="Rounds", title=TITLE, caption=caption, description=text
    )


def sentence(curves: Sequence[Curve]) -> str:
    """What the curves show, and what stops it."""
    ends = [f"{c.name}: {_share(c.points[-1])} by round {c.points[-1].round}" for c in curves if c.points]
    if not ends:
        return "No sum was released, so there are no rounds to attack."
    return (
        f"{'; '.join(ends)}. Each sum over a known cohort is an equation, and devices hardly change their answer: "
        f"enough equations of cohorts that change have one solution, however well each input was hidden. What stops "
        f"it: cohorts that stay fixed give the same equation again and again, and noise that is accounted over all "
        f"rounds leaves no exact equation."
    )


def _fit(point: Point) -> bool:
    return all(plottable(v) is not None for v in (point.round, point.share, point.low, point.high))


def _words(curve: Curve) -> str:
    """One curve in words: its first and last point, and the first round that tells half of the devices apart."""
    first, last = curve.points[0], curve.points[-1]
    half = next((p.round for p in curve.points if p.share >= 0.5), None)
    middle = f", half of them by round {half}" if half is not None and half != last.round else ""
    name = clean(curve.name, most=40)
    return f"{name}: {_share(first)} after round {first.round}{middle}, {_share(last)} after round {last.round}."


def _share(point: Point) -> str:
    return f"{number(point.share)} of the devices told apart ({number(point.low)} to {number(point.high)})"


def _some(points: Sequence[Point]) -> list[tuple[Point, bool]]:
    """Each point, and whether it has a mark: at most so many that intervals can be told apart, the last among them."""
    stride = -(-len(points) // _MARKS)
    return [(p, (len(points) - 1 - i) % stride == 0) for i, p in enumerate(points)]


def _ends(found: dict[str, Curve], up: Sequence[float]) -> object:
    """The name and last value of each series, at the right of its end."""
    alt = altair()

    lasts = [c.points[-1] for c in found.values()]
    places = spread([share(p.share, up) for p in lasts], gap=0.06, low=0.0, high=1.0)
    values = [
        {"y": up[0] + place * (up[1] - up[0]), "text": f"{clean(name, most=22)} {number(p.share)}"}
        for name, p, place in zip(found, lasts, places, strict=True)
    ]
    text = alt.Chart(alt.Data(values=values)).mark_text(align="left", dx=10, color=INK)
    return text.encode(x=alt.XValue("width"), y=alt.Y("y:Q"), text=alt.Text("text:N"))
