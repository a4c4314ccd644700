"""The settings of the survey workload; the page's form comes from them, and nothing in them is private."""

from dataclasses import dataclass

from privacy.plugin import param

HISTOGRAM, MEAN, HEAVY = "histogram", "mean", "heavy"
QUESTIONS = (HISTOGRAM, MEAN, HEAVY)
WORDS = {HISTOGRAM: "Histogram", MEAN: "Mean", HEAVY: "Most common values"}

AUTO = "auto"
NUMBER, WHOLE, CODE, CATEGORY = "number", "whole number", "code", "category"
YES_NO, SEVERAL, DATE, MONTH_FIRST = "yes or no", "several answers", "date", "date, month first"
KINDS = (AUTO, NUMBER, WHOLE, CODE, CATEGORY, YES_NO, SEVERAL, DATE, MONTH_FIRST)

MOST_BINS = 64


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
    devices: int = param(
        0,
        low=0,
        high=100_000,
        unit="0: all",
        help=(
            "How many devices take part, drawn from all rows with the seed. 0: every row that holds a value, up to as "
            "many as the stack simulates in about half a minute."
        ),
        main=True,
    )
    share: float = param(
        1.0,
        low=0.001,
        high=1.0,
        unit="of the devices",
        help="Chance with which each device is in a round (Poisson sampling).",
    )
    minimum: int = param(
        10, low=1, high=5000, unit="contributions", help="Fewest contributions of a sum that is released."
    )
    rounds: int = param(
        20, low=2, high=60, unit="rounds", help="Rounds of known cohorts that the disaggregation attack has."
    )
    dropouts: float = param(
        0.0, low=0.0, high=0.9, unit="of the cohort", help="Share of the devices in a round that fall silent."
    )
    bins: int = param(
        8,
        low=2,
        high=MOST_BINS,
        unit="bins",
        help="Ranges of a histogram of numbers, or values it names. Few whole numbers get a bin each.",
    )
    span: str = param(
        "",
        help=(
            "Range of the numbers, written as 0..100; numbers outside count at its ends. Empty: the data's own, which "
            "noise does not cover, so under it the range must be declared, or found with a part of the budget: "
            "found in 0..1000000."
        ),
    )
    edges: str = param("", help="Ends of the ranges of a histogram, such as 0,18,35,65. Empty: ranges of equal width.")
    values: str = param(
        "",
        help=r"Values that the asker looks for, parted by |; \| is a pipe in a value. Empty: taken from the data.",
    )
    kind: str = param(
        AUTO,
        help="What the column holds. auto: found from all of its cells, and shown beside the answer.",
        choices=KINDS,
    )
    decimal: str = param(
        AUTO, help="Which mark stands before decimals. auto: found from all cells.", choices=(AUTO, "point", "comma")
    )
    missing: str = param(
        "", help="What else stands for no answer, such as -99,?. Blank cells and words such as NA always do."
    )
    answers: int = param(
        0,
        low=0,
        high=MOST_BINS,
        unit="answers",
        help="Most answers that one cell may give where it gives several. 0: as many as there are values.",
    )
    person: str = param(
        "",
        help="Column that says whose row it is: all rows of one person are then one device. Empty: each row is one.",
    )
    rows_each: int = param(
        1, low=1, high=1000, unit="rows", help="Most rows that count of one person, where a column says whose they are."
    )
