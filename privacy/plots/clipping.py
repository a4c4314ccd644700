"""What a range costs a noised mean: the bias of clipping at its end, the noise that grows with it, and both."""

from collections.abc import Sequence

from privacy.plots.chart import INK, Chart, altair, finished, kept, looks

_NAMES = ("bias from clipping", "noise", "both")
_TALL = 220


@kept
def clipping(points: Sequence[tuple[float, float, float, float]], *, now: float | None, about: str = "") -> Chart:
    """Errors over the range's upper end: (end, bias, noise, both) for each; `now` is the end in use."""
    alt = altair()
    values = [
        {"end": end, "what": name, "error": error}
        for end, *errors in points
        for name, error in zip(_NAMES, errors, strict=True)
    ]
    best = min(points, key=lambda p: p[3])
    colour, _ = looks(_NAMES)
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("end:Q", title="upper end of the range", scale=alt.Scale(type="log", nice=False)),
        y=alt.Y("error:Q", title="error of the mean"),
        color=alt.Color("what:N", sort=list(_NAMES), scale=colour, legend=alt.Legend(title=None, orient="top")),
    )
    layers = [base.mark_line(strokeWidth=2)]
    marks = [(best[0], f"least at {best[0]:,.4g}")] + ([(now, f"now {now:,.4g}")] if now is not None else [])
    for place, (end, words) in enumerate(marks):
        rule = alt.Chart(alt.Data(values=[{"end": end, "words": words}])).encode(x="end:Q")
        layers.append(rule.mark_rule(strokeDash=[4, 3], color=INK))
        layers.append(rule.mark_text(align="right", dx=-5, y=10 + 16 * place, color=INK).encode(text="words:N"))
    text = f"Lines of the error of a mean with noise over the upper end of its range, least at {best[0]:.4g}."
    return finished(
        alt.layer(*layers), _TALL, tab="Range", title="What a range costs", caption=about, description=text
    )  # fmt: skip
