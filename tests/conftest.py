"""Settings of every test, and fixtures that several files ask for by name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import FLAGS, App, chromium, watch
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

# Asserts in what test files share say what they compared, as those of test files do.
pytest.register_assert_rewrite("api_client", "app_pages", "drawings", "shop_table")

# A slow machine is no failure: no example has to be done, or be drawn, by a certain time.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    opened = watch(context.new_page())
    yield opened
    context.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[App]:
    running = App(tmp_path)
    yield running
    running.close()


@pytest.fixture
def app_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder for the app in this process; what the app runs beside it ends with the test."""
    import streamlit as st

    from ui import resources

    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("VEILBENCH_COHORT", "20")
    monkeypatch.chdir(ROOT)
    st.cache_resource.clear()
    yield tmp_path
    resources.comparisons().close()
    resources.evaluations().close()
    resources.rounds().close()


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stacks of all runs that this process makes, in order."""
    from privacy import lab
    from privacy.workloads.request import RunRequest

    found: list[str] = []
    real = lab.run

    def run(request: RunRequest, **more: object) -> object:
        found.append(request.stack)
        return real(request, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(lab, "run", run)
    return found
