"""What a survey may ask about: its questions, and the columns of the data in use, with those derived of the shipped."""

from privacy.request import RunRequest
from privacy.services.datasets import Choice
from privacy.tables.table import open_sheet
from workloads.fyp.data.loader import SHIPPED
from workloads.survey.data import DERIVED, column_of
from workloads.survey.options import TallyOptions

WORDS = {"histogram": "Histogram", "mean": "Mean", "heavy": "Most common values"}


def word(question: str) -> str:
    """A question as a person reads it."""
    return WORDS.get(question, question)


def columns(choice: Choice) -> list[str]:
    """The names of the columns. DataError if the file cannot be read."""
    found = open_sheet(choice.data or SHIPPED).columns
    derived = [] if choice.data else list(DERIVED)
    return [*derived, *(name for name in found if name and found.count(name) == 1)]


def usual(question: str, choice: Choice) -> str:
    """What stands for the column that no one chose: that of the shipped data; a file of one's own has none."""
    if choice.data:
        return "choose a column"
    return f"{column_of(RunRequest(), TallyOptions(question=question))}, as usual"
