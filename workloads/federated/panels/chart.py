"""The loss of each version, from the first to the last."""

from collections.abc import Sequence

from privacy.plugin.charts import INK, Chart, altair, finished, kept

_TALL = 200


@kept
def loss(values: Sequence[float], clean: Sequence[float] = (), *, first: int = 0) -> Chart:
    """A line of the loss on held-out words over the rounds, from round `first`; `clean` is that of a training in which
    nobody was malicious.
    """
    alt = altair()
    lines = {"this training": values} | ({"nobody malicious": clean} if clean else {})
    rows = [
        {"round": at, "loss": value, "words": f"{value:.3f}", "line": name}
        for name, line in lines.items()
        for at, value in enumerate(line, start=first)
    ]
    colour = {"color": alt.Color("line:N", title=None, sort=list(lines))} if clean else {}
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("round:Q", title="round", axis=alt.Axis(tickMinStep=1, format="d")),
        y=alt.Y("loss:Q", title="loss", scale=alt.Scale(zero=False)),
        tooltip=[alt.Tooltip("round:Q"), alt.Tooltip("words:N", title="loss"), alt.Tooltip("line:N", title="")],
        **colour,
    )
    layers = [base.mark_line(strokeWidth=2), base.mark_point(filled=True, size=60)]
    ends = [rows[0], rows[len(values) - 1], *rows[-1:]] if clean else [rows[0], rows[-1]]
    marks = alt.Chart(alt.Data(values=ends)).encode(x="round:Q", y="loss:Q", text="words:N")
    layers.append(marks.mark_text(dy=-12, color=INK))
    text = f"A line of the loss over {len(values) - 1} rounds, from {values[0]:.3f} to {values[-1]:.3f}."
    return finished(
        alt.layer(*layers), _TALL, tab="Loss", title="Loss by round", caption="Lower is better.", description=text
    )  # fmt: skip
