"""Answers as bars: each value with its error bar, and a line where the truth is."""

from collections.abc import Mapping, Sequence
from typing import Any

from privacy.answers import bar, lines_of, written
from privacy.plots.chart import INK, Chart, altair, finished, kept, looks
from privacy.plots.words import clean

ROW = 26
_MOST = 24
"""Of more values the chart shows the first so many."""


def answers(
    runs: Sequence[tuple[str, Mapping[str, Any]]], *, caption: str = "", title: str = "Answer"
) -> list[Chart]:
    """The chart of the answers of some runs, given by label with the settings of their records; none without any."""
    found = [(clean(label, most=40), lines_of(settings)) for label, settings in runs]
    rows = [
        {"run": run, "label": clean(line.label, most=60), "value": line.value, "low": line.low, "high": line.high,
         "truth": line.truth, "text": f"{written(line.value)} {bar(line)}".strip(), "exact": written(line.truth)}
        for run, lines in found for line in lines[:_MOST] if line.drawn
    ]  # fmt: skip
    return [_chart(rows, caption=caption, title=clean(title))] if rows else []


@kept
def _chart(rows: Sequence[Mapping[str, Any]], *, caption: str, title: str) -> Chart:
    alt = altair()

    names = list(dict.fromkeys(r["run"] for r in rows))
    labels = list(dict.fromkeys(r["label"] for r in rows))
    colour, _ = looks(names)
    single = len(labels) == 1
    ends = [v for r in rows for v in (r["value"], r["low"], r["high"], r["truth"]) if isinstance(v, (int, float))]
    shares = not single and min(ends) >= 0 and max(ends) <= 1
    low, high = min(ends), max(ends)
    # A bar starts at 0; a mean far from it is a point, as its bar would say nothing.
    zero = not single or low <= 0 <= high or low < (high - low)
    scale = alt.Scale(domainMin=0, nice=True) if zero and low >= 0 else alt.Scale(zero=zero, nice=True)
    unit = "share" if shares else ("value" if not single else labels[0])
    axis = alt.Axis(format=".0%" if shares else "~g", grid=True)
    base = alt.Chart(alt.Data(values=list(rows))).encode(
        y=alt.Y("label:N", sort=labels, title=None, axis=alt.Axis(labelLimit=260)),
        yOffset=alt.YOffset("run:N", sort=names),
        color=alt.Color("run:N", scale=colour, legend=alt.Legend(title=None, orient="top") if names[1:] else None),
        tooltip=[
            alt.Tooltip("run:N", title="stack"), alt.Tooltip("label:N", title="answer"),
            alt.Tooltip("text:N", title="value"), alt.Tooltip("exact:N", title="truth of the whole file"),
        ],
    )  # fmt: skip
    x = alt.X("value:Q", scale=scale, axis=axis, title=unit)
    layers = [base.mark_bar(opacity=0.75).encode(x=x)] if zero else [base.mark_point(filled=True, size=60).encode(x=x)]
    layers.append(base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q"), x2="high:Q", color=alt.value(INK)))
    if any(r["truth"] is not None for r in rows):
        layers.append(
            base.mark_tick(thickness=2, size=ROW * 0.75, opacity=1).encode(
                x=alt.X("truth:Q"), color=alt.value("#d94f3d")
            )
        )
    tall = ROW * len(labels) * max(1.0, 0.7 * len(names))
    said = "; ".join(f"{r['run']}, {r['label']}: {r['text']}, truth {r['exact']}" for r in rows)
    return finished(
        alt.layer(*layers), max(tall, 60), tab="Answer", title=title, caption=caption,
        description=f"Bars of the answer with 95% intervals, a red line at the truth. {said}.",
    )  # fmt: skip
