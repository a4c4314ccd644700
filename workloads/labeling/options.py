"""The settings of a labeling; the page's form comes from them, and nothing in them is private."""

from dataclasses import dataclass

from privacy.plugin import param
from workloads.labeling.consensus.names import MAJORITY, SINGLE
from workloads.labeling.crowds.plan import HONEST, KINDS

AUTOMATIC = "automatic"


@dataclass(frozen=True)
class LabelingOptions:
    """What a link may set of a labeling."""

    round: int = param(
        0,
        low=0,
        high=2**31,
        help="Number of a sealed round of this machine. 0: a simulated crowd, or a file.",
    )
    labelers: int = param(
        30, low=3, high=5000, unit="labelers", main=True, help="Number of simulated labelers."
    )  # fmt: skip
    items: int = param(
        200, low=0, high=100_000, unit="items", main=True,
        help="Number of items to label. Of a file of votes, the first ones; 0: all of them.",
    )  # fmt: skip
    redundancy: int = param(
        7, low=1, high=100, unit="votes", main=True, suggested=(3, 5, 7, 9, 11, 15, 21),
        help="Votes on each item, all by different labelers.",
    )  # fmt: skip
    consensus: str = param(
        AUTOMATIC, choices=(AUTOMATIC, MAJORITY, *SINGLE), main=True,
        help=(
            "Consensus that turns votes into a label. automatic: robust if whoever counts reads the votes as cast, "
            "else majority. All methods but majority need single votes."
        ),
    )  # fmt: skip
    crowd: str = param(HONEST, choices=KINDS, main=True, help="Behaviour of the dishonest part of the simulated crowd.")
    dishonest: float = param(
        0.0, low=0.0, high=0.9, unit="of the labelers", main=True, suggested=(0.0, 0.1, 0.2, 0.3, 0.45, 0.6),
        help="Share of simulated labelers that are dishonest. The others are honest, with skills drawn at random.",
    )  # fmt: skip
    classes: int = param(10, low=2, high=100, unit="classes", help="Classes of the simulated items.")
    gold: float = param(
        0.1, low=0.0, high=0.9, unit="of the items",
        help="Share of gold items: their label is known and opened once votes are in, to measure how good each "
             "labeler is.",
    )  # fmt: skip
    audits: int = param(
        20, low=0, high=1000, unit="items",
        help="Number of contested items that an expert is asked about, drawn after votes are in. They count as a cost.",
    )  # fmt: skip
    weighted: bool = param(
        False,
        help="Labelers who are good on opened gold count twice. There are only two whole weights, as finer "
        "ones give votes away in tallies.",
    )
    minimum: int = param(3, low=2, high=5000, unit="labelers", help="Fewest labelers with which a tally is released.")
    dropouts: float = param(
        0.0, low=0.0, high=0.9, unit="of the labelers", help="Chance that a simulated labeler falls silent."
    )
