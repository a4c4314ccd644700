"""The settings of the For-You-Page workload; the form, the flags and the link come from them, and none is private."""

from dataclasses import dataclass

from privacy.plugin import param

MIN_DIMS, MAX_DIMS = 8, 256
"""Bounds of the length of a vector."""

OWN = "own"
"""The user who is the person at the screen, with a taste of their own, which is passed beside a request."""

PRIVATE, BY_ID = "private", "by id"
"""How the chosen items are fetched."""


@dataclass(frozen=True)
class FypOptions:
    """What a link may set of a feed."""

    user: str = param(
        "ada",
        help="Person whose feed is computed and recorded. Accuracy and attacks are measured over many others.",
        main=True,
        shown_only=True,
    )
    items: int = param(
        0, low=0, high=1_000_000, unit="profiles",
        help="Number of items in the catalogue: the first rows of the data. 0: all rows.",
    )  # fmt: skip
    dims: int = param(
        64, low=MIN_DIMS, high=MAX_DIMS, unit="numbers", help="Length of a taste vector and of an item's."
    )
    cohort: int = param(
        200, low=20, high=5000, unit="people",
        help="Number of held-out simulated people that accuracy and attacks are measured on. As many more train the "
             "attacker.",
    )  # fmt: skip

    fetch: str = param(
        PRIVATE, choices=(PRIVATE, BY_ID),
        help="How the chosen items are fetched: by the stack's own lookup, if it has one, or by id in the clear, to "
             "show what that gives away.",
    )  # fmt: skip

    @property
    def first_items(self) -> int | None:
        """`items` as the data take it: None for the whole catalogue."""
        return self.items or None
