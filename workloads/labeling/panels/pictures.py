"""Pictures of the market: how a training went, and what an owner was paid for."""

from collections.abc import Sequence

from privacy.plugin.charts import Chart, altair, finished, kept
from workloads.labeling.market.income import PURCHASE, Account
from workloads.labeling.market.training import Step
from workloads.labeling.onchain.amounts import ONE, crol

_TALL, _LOW = 240, 180
_MOST, _PIECES = 60, 60
"""Payments that one picture has at most, the newest; and pieces of the tallest bar that still get a line."""


@kept
def losses(steps: Sequence[Step]) -> Chart:
    """The loss of each iteration, and the share right of what was kept out."""
    alt = altair()
    data = [
        {"iteration": s.number, "loss": s.loss, "right": s.right, "words": "" if s.right is None else f"{s.right:.0%}"}
        for s in steps
    ]  # fmt: skip
    base = alt.Chart(alt.Data(values=data)).encode(
        x=alt.X("iteration:Q", title="iteration", axis=alt.Axis(tickMinStep=1, format="d")),
        y=alt.Y("loss:Q", title="mean loss", scale=alt.Scale(zero=False)),
        tooltip=[
            alt.Tooltip("iteration:Q"), alt.Tooltip("loss:Q", format=".3f"),
            alt.Tooltip("words:N", title="share right, held-out images"),
        ],
    )  # fmt: skip
    first, last = steps[0], steps[-1]
    right = "" if last.right is None else f" {last.right:.0%} of the held-out images are right."
    return finished(
        alt.layer(base.mark_line(strokeWidth=2), base.mark_point(filled=True, size=55)), _LOW, tab="Training",
        title="Training, iteration by iteration",
        caption=f"Measured: the loss went from {first.loss:.2f} to {last.loss:.2f}.{right}",
        description=f"The loss of {len(steps)} iterations, from {first.loss:.2f} to {last.loss:.2f}.",
    )  # fmt: skip


@kept
def compensation(accounts: Sequence[Account]) -> Chart:
    """A bar for each payment, in pieces for each image, coloured by data set; purchases and iterations side by side."""
    alt = altair()
    payments = sorted(
        (one for account in accounts for one in account.payments), key=lambda one: (one.block, one.transaction)
    )  # fmt: skip
    shown = payments[-_MOST:]
    data = []
    tallest = max((one.part for one in shown), default=0)
    for place, one in enumerate(shown, start=1):
        what = "a purchase" if one.kind == PURCHASE else f"{one.count} iteration{'s' if one.count > 1 else ''}"
        data += [
            {
                "place": place, "kind": f"{one.kind}s", "set": f"{one.title} ({f'{one.dataset:064x}'[:8]})",
                "crol": one.each / ONE, "words": f"{crol(one.each)} CROL", "image": image[:12], "what": what,
                # A line around a piece of a pixel's height would hide it.
                "by": f"{one.by[:8]}…", "line": 0.6 if one.each * _PIECES > tallest else 0,
            }
            for image in one.images
        ]  # fmt: skip
    picture = alt.Chart(alt.Data(values=data)).mark_bar(stroke="white").encode(
        x=alt.X("place:O", title="payment, oldest first", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("sum(crol):Q", title="CROL, in pieces for each image"),
        color=alt.Color("set:N", title=None),
        opacity=alt.Opacity("kind:N", title=None, scale=alt.Scale(domain=["purchases", "iterations"], range=[1, 0.6])),
        detail="image:N", strokeWidth=alt.StrokeWidth("line:Q", scale=None, legend=None),
        tooltip=[
            alt.Tooltip("image:N"), alt.Tooltip("words:N", title="paid"), alt.Tooltip("what:N", title="for"),
            alt.Tooltip("set:N", title="data set"), alt.Tooltip("by:N", title="of"),
        ],
    )  # fmt: skip
    total = sum(one.part for one in payments)
    bought = sum(one.part for one in payments if one.kind == PURCHASE)
    images = len({image for account in accounts for image in account.images})
    more = f" The newest {_MOST} of {len(payments)} payments." if len(payments) > _MOST else ""
    return finished(
        picture, _TALL, tab="Compensation", title="What was paid, and for what",
        caption=f"Measured on the chain: {crol(total)} CROL for {images} images, {crol(bought)} of it of purchases and "
        f"{crol(total - bought)} of iterations.{more}",
        description=f"{len(payments)} payments for {images} images, {crol(total)} CROL in all.",
    )  # fmt: skip
