"""Server view and the sandwich in a real browser."""

from typing import Any

import pytest

from tests.support.browser import IDLE, App, chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.soak("browser"),
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]


@pytest.fixture
def screen() -> dict[str, Any]:
    """1280x720 at 150%, in the dark."""
    return {"viewport": {"width": 853, "height": 480}, "color_scheme": "dark"}


def overflow(page: Any) -> list[int]:
    page.wait_for_selector(IDLE)
    found: list[int] = page.evaluate(
        "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
        ".map(e => e.scrollWidth - e.clientWidth)"
    )
    return found


def test_wires_coalitions_and_the_sandwich(page: Any, fresh: App) -> None:
    page.goto(f"{fresh.url}/server?stack=he")
    page.get_by_role("heading", name="The view of a coalition").wait_for()
    page.wait_for_selector(IDLE)
    # The bytes unfold by keyboard alone.
    bytes_of_query = page.locator("details").nth(1)
    bytes_of_query.locator("summary").focus()
    page.keyboard.press("Enter")
    shown = bytes_of_query.locator("pre")
    assert shown.is_visible()
    assert shown.inner_text().startswith("0000  ")
    assert overflow(page) == [0, 0]
    page.get_by_test_id("stButtonGroup").get_by_role("button", name="client").click()
    page.get_by_text("The device is in this coalition").wait_for()
    page.wait_for_url("**who=*client*")
    page.reload()
    page.get_by_text("The device is in this coalition").wait_for()
    # A box writes the link, and the back button reads it.
    page.get_by_role("combobox", name="Backend").click()
    page.get_by_role("option", name="Plain", exact=True).click()
    page.get_by_text("the taste, digit for digit").first.wait_for()
    assert "stack=" not in page.url
    page.go_back()
    page.get_by_text("Declared ciphertext").first.wait_for()
    # Nothing was attacked so far: it takes a click.
    assert fresh.health()["evaluations_started"] == 0
    page.get_by_role("button", name="Attack this run").click()
    page.locator(".vb-view").first.wait_for()
    assert fresh.health()["evaluations_started"] == 1
    page.goto(f"{fresh.url}/sandwich")
    page.get_by_role("button", name="Run the audit").click()
    page.get_by_role("button", name="Cancel the audit").wait_for()
    drawing = page.get_by_test_id("stVegaLiteChart").locator("svg.marks").first
    drawing.wait_for(timeout=60_000)
    page.get_by_role("rowheader", name="dp, krr", exact=True).wait_for()
    page.get_by_role("button", name="Cancel the audit").click()
    page.get_by_text("its measurements so far are kept").wait_for()
    page.get_by_role("rowheader", name="dp, krr", exact=True).wait_for()
    assert drawing.locator(".mark-symbol path").count() >= 2
    assert overflow(page) == [0, 0]
    assert page.troubles == []
