"""Every consensus on boxes by its name, for pages, benches and files."""

from collections.abc import Callable
from dataclasses import dataclass

from privacy.plugin import UnknownNameError
from workloads.labeling.boxes.agreed import Agreed
from workloads.labeling.boxes.agreement import agreement
from workloads.labeling.boxes.drawn import Drawn, Known
from workloads.labeling.boxes.fusion import fusion
from workloads.labeling.boxes.latent import latent
from workloads.labeling.boxes.majority import majority

MAJORITY, AGREEMENT, FUSION, LATENT = "majority", "agreement", "fusion", "latent"


@dataclass(frozen=True)
class BoxMethod:
    """A consensus on boxes: its name for people, and whether gold teaches it who draws well."""

    name: str
    run: Callable[..., Agreed]
    uses_gold: bool


METHODS = {
    LATENT: BoxMethod("Latent objects", latent, uses_gold=True),
    MAJORITY: BoxMethod("Majority, mean boxes", majority, uses_gold=False),
    AGREEMENT: BoxMethod("Agreement weights", agreement, uses_gold=False),
    FUSION: BoxMethod("Weighted box fusion", fusion, uses_gold=False),
}
"""The recommended one first."""


def consensus(name: str, drawn: Drawn, *, gold: Known | None = None) -> Agreed:
    """The boxes by a method; gold is never overruled. UnknownNameError for one that there is not."""
    if name not in METHODS:
        raise UnknownNameError("consensus on boxes", name, METHODS)
    return METHODS[name].run(drawn, gold=gold)
