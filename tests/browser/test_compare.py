"""The Compare page in a real browser: progress in two tabs, cancel, restart, resume, and every width and theme."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import IDLE, App, chromium, watch

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]


@pytest.mark.soak("browser")
def test_a_comparison_outlives_tabs_a_cancel_and_a_kill(browser: Any, tmp_path: Path, features: Path) -> None:
    app = App(tmp_path, features, cohort=20)
    context = browser.new_context(viewport={"width": 1280, "height": 720}, accept_downloads=True)
    try:
        page, other = watch(context.new_page()), watch(context.new_page())
        # The last stack has most to do, so that the comparison is still running when the first record is there.
        link = f"{app.url}/compare?stacks=plain,local,he&items=100&cohort=2000"
        page.goto(link)
        page.get_by_role("button", name="Run the comparison (3 runs)").click()
        page.get_by_text(re.compile(r"[12] of 3 runs done")).wait_for()
        other.goto(link)
        other.get_by_role("button", name="Cancel").wait_for()
        page.get_by_role("rowheader", name="plain").first.wait_for()
        page.reload()
        page.get_by_role("button", name="Cancel").click()
        page.get_by_text("Cancelled.").wait_for()
        other.get_by_role("button", name="Resume").wait_for()
        troubles = page.troubles + other.troubles
        app.kill()
        app.start()
        back = watch(context.new_page())
        back.goto(link.replace("plain,local,he", "plain"))
        back.get_by_text("1 run saved: nothing is left to run.").wait_for(timeout=60_000)
        back.get_by_test_id("stVegaLiteChart").nth(3).wait_for(state="attached")
        assert back.get_by_test_id("stVegaLiteChart").count() == 4
        back.locator("[data-testid=stVegaLiteChart] svg.marks:visible").wait_for()
        with back.expect_download() as download:
            back.get_by_role("button", name="Download CSV").click()
        text = Path(download.value.path()).read_text(encoding="utf-8")
        assert text.startswith("comparison,cell,stack")
        assert "top10_overlap" in text
        assert troubles + back.troubles == []
    finally:
        context.close()
        app.close()


@pytest.mark.parametrize("scheme", ["dark", pytest.param("light", marks=pytest.mark.soak("browser"))])
def test_a_link_shows_figures_that_fit_a_narrow_screen(browser: Any, app: App, scheme: str) -> None:
    # 1280x720 at 150% zoom is a viewport of 853x480 CSS pixels.
    context = browser.new_context(viewport={"width": 853, "height": 480}, device_scale_factor=1.5, color_scheme=scheme)
    page = watch(context.new_page())
    page.goto(f"{app.url}/compare?stacks=plain,he,dp,dp%2Bhe&sweep=epsilon%3D0.5,1,2,4&cohort=20")
    page.get_by_text("10 runs saved").wait_for()
    page.wait_for_selector(IDLE)
    page.get_by_text("Show every figure").click()
    page.get_by_role("region", name="Every figure").wait_for()
    wide = page.evaluate(
        "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
        ".map(e => e.scrollWidth - e.clientWidth)"
    )
    assert wide == [0, 0]
    drawn = page.locator("[data-testid=stVegaLiteChart]:visible")
    assert drawn.count() == 2
    drawn.last.locator("svg.marks").wait_for()
    assert "dp at 0.5: top-10 overlap" in drawn.first.get_attribute("aria-label")
    for one in drawn.all():
        assert one.evaluate("e => e.scrollWidth - e.clientWidth") == 0
    # Names in the chart, and those of its axes, have the colour of the page's text.
    inks = page.evaluate(
        "[...document.querySelectorAll('[data-testid=stVegaLiteChart] text')].map(e => getComputedStyle(e).fill)"
    )
    bright = {sum(int(v) for v in re.findall(r"\d+", ink)[:3]) > 400 for ink in inks}
    assert bright == {scheme == "dark"}
    # The plots by keyboard alone.
    page.get_by_role("tab", name="By epsilon").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="Cost", selected=True).wait_for()
    assert page.troubles == []
    context.close()


@pytest.mark.soak("browser")
def test_the_back_button_and_a_visit_to_home_keep_their_settings(browser: Any, app: App) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = watch(context.new_page())
    page.goto(f"{app.url}/compare?stacks=plain,he&cohort=20")
    page.get_by_text("2 runs saved").wait_for()
    page.get_by_role("button", name="DP", exact=True).click()
    # One value of the sweep is the default, so that run is there already.
    page.get_by_text("3 runs saved").wait_for()
    page.wait_for_url("**stacks=plain%2Che%2Cdp*")
    page.go_back()
    page.get_by_text("2 runs saved").wait_for()
    page.wait_for_url("**stacks=plain%2Che&*")
    page.get_by_role("link", name="Home").click()
    page.get_by_role("heading", name="Backends").wait_for()
    page.get_by_role("link", name="Compare", exact=True).click()
    page.get_by_text("2 runs saved").wait_for()
    page.wait_for_url("**stacks=plain%2Che&*")
    assert page.troubles == []
    context.close()
