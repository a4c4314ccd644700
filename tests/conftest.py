"""Settings of every test, and the browser that tests may ask for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import FLAGS, App, chromium, watch
from hypothesis import settings

# A slow machine is no failure: no example has to be done by a certain time.
settings.register_profile("untimed", deadline=None)
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
