"""Own data and the privacy ledger in a real browser: a file as people have them, and a budget that is spent."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT
from tests.support.app_pages import odd
from tests.support.browser import IDLE, App, choose, chromium, feed

pytestmark = [
    pytest.mark.browser,
    pytest.mark.soak("browser"),
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]


def test_an_odd_csv_is_mapped_shown_and_there_after_a_restart(page: Any, fresh: App, tmp_path: Path) -> None:
    latin, utf = tmp_path / "filme alt.csv", tmp_path / "filme.csv"
    latin.write_bytes(odd())
    utf.write_bytes(b"\xef\xbb\xbf" + odd().decode("latin-1").encode())
    page.goto(f"{fresh.url}/fyp")
    feed(page)
    for path in (latin, utf):
        page.get_by_role("button", name="Data:").click()
        page.get_by_test_id("stPopoverBody").locator("input[type=file]").set_input_files(path)
        page.get_by_role("heading", name="What do the columns").wait_for()
        page.keyboard.press("Escape")
        name = "filme_alt.csv" if path is latin else "filme.csv"
        page.get_by_role("heading", name=f"What do the columns of {name} mean?").wait_for()
        page.wait_for_selector(IDLE)
        page.get_by_role("combobox", name="Sensitive attribute").click()
        page.get_by_role("option", name="Haltung").click()
        page.get_by_text("Attribute 1 means").wait_for()
        page.wait_for_selector(IDLE)
        page.get_by_role("button", name="Use this data").click()
        page.get_by_role("button", name=f"Data: {name}").wait_for()
        assert len(feed(page)) == 10
        cards = page.locator("ol.vb-ranked").inner_text()
        assert "Café" in cards or "Größe" in cards
    shown = feed(page)
    assert "filme" not in page.url
    fresh.wait_for_feeds(3)  # the warm-up's, and one of each file
    assert page.troubles == []
    page.goto("about:blank")  # a page that is open would miss its server
    fresh.kill()
    fresh.start()
    page.goto(f"{fresh.url}/fyp")
    assert feed(page) == shown
    page.get_by_text("prefers items with Haltung = links").first.wait_for()
    page.get_by_role("button", name="Data: filme.csv").click()
    page.get_by_role("button", name="Delete my files").click()
    page.get_by_role("button", name="Data: shipped").wait_for()
    assert feed(page) != shown
    assert list((fresh.home / "uploads").iterdir()) == []
    assert page.troubles == []


def test_the_ledger_of_a_persona_is_charged_once_and_reset(page: Any, fresh: App) -> None:
    page.goto(f"{fresh.url}/fyp?stack=dp%2Bhe")
    before = feed(page)
    ledger = page.get_by_text("Spent today").locator("xpath=..")
    assert "1 release " in ledger.inner_text()
    page.reload()
    assert feed(page) == before
    assert "1 release " in ledger.inner_text()
    choose(page, "DP")
    # The same value released of the same taste, whatever carries it.
    assert "1 release " in ledger.inner_text()
    page.get_by_role("button", name="Reset demo").click()
    page.wait_for_timeout(300)
    page.wait_for_selector(IDLE)
    assert len(feed(page)) == 10
    assert page.get_by_test_id("stAlert").count() == 0
    assert page.troubles == []


def test_a_column_with_one_value_ends_in_no_dead_end(page: Any, fresh: App) -> None:
    """A constant category is refused, few rows before they are mapped; each leaves the feed and the shipped data."""
    page.goto(f"{fresh.url}/fyp")
    before = feed(page)
    page.get_by_role("button", name="Data:").click()
    few = {"name": "few.csv", "mimeType": "text/csv", "buffer": b"a,b\n" + b"x,y\n" * 19}
    page.get_by_test_id("stPopoverBody").locator("input[type=file]").set_input_files(few)
    page.get_by_text("only 19 rows").wait_for()
    assert page.get_by_role("heading", name="What do the columns").count() == 0
    page.get_by_test_id("stPopoverBody").locator("input[type=file]").set_input_files(
        ROOT / "tests" / "cases" / "survey" / "const_category.csv"
    )
    page.get_by_role("heading", name="What do the columns").wait_for()
    # The form stands on the page: what was open above it has closed by itself.
    page.get_by_test_id("stPopoverBody").locator("input[type=file]").wait_for(state="detached")
    page.wait_for_selector(IDLE)
    page.get_by_role("button", name="Use this data").click()
    page.get_by_text("are alike").wait_for()
    assert feed(page) == before
    page.reload()
    assert feed(page) == before
    # A choice of an older version that breaks.
    (fresh.home / "data-choice.json").write_text('{"data": "/nowhere/gone.csv", "mapping": null}')
    for path in ("server", "fyp"):
        page.goto(f"{fresh.url}/{path}")
        page.get_by_text("gone.csv").first.wait_for()
        page.get_by_role("button", name="Back to the shipped data").first.wait_for()
    page.get_by_role("button", name="Back to the shipped data").first.click()
    assert feed(page) == before
    assert page.troubles == []
