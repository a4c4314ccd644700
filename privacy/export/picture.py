"""A chart as a picture: static SVG to stand in a page of HTML, in the colours of the text around it."""

import functools
import json
import re
from typing import Any, NamedTuple

from privacy.errors import VeilbenchError
from privacy.plots import Chart
from privacy.plots.chart import DIM

_SVG = re.compile(r'<svg [^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>(.*)</svg>', re.DOTALL)
_LINES = {"gridColor": DIM, "gridOpacity": 0.28, "domainColor": DIM, "tickColor": DIM}
_CONFIG: dict[str, Any] = {
    "background": None, "font": "system-ui, sans-serif", "view": {"stroke": None},
    # Letters are measured here with other fonts than the reader's: some room at the right.
    "padding": {"left": 5, "top": 5, "right": 24, "bottom": 5},
    "axis": {"titleFontWeight": 500, "labelFontSize": 11.5, **_LINES}, "legend": {"labelFontSize": 12},
}  # fmt: skip


class Picture(NamedTuple):
    """A chart, and what its `<svg>` holds, `width` by `height`: shapes and escaped text, no script and no reference."""

    chart: Chart
    width: float
    height: float
    body: str


def picture(chart: Chart) -> Picture:
    """`chart` drawn. VeilbenchError where that cannot be done."""
    width, height, body = _drawn(json.dumps(chart.spec))
    return Picture(chart, width, height, body)


@functools.lru_cache(maxsize=64)
def _drawn(spec: str) -> tuple[float, float, str]:
    # Half a second of loading, and a JavaScript engine: imported when a report is written.
    import vl_convert

    try:
        svg = vl_convert.vegalite_to_svg(spec, config=_CONFIG, allowed_base_urls=[], show_warnings=False)
    except ValueError as error:
        raise VeilbenchError(f"A chart of the report could not be drawn: {str(error).splitlines()[0]}") from error
    found = _SVG.fullmatch(svg.strip())
    if found is None:
        raise VeilbenchError("A chart of the report could not be drawn: what came back is no picture.")
    return float(found[1]), float(found[2]), found[3]
