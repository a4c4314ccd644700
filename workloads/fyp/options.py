"""The settings of the For-You-Page workload itself, beside those of a stack; the page's form comes from them."""

from dataclasses import dataclass

from privacy.params import param
from workloads.fyp.data.features import MAX_DIMS, MIN_DIMS
from workloads.fyp.data.schema import MIN_PROFILES

SHIPPED_ITEMS = 1000
"""Rows of the catalogue that ships."""


@dataclass(frozen=True)
class FypOptions:
    """What a link may set of the workload; none of it is private."""

    seed: int = param(0, low=0, high=2**32 - 1, help="Drives data, histories and attacks; never keys or noise.")
    items: int = param(
        SHIPPED_ITEMS,
        low=MIN_PROFILES,
        high=SHIPPED_ITEMS,
        unit="profiles",
        help=f"The catalogue: that many first rows of the data. {SHIPPED_ITEMS:,} stands for all of it.",
    )
    dims: int = param(
        64, low=MIN_DIMS, high=MAX_DIMS, unit="numbers", help="Length of a taste vector and of an item's."
    )

    @property
    def first_items(self) -> int | None:
        """`items` as a request takes it: None for the whole catalogue."""
        return None if self.items == SHIPPED_ITEMS else self.items
