"""SVG text: escaped strings, marks that differ in shape and colour, and a drawing with a title and a description."""

import hashlib
import html
import math
import unicodedata
from collections.abc import Sequence

COLOURS = ("#2f7fd6", "#c8690a", "#1f9461", "#c2559d", "#8468e0", "#85801a", "#0f8fa3", "#d94f3d")
"""One for each series, then from the start again; shapes repeat later, so that no two of 56 series look the same."""

DIM = "var(--vb-dim, #75838a)"
FONT = "font-family:var(--vb-font, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif)"
_CHAR = 0.57
"""Width of a letter in parts of the type size: an estimate on the safe side, as no font is at hand to measure."""


def clean(text: object, *, most: int = 0) -> str:
    """`text` without characters that XML forbids or that turn the reading direction, cut to `most` letters."""
    kept = "".join(c if c.isprintable() else " " * c.isspace() for c in str(text))
    return kept[: most - 1] + "…" if most and len(kept) > most else kept


def escape(text: object, *, most: int = 0) -> str:
    """`clean`, escaped for XML and HTML, in an element or in a quoted attribute."""
    return html.escape(clean(text, most=most), quote=True)


def width_of(text: str, *, size: float = 12) -> float:
    """About how wide a text is, in user units; wide letters count double."""
    letters = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return letters * size * _CHAR


def colour(series: int) -> str:
    """The stroke and fill of a series; a page may set `--vb-s1` and on to its own."""
    place = series % len(COLOURS)
    return f"var(--vb-s{place + 1}, {COLOURS[place]})"


def _polygon(corners: int, radius: float, turn: float) -> str:
    angles = [turn + 2 * math.pi * i / corners for i in range(corners)]
    return "M" + "L".join(f"{radius * math.cos(a):.2f} {radius * math.sin(a):.2f}" for a in angles) + "Z"


_UP = -math.pi / 2
SHAPES = (
    "M5.2 0A5.2 5.2 0 1 1 -5.2 0A5.2 5.2 0 1 1 5.2 0Z",
    "M-4.7 -4.7H4.7V4.7H-4.7Z",
    _polygon(3, 6.6, _UP),
    _polygon(4, 6.6, _UP),
    _polygon(3, 6.6, -_UP),
    "M-4.6 -4.6L4.6 4.6M-4.6 4.6L4.6 -4.6",
    "M-6 0H6M0 -6V6",
)
"""Circle, square, triangle, diamond, falling triangle, cross, plus: around the origin, about 11 wide."""


class Drawing:
    """Shapes and texts on a ground `width` x `height`, gathered in order and written out once."""

    def __init__(self, width: float, height: float, *, title: str, desc: str) -> None:
        self.width, self.height = width, height
        self._title, self._desc = title, desc
        self._parts: list[str] = []

    def add(self, part: str) -> None:
        """Add markup that is made of escaped text."""
        self._parts.append(part)

    def open(self, **data: object) -> None:
        """Begin a group; `data` becomes its data-* attributes."""
        attributes = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
        self.add(f"<g{attributes}>")

    def close(self) -> None:
        self.add("</g>")

    def line(
        self, x1: float, y1: float, x2: float, y2: float,
        *, stroke: str = DIM, width: float = 1.0, dash: str = "", faint: bool = False, kind: str = "line",
    ) -> None:  # fmt: skip
        """A straight line; a faint one is for grids, which carry nothing that is not also written."""
        style = f"stroke:{stroke};stroke-width:{width:g}" + (";stroke-opacity:.28" if faint else "")
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        self.add(f'<line data-kind="{kind}" {ends} style="{style}"{dashed}/>')

    def path(self, points: Sequence[tuple[float, float]], *, stroke: str, width: float = 1.4) -> None:
        """A line through points."""
        joined = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self.add(f'<path d="M{joined}" style="fill:none;stroke:{stroke};stroke-width:{width:g};stroke-opacity:.75"/>')

    def text(
        self, x: float, y: float, text: str, *, size: float = 12, anchor: str = "start", dim: bool = False,
        weight: int = 400, turn: bool = False,
    ) -> None:  # fmt: skip
        """A text in the colour of the page, its baseline at `y`; `turn` writes it upwards."""
        turned = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turn else ""
        style = f"fill:currentColor;font-size:{size:g}px;font-weight:{weight}" + (";opacity:.82" if dim else "")
        self.add(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="{style}"{turned}>{escape(text)}</text>')

    def mark(self, x: float, y: float, series: int, *, tip: str = "", scale: float = 1.0, solid: bool = False) -> None:
        """The mark of a series, hollow enough to see another beneath it; `tip` is read out and shown on hover."""
        paint, shape = colour(series), SHAPES[series % len(SHAPES)]
        style = f"stroke:{paint};stroke-width:2;fill:{paint};fill-opacity:{0.95 if solid else 0.16}"
        inner = f"<title>{escape(tip)}</title>" if tip else ""
        size = "" if scale == 1 else f" scale({scale:g})"
        place = f'transform="translate({x:.1f} {y:.1f}){size}"'
        self.add(f'<path data-kind="mark" {place} d="{shape}" style="{style}">{inner}</path>')

    def whisker(
        self, at: float, low: float, high: float, *, series: int, upright: bool = False, cap: float = 3.5
    ) -> None:
        """An interval from `low` to `high` at height `at` (or, upright, at place `at`), with a cap at each end."""
        paint = colour(series)
        lines = [(low, at, high, at)] + [(end, at - cap, end, at + cap) for end in (low, high)]
        for x1, y1, x2, y2 in lines:
            ends = (y1, x1, y2, x2) if upright else (x1, y1, x2, y2)
            self.line(*ends, stroke=paint, width=1.5, kind="interval")

    def render(self) -> str:
        """The drawing as one `<svg>` element."""
        body = "".join(self._parts)
        name = "vb" + hashlib.sha256((self._title + self._desc + body).encode("utf-8", "replace")).hexdigest()[:10]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" role="img" '
            f'aria-labelledby="{name}-t {name}-d" style="width:100%;max-width:{self.width * 1.25:g}px;height:auto;'
            f'display:block;{FONT};font-variant-numeric:tabular-nums">'
            f'<title id="{name}-t">{escape(self._title)}</title><desc id="{name}-d">{escape(self._desc)}</desc>'
            f"{body}</svg>"
        )


def nothing(title: str, sentence: str) -> str:
    """A drawing that says why there is nothing to show."""
    drawing = Drawing(760, 64, title=title, desc=sentence)
    drawing.text(12, 38, sentence, dim=True)
    return drawing.render()
