"""An interval on the advantage axis: 0 is guessing, 1 is certainty, a diamond marks the plain control."""

from privacy.results import Metric
from ui.kit import format as f

_LOW, _HIGH = -0.3, 1.05
_ENDS = {"zero": 0.0, "one": 1.0}


def ends() -> str:
    """The axis' labels, under the rows."""
    return (
        "<div class='vb-plot' aria-hidden='true'><span></span><div class='vb-ends'>"
        f"<span style='left:{_at(0.0):.1f}%'>0<i> guessing</i></span>"
        f"<span class='end' style='left:100%'>1<i> certain</i></span>"
        "</div><span></span></div>"
    )


def row(label: str, metric: Metric, control: Metric | None) -> str:
    """One labelled row: interval and value, and as text the same, with the control's."""
    value, low, high = metric.value, metric.low, metric.high
    marks = "".join(f"<span class='{name}' style='left:{_at(v):.1f}%'></span>" for name, v in _ENDS.items())
    if control and control.value is not None:
        marks += f"<span class='control' style='left:{_at(control.value):.1f}%'></span>"
    said, tone = "no value", "good"
    if value is not None and low is not None and high is not None:
        tone, shape = ("bad", "dot") if low > 0 else ("good", "square")
        width = _at(high) - _at(low)
        marks += f"<span class='bar {tone}' style='left:{_at(low):.1f}%;width:{width:.1f}%'></span>"
        marks += f"<span class='{shape} {tone}' style='left:{_at(value):.1f}%'></span>"
        said = f"{f.number(value)} {f.interval(metric)}"
    beside = f", plain control {f.number(control.value)}" if control and control.value is not None else ""
    return (
        f"<div class='vb-plot'><span>{f.text(label)}</span>"
        f"<div class='vb-axis' role='img' aria-label='{f.text(label)}: advantage {said}{beside}'>{marks}</div>"
        f"<span class='vb-num'>{said if value is not None else '–'}</span></div>"
    )


def _at(value: float) -> float:
    """Where a value stands on the axis, in percent of its width."""
    return 100 * (min(max(value, _LOW), _HIGH) - _LOW) / (_HIGH - _LOW)
