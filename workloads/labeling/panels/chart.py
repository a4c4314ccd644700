"""Which consensus holds and which falls, in one picture."""

from collections.abc import Sequence
from typing import Any

from privacy.plugin.charts import Chart, altair, finished, kept

_TALL = 280


@kept
def holding(rows: Sequence[dict[str, Any]], *, kind: str, words: str) -> Chart:
    """Lines of the share of right labels, one for each method, over the share of labelers who are `kind`."""
    alt = altair()
    data = [row | {"words": f"{row['accuracy']:.1%}", "kinds": "needs single votes" if row["single"] else "does with "
            "tallies"} for row in rows]  # fmt: skip
    methods = list(dict.fromkeys(row["method"] for row in rows))
    base = alt.Chart(alt.Data(values=data)).encode(
        x=alt.X("share:Q", title=f"share of labelers: {kind}", axis=alt.Axis(format=".0%")),
        y=alt.Y("accuracy:Q", title="labels right", axis=alt.Axis(format=".0%"), scale=alt.Scale(domain=[0, 1])),
        color=alt.Color("method:N", title=None, sort=methods),
        shape=alt.Shape("method:N", title=None, sort=methods),
        strokeDash=alt.StrokeDash("kinds:N", title=None, sort=["needs single votes", "does with tallies"]),
        tooltip=[
            alt.Tooltip("method:N", title=""), alt.Tooltip("share:Q", format=".0%"),
            alt.Tooltip("words:N", title="right"),
        ],
    )  # fmt: skip
    last = max(row["share"] for row in rows)
    ends = {row["method"]: row["accuracy"] for row in rows if row["share"] == last}
    best = max(ends, key=lambda name: ends[name])
    said = ", ".join(f"{name} {value:.0%}" for name, value in ends.items())
    return finished(
        alt.layer(base.mark_line(strokeWidth=2), base.mark_point(filled=True, size=55)), _TALL, tab="What holds",
        title=f"Who holds against {kind}",
        caption=f"Simulated crowds. At {last:.0%}, {best} holds best. Methods that need only tallies allow hidden "
                "votes.",
        description=f"Labels that are right when {last:.0%} of labelers {words}: {said}.",
    )  # fmt: skip
