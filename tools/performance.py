"""Draws the picture of docs/performance.md from a document of `veilbench bench scoring --json`.

    python tools/performance.py bench.json docs/images/scoring.svg
"""

import json
import sys
from pathlib import Path

import altair as alt
import pandas as pd
import vl_convert as vlc


def main(source: str, target: str) -> None:
    """Seconds of the kernel over rows of all blocks times dimensions, both logarithmic, a line for each preset."""
    found = json.loads(Path(source).read_text(encoding="utf-8"))
    rows = pd.DataFrame(found["grid"])
    rows["products"] = rows["rows"] * rows["dims"]
    rows["milliseconds"] = rows["seconds"] * 1e3
    base = alt.Chart(rows, width=560, height=300).encode(
        x=alt.X("products:Q", scale=alt.Scale(type="log"), title="rows x dimensions", axis=alt.Axis(format="~s")),
        y=alt.Y("milliseconds:Q", scale=alt.Scale(type="log"), title="one thread, ms", axis=alt.Axis(format="~g")),
        color=alt.Color("preset:N", title="preset", scale=alt.Scale(range=["#0a6c74", "#a33a06"])),
    )
    fit = base.transform_regression("products", "milliseconds", groupby=["preset"], method="pow").mark_line(opacity=0.5)
    chart = (fit + base.mark_point(filled=True, size=45)).configure(background="white", font="sans-serif")
    Path(target).write_text(vlc.vegalite_to_svg(chart.to_json()), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
