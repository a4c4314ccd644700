"""The Plugins page in a real browser: a file is dropped in, found by its button, checked to the end, and changed."""

import shutil
from typing import Any

import pytest

from tests.support import PLANTED
from tests.support.browser import IDLE, App, chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.soak("browser"),
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
SOUND = PLANTED / "sound.py"


@pytest.fixture
def screen() -> dict[str, Any]:
    return {"viewport": {"width": 1100, "height": 800}}


def test_a_file_that_is_dropped_in_is_found_checked_and_seen_on_every_page(page: Any, fresh: App) -> None:
    page.goto(f"{fresh.url}/plugins")
    page.get_by_role("heading", name="Plugins").wait_for()
    page.wait_for_selector(IDLE)
    folder = fresh.home / "plugins"
    folder.mkdir(exist_ok=True)
    shutil.copy(SOUND, folder / "sound.py")
    (folder / "broken.py").write_text("import nothing_of_that_name\n")
    page.get_by_role("button", name="Reload plugins").click()
    row = page.get_by_role("row").filter(has_text="nothing_of_that_name")
    row.get_by_text("✗ cannot be used").wait_for()
    assert row.locator("pre").is_hidden()
    row.get_by_text("Log id").click()
    row.locator("pre").wait_for()
    page.goto(f"{fresh.url}/plugins?backend=sound")
    page.get_by_text("declared; not checked on this device").last.wait_for()
    page.get_by_role("button", name="Run the checks").click()
    page.get_by_role("button", name="Cancel the check").wait_for()
    page.get_by_text("checks passed on").first.wait_for()
    page.get_by_role("button", name="Download the report (JSON)").wait_for()
    assert page.get_by_text("✗ failed").count() == 0
    page.goto(f"{fresh.url}/fyp?stack=sound")
    page.get_by_text("Its guarantee is declared;").first.wait_for(state="attached")
    # Its code changes: the report speaks of an earlier one.
    (folder / "sound.py").write_text(SOUND.read_text() + "\n# another version\n")
    page.goto(f"{fresh.url}/plugins?backend=sound")
    page.get_by_role("button", name="Reload plugins").click()
    page.get_by_text("its code has changed since").first.wait_for()
