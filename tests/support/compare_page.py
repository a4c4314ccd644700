"""What tests of the Compare page share: the page, its smallest settings, and made-up records in the place of runs."""

from streamlit.testing.v1 import AppTest

from privacy.compare.book import run_id
from privacy.compare.plan import Plan
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services.runs import RunShelf
from privacy.stacks import filled
from tests.support import app_pages
from tests.support.app_pages import COMPARE
from tests.support.saved import bound, metrics, record

SMALL = filled(RunRequest(options={"cohort": 20, "items": 100}), discover())
LINK = {"stacks": "plain,local", "option.items": "100", "option.cohort": "20"}


def opened(query: dict[str, str] | None = None) -> AppTest:
    return app_pages.opened(COMPARE, query)


def keep(plan: Plan, *, most: int = 64) -> None:
    """Made-up records in the place of the plan's first cells."""
    registry, shelf = discover(), RunShelf()
    for cell in plan.cells(registry)[:most]:
        output = None if cell.swept is None else bound(cell.swept)
        found = record(cell.request.stack, output=output)
        shelf.save(run_id(cell, registry), found | {"metrics": metrics(utility=0.5, attack=0.25)})
