"""What is said of a round and of a labeler: domains, terms, states, standings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from privacy.plugin import ParamError
from workloads.labeling.consensus.levels import FEWEST

CLASSES, BOXES = "classes", "boxes"
OPEN, SEALED, FINAL, DISPUTED, CANCELLED = "open", "sealed", "final", "disputed", "cancelled"
QUALIFYING, QUALIFIED, REFUSED = "qualifying", "qualified", "refused"
DEMO, WALLET, SIMULATED = "demo", "wallet", "simulated"

MOST_ITEMS = 100_000


@dataclass(frozen=True)
class Domain:
    """What a labeler has to know something of: `classes` to choose from, and how good one must be to label.

    `threshold` is the share of gold that a labeler has to get right; a box is right from this `iou` on.
    """

    id: str
    title: str
    kind: str
    classes: tuple[str, ...]
    threshold: float = 0.8
    iou: float = 0.5

    def __post_init__(self) -> None:
        if self.kind not in (CLASSES, BOXES):
            raise ParamError(f"a domain of kind {self.kind[:40]!r} does not exist", then=f"choose {CLASSES} or {BOXES}")
        fewest = 2 if self.kind == CLASSES else 1
        if len(self.classes) < fewest or len(set(self.classes)) < len(self.classes) or "" in self.classes:
            raise ParamError("the classes of a domain are different words", then=f"name at least {fewest}, each once")
        for name, low in (("threshold", 0.5), ("iou", 0.1)):
            if not low <= getattr(self, name) <= 0.99:
                raise ParamError(f"a domain's {name} is between {low:g} and 0.99", then="choose one in between")


@dataclass(frozen=True)
class Terms:
    """What a requester asks for: votes on each item, the stack that counts them, and what it pays.

    `votes` are the most on one item; with `adaptive` an item closes before, once its label is `sure` enough. `weighted`
    gives labelers who are very good on opened gold two votes each. `minimum` is the fewest labelers of a tally that is
    released.
    """

    votes: int = 5
    stack: str = "plain"
    params: Mapping[str, Any] = field(default_factory=dict)
    points: int = 1000
    adaptive: bool = False
    sure: float = 0.95
    weighted: bool = False
    minimum: int = 3

    def __post_init__(self) -> None:
        for name, low, high in (("votes", 1, 1000), ("points", 0, 10**9), ("minimum", 1, 1000)):
            if not low <= getattr(self, name) <= high:
                raise ParamError(f"{name} {getattr(self, name)} is out of bounds", then=f"choose {low} to {high:,}")
        if not 0.5 <= self.sure < 1:
            raise ParamError(f"sure {self.sure:g} is out of bounds", then="choose 0.5 to 0.999")
        if self.weighted and self.votes < FEWEST:
            raise ParamError(
                f"weights on {self.votes} votes would give most of them away",
                then=f"ask for at least {FEWEST} votes on each item, or weigh all alike",
            )


@dataclass(frozen=True)
class Standing:
    """How a labeler stands in a domain: `state`, gold questions `seen` and `right`, the voting `power`, and why."""

    labeler: str
    domain: str
    state: str
    seen: int
    right: int
    power: int
    reason: str
