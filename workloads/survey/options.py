"""The settings of the survey workload; the page's form comes from them, and nothing in them is private."""

from dataclasses import dataclass

from privacy.plugin import param

HISTOGRAM, MEAN, HEAVY = "histogram", "mean", "heavy"
QUESTIONS = (HISTOGRAM, MEAN, HEAVY)
WORDS = {HISTOGRAM: "Histogram", MEAN: "Mean", HEAVY: "Most common values"}


@dataclass(frozen=True)
class SurveyOptions:
    """What a link may set of a survey."""

    question: str = param(
        HISTOGRAM,
        help=(
            "histogram: how many devices hold each value or range; mean: the average; heavy: the values that most "
            "devices hold, of a long list."
        ),
        choices=QUESTIONS,
        main=True,
    )
    column: str = param(
        "",
        help=(
            "Column of the data whose cells the devices hold, one each. On the shipped data, empty chooses topic for a "
            "histogram, videos_count for a mean and hashtag for heavy values."
        ),
        main=True,
    )
    items: int = param(
        0, low=0, high=1_000_000, unit="rows", help="Use that many first rows of the data. 0 stands for all of them."
    )
    devices: int = param(200, low=2, high=5000, unit="devices", help="How many devices hold a cell.")
    share: float = param(
        1.0,
        low=0.001,
        high=1.0,
        unit="of the devices",
        help="Chance with which each device is asked in a round (Poisson sampling).",
    )
    minimum: int = param(
        10, low=1, high=5000, unit="contributions", help="Fewest contributions of a sum that is released."
    )
    rounds: int = param(
        20, low=2, high=60, unit="rounds", help="Rounds of known cohorts that the disaggregation attack has."
    )
    dropouts: float = param(
        0.05, low=0.0, high=0.9, unit="of those asked", help="Share of the asked devices that fall silent."
    )
    bins: int = param(8, low=2, high=64, unit="bins", help="Ranges of a histogram of numbers, or values it names.")
    span: str = param(
        "", help="Range of the numbers, written as 0..100; values outside are clipped. Empty: taken from the data."
    )
    values: str = param(
        "", help="Values that the asker looks for, parted by |. Empty: taken from the data, as public knowledge."
    )
