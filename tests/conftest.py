"""Settings of every test, and fixtures that several files ask for by name."""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from privacy.nesting import bound_nesting
from tests.support import ROOT
from tests.support.browser import FLAGS, App, chromium, watch
from tests.support.schemas import records_are_valid
from tests.support.soaking import (  # noqa: F401
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_runtest_logreport,
    pytest_runtest_setup,
    pytest_terminal_summary,
    pytest_xdist_make_scheduler,
)

# Asserts in what test files share say what they compared, as those of test files do.
SHARED = ("api_client", "app_pages", "drawings", "shop_table")
pytest.register_assert_rewrite(*(f"tests.support.{name}" for name in SHARED))


def pytest_collection_finish() -> None:
    """Test modules import libraries of Ethereum too, which let calls nest deeper than the C stack stands."""
    bound_nesting()


@pytest.fixture(scope="session", autouse=True)
def _nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A test that names no state folder must not write to that of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEILBENCH_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _valid_records() -> Iterator[None]:
    with records_are_valid():
        yield


@pytest.fixture(scope="session", autouse=True)
def _components() -> Iterator[None]:
    """Each run of a page under test looks through all that is installed for components: one look is enough."""
    from streamlit.components.v2 import manifest_scanner

    found = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", found)
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def screen() -> dict[str, Any]:
    """What the page is seen on; a file of tests may have another."""
    return {"viewport": {"width": 1280, "height": 720}}


@pytest.fixture
def page(browser: Any, screen: dict[str, Any]) -> Iterator[Any]:
    context = browser.new_context(**screen)
    opened = watch(context.new_page())
    yield opened
    context.close()


@pytest.fixture
def fresh(tmp_path: Path, features: Path) -> Iterator[App]:
    running = App(tmp_path, features)
    yield running
    running.close()


@pytest.fixture
def app_state(tmp_path: Path, features: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder for the app in this process; what the app runs beside it ends with the test."""
    import streamlit as st

    from ui import resources

    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("VEILBENCH_COHORT", "20")
    monkeypatch.chdir(ROOT)
    st.cache_resource.clear()
    shutil.copytree(features, tmp_path / "cache")
    yield tmp_path
    resources.close()


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stacks of all runs that this process makes, in order."""
    from privacy import lab
    from privacy.request import RunRequest

    found: list[str] = []
    real = lab.run

    def run(request: RunRequest, **more: object) -> object:
        found.append(request.stack)
        return real(request, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(lab, "run", run)
    return found


@pytest.fixture
def book() -> Any:
    """The API's rounds."""
    from privacy.services.rounds import RoundBook

    return RoundBook()


@pytest.fixture
def workers() -> Iterator[Any]:
    """The processes that work for the API."""
    from privacy.jobs.book import JobBook

    made = JobBook()
    yield made
    made.close()


@pytest.fixture
def jobs(workers: Any) -> Iterator[Any]:
    """The API's runs."""
    from privacy.services.run_jobs import RunJobs

    made = RunJobs(workers)
    yield made
    made.close()


@pytest.fixture
def client(book: Any, jobs: Any) -> Iterator[Any]:
    """A client of a live server with the API."""
    from tests.support.api_client import client_of

    with client_of(book, jobs) as found:
        yield found


@pytest.fixture
def ledger(tmp_path: Path) -> Any:
    from privacy.services.ledger import Ledger

    return Ledger(tmp_path / "ledger.sqlite", patience=0.2)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A CSV that nobody prepared."""
    from tests.support.shop_table import save, table

    return save(tmp_path / "shop.csv", table())


@pytest.fixture
def people(tmp_path: Path) -> str:
    """A CSV of a few people, for surveys."""
    from tests.support.survey_requests import CSV

    path = tmp_path / "people.csv"
    path.write_text(CSV, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="session")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the features of the shipped catalogue: for whom a process of its own would derive them again."""
    from workloads.fyp.data import build_features, load_default

    folder = tmp_path_factory.mktemp("cache")
    build_features(load_default(), cache_dir=folder)
    return folder
