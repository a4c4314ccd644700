"""How numbers, sizes, times and texts are written, in plots and in reports."""

from privacy.results import Metric

COUNTED = ("contributions", "devices")
"""Units of which there is a whole number, unless there is noise in it."""
_SIZES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def clean(text: object, *, most: int = 0) -> str:
    """`text` without characters that XML forbids or that turn the reading direction, cut to `most` letters."""
    kept = "".join(c if c.isprintable() else " " * c.isspace() for c in str(text))
    return kept[: most - 1] + "…" if most and len(kept) > most else kept


def size(value: float) -> str:
    """Write 922062 bytes as 922 kB (powers of ten)."""
    for one, unit in _SIZES:
        if value >= one:
            return f"{value / one:.3g} {unit}"
    return f"{value:.3g} B"


def seconds(value: float) -> str:
    """Write .0176 as 17.6 ms."""
    for one, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if value >= one:
            return f"{value / one:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns" if value > 0 else "0 s"


def number(value: float) -> str:
    """Two decimals, three below a tenth, with a real minus sign and no negative zero."""
    digits = 3 if abs(value) < 0.1 else 2
    rounded = round(value, digits) + 0.0
    text = f"{rounded:.{digits}f}" if abs(value) < 1e5 else f"{value:.3g}"
    return (text.rstrip("0").rstrip(".") if not rounded else text).replace("-", "−")


def written(value: float, unit: str) -> str:
    """A value in its unit."""
    if unit == "B":
        return size(value)
    if unit == "s":
        return seconds(value)
    if unit == "score":
        return f"{value:.1e}" if value else "0"
    if unit in COUNTED and value == round(value):
        return f"{value:,.0f}".replace("-", "−")
    return number(value)


def interval(low: float | None, high: float | None, unit: str) -> str:
    """A 95% interval in brackets; empty where there is none."""
    return "" if low is None or high is None else f"[{written(low, unit)}, {written(high, unit)}]"


def figure(metric: Metric) -> str:
    """A metric with its interval; a dash where there is no value."""
    if metric.value is None:
        return "–"
    return f"{written(metric.value, metric.unit)} {interval(metric.low, metric.high, metric.unit)}".strip()
