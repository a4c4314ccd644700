"""One app for all who only look: with comparisons that were run before, whose records are made up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy.compare.book import run_id
from privacy.compare.plan import Plan
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services.runs import RunShelf
from tests.support import saved, saved_survey
from tests.support.browser import App


def keep_feeds() -> None:
    """A sweep of epsilon over feeds."""
    plan = Plan(RunRequest(options={"cohort": 20}), ("plain", "he", "dp", "dp+he"), "epsilon", (0.5, 1.0, 2.0, 4.0))
    registry, shelf = discover(), RunShelf()
    for cell in plan.cells(registry):
        swept = cell.swept or 0.0
        found = saved.record(cell.request.stack, output=saved.bound(swept) if cell.swept else None)
        found |= {"metrics": saved.metrics(utility=0.3 + swept / 8, attack=swept / 5)}
        shelf.save(run_id(cell, registry), found)


def keep_survey() -> None:
    """A survey under two backends."""
    registry, plan, shelf = discover(), Plan(saved_survey.request(), ("plain", "he")), RunShelf()
    for i, cell in enumerate(plan.cells(registry)):
        metrics = saved_survey.metrics(attack=0.9 - i / 2)
        shelf.save(run_id(cell, registry), saved_survey.record(cell.request.stack, plan.base, metrics=metrics))


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, features: Path) -> Iterator[App]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEILBENCH_HOME", str(home))
        keep_feeds()
        keep_survey()
    running = App(home, features, cohort=100)
    yield running
    running.close()
