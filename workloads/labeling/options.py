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
        help="A sealed round of this machine's, by its number; 0 takes a simulated crowd, or a file.",
    )
    labelers: int = param(
        30, low=3, high=5000, unit="labelers", main=True, help="How many simulated labelers vote."
    )  # fmt: skip
    items: int = param(
        200, low=0, high=100_000, unit="items", main=True,
        help="How many items are labelled; of a file of votes the first so many, and 0 takes all.",
    )  # fmt: skip
    redundancy: int = param(
        7, low=1, high=100, unit="votes", main=True, suggested=(3, 5, 7, 9, 11, 15, 21),
        help="Votes on each item, of different labelers.",
    )  # fmt: skip
    consensus: str = param(
        AUTOMATIC, choices=(AUTOMATIC, MAJORITY, *SINGLE), main=True,
        help=(
            "How votes become a label. automatic: robust where whoever counts reads votes as they were cast, else a "
            "majority; all but majority need single votes."
        ),
    )  # fmt: skip
    crowd: str = param(HONEST, choices=KINDS, main=True, help="What the dishonest part of the simulated crowd does.")
    dishonest: float = param(
        0.0, low=0.0, high=0.9, unit="of the labelers", main=True, suggested=(0.0, 0.1, 0.2, 0.3, 0.45, 0.6),
        help="Share of the simulated labelers that do it; the others are honest, and better or worse as drawn.",
    )  # fmt: skip
    classes: int = param(10, low=2, high=100, unit="classes", help="Classes of the simulated items.")
    gold: float = param(
        0.1, low=0.0, high=0.9, unit="of the items",
        help="Share of items whose label is known, and opened once votes are in: it says how good each labeler is.",
    )  # fmt: skip
    audits: int = param(
        20, low=0, high=1000, unit="items",
        help="The most contested items that an expert is asked about, drawn after votes are in: they count as a cost.",
    )  # fmt: skip
    weighted: bool = param(
        False, help="Labelers who are good on opened gold count twice: two whole weights alone, as tallies tell votes."
    )
    minimum: int = param(3, low=2, high=5000, unit="labelers", help="The fewest labelers of a tally that is released.")
    dropouts: float = param(
        0.0, low=0.0, high=0.9, unit="of the labelers", help="Chance with which a simulated labeler falls silent."
    )
