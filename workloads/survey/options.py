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
            "Question that the survey asks. histogram: how many devices hold each value or range. mean: the average. "
            "heavy: the most common values of a long list."
        ),
        choices=QUESTIONS,
        main=True,
    )
    column: str = param(
        "",
        help=(
            "Column whose cells the devices hold, one each. Empty, on the shipped data: topic for a histogram, "
            "videos_count for a mean, hashtag for heavy values."
        ),
        main=True,
    )
    items: int = param(
        0, low=0, high=1_000_000, unit="rows", help="Number of rows used, from the first one. 0: all rows."
    )
    devices: int = param(
        0,
        low=0,
        high=100_000,
        unit="0: all",
        help=(
            "Number of devices that take part, drawn from all rows with the seed. 0: every row that holds a value, "
            "up to what the stack simulates in about half a minute."
        ),
        main=True,
    )
    share: float = param(
        1.0,
        low=0.001,
        high=1.0,
        unit="of the devices",
        help="Chance that a device is in a round (Poisson sampling).",
    )
    minimum: int = param(
        10, low=1, high=5000, unit="contributions", help="Fewest contributions with which a sum is released."
    )
    rounds: int = param(
        20, low=2, high=60, unit="rounds", help="Number of rounds with known cohorts in the disaggregation attack."
    )
    dropouts: float = param(
        0.0, low=0.0, high=0.9, unit="of the cohort", help="Share of a round's devices that fall silent."
    )
    bins: int = param(
        8,
        low=2,
        high=MOST_BINS,
        unit="bins",
        help="Number of ranges in a histogram of numbers, or of values that it names. A few whole numbers get a bin "
        "each.",
    )
    span: str = param(
        "",
        help=(
            "Range of the numbers, such as 0..100. Numbers outside count at its ends. Empty: taken from the data, "
            "which noise does not cover. With noise, declare the range, or find it with a part of the budget: found "
            "in 0..1000000."
        ),
    )
    edges: str = param("", help="Ends of the ranges of a histogram, such as 0,18,35,65. Empty: ranges of equal width.")
    values: str = param(
        "",
        help=r"Values to count, separated by |; \| is a pipe in a value. Empty: taken from the data.",
    )
    kind: str = param(
        AUTO,
        help="Kind of value in the column. auto: found from all of its cells, and shown beside the answer.",
        choices=KINDS,
    )
    decimal: str = param(AUTO, help="Decimal mark. auto: found from all cells.", choices=(AUTO, "point", "comma"))
    missing: str = param(
        "",
        help="Further marks of a missing answer, such as -99,?. Blank cells and words such as NA always count as "
        "missing.",
    )
    answers: int = param(
        0,
        low=0,
        high=MOST_BINS,
        unit="answers",
        help="Most answers that count in a cell with several. 0: as many as there are values.",
    )
    person: str = param(
        "",
        help="Column that names the person of a row. All rows of one person are then one device. Empty: each row is "
        "a device.",
    )
    rows_each: int = param(
        1, low=1, high=1000, unit="rows", help="Most rows that count for one person, where a column names the person."
    )
