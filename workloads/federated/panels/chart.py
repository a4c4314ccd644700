"""The loss of each version, from the first to the last."""

from collections.abc import Sequence

from privacy.plugin.charts import INK, Chart, altair, finished, kept

_TALL = 200


@kept
def loss(values: Sequence[float]) -> Chart:
    """A line of the loss on held-out words over the rounds; round 0 is the model that the training began from."""
    alt = altair()
    rows = [{"round": at, "loss": value, "words": f"{value:.3f}"} for at, value in enumerate(values)]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("round:Q", title="round", axis=alt.Axis(tickMinStep=1, format="d")),
        y=alt.Y("loss:Q", title="loss, nats a word", scale=alt.Scale(zero=False)),
        tooltip=[alt.Tooltip("round:Q"), alt.Tooltip("words:N", title="loss")],
    )
    layers = [base.mark_line(strokeWidth=2), base.mark_point(filled=True, size=60)]
    ends = alt.Chart(alt.Data(values=[rows[0], rows[-1]])).encode(x="round:Q", y="loss:Q", text="words:N")
    layers.append(ends.mark_text(dy=-12, color=INK))
    text = f"A line of the loss over {len(values) - 1} rounds, from {values[0]:.3f} to {values[-1]:.3f}."
    return finished(
        alt.layer(*layers), _TALL, tab="Loss", title="Loss by round", caption="Lower is better.", description=text
    )  # fmt: skip
