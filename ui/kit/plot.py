"""An interval on the advantage axis: 0 is guessing, 1 is certainty, a diamond marks the plain control."""

from privacy.results import Metric
from privacy.stats import FINE
from ui.kit import format as f
from ui.kit.html import piece

_LOW, _HIGH = -0.3, 1.05


def ends() -> str:
    """The axis' labels, under the rows."""
    return piece("kit/plot", "ends", _at)


def row(label: str, metric: Metric, control: Metric | None) -> str:
    """One labelled row: interval and value, and as text the same, with the control's."""
    beside = control.value if control else None
    return piece("kit/plot", "row", _at, FINE, label, metric, beside, f.interval(metric))


def _at(value: float) -> str:
    """Where a value stands on the axis, in percent of its width."""
    return f"{100 * (min(max(value, _LOW), _HIGH) - _LOW) / (_HIGH - _LOW):.1f}"
