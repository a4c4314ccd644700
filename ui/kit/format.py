"""How numbers and texts of others are written on a page. Nothing here measures anything."""

import html
import re

from privacy.results import Metric

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$&^=])")
_SIZES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def text(value: object) -> str:
    """Escape a text for HTML, quotes included."""
    return html.escape(str(value), quote=True)


def markdown_text(value: str) -> str:
    """Escape a text for Streamlit's Markdown: no link, image, formula, icon or colour comes of it."""
    escaped = _MARKDOWN.sub(r"\\\1", " ".join(value.split()))
    # An icon, an address and a mailbox take no backslash: an invisible word joiner breaks each where it begins.
    return re.sub(r"(:(?=[\w/])|@|www(?=\\?\.))", "\\1\u2060", escaped, flags=re.IGNORECASE)


def count(value: float | None) -> str:
    """Write 17831 as 17.8k."""
    number = float(value or 0)
    for size, sign in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.1f}".removesuffix(".0") + sign
    return f"{number:.0f}"


def size(value: float) -> str:
    """Write 922062 bytes as 922 kB (powers of ten)."""
    for one, unit in _SIZES:
        if value >= one:
            return f"{value / one:.3g} {unit}"
    return f"{value:.0f} B"


def seconds(value: float) -> str:
    """Write .0176 as 17.6 ms."""
    if value >= 1:
        return f"{value:.3g} s"
    if value >= 1e-3:
        return f"{value * 1e3:.3g} ms"
    return f"{value * 1e6:.3g} µs"


def number(value: float) -> str:
    """Two decimals, with a real minus sign and no negative zero."""
    rounded = round(value, 2) + 0.0
    return f"{rounded:.2f}".replace("-", "−")


def percent(value: float) -> str:
    """Write .764 as 76%."""
    return f"{100 * value:.0f}%"


def value(found: object) -> str:
    """A value of an answer: numbers shortened, anything else as it is."""
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return str(found)
    return f"{found:,}" if isinstance(found, int) else f"{found:,.0f}" if abs(found) >= 1000 else f"{found:.4g}"


def interval(metric: Metric) -> str:
    """The 95% interval of a metric, empty where it has none."""
    if metric.low is None or metric.high is None:
        return ""
    return f"[{number(metric.low)}, {number(metric.high)}]"


def figure(metric: Metric) -> str:
    """A metric's value in its unit; a dash where there is none."""
    if metric.value is None:
        return "–"
    if metric.unit == "B":
        return size(metric.value)
    if metric.unit == "s":
        return seconds(metric.value)
    if metric.unit == "score":
        return f"{metric.value:.1e}" if metric.value else "0"
    return number(metric.value)


def hexdump(sample: bytes, *, rows: int, width: int = 8) -> str:
    """The first bytes as `offset  hex  |ASCII|`, a row for each `width` of them."""
    lines = []
    for start in range(0, min(len(sample), rows * width), width):
        part = sample[start : start + width]
        gutter = "".join(chr(b) if 32 <= b < 127 else "·" for b in part)
        lines.append(f"{start:04x}  {part.hex(' '):<{3 * width - 1}}  |{gutter:<{width}}|")
    return "\n".join(lines)


def numbers(values: list[int] | list[float], *, most: int) -> str:
    """The first numbers of a vector in columns, with how many follow."""
    cells = [f"{v:>6.0f}".replace("-", "−") for v in values[:most]]
    rows = ["".join(cells[i : i + 6]) for i in range(0, len(cells), 6)]
    more = f"\n… {len(values) - most} more" if len(values) > most else ""
    return "\n".join(rows) + more
