"""The survey in a real browser: from Home to a comparison, the wires of a sum, and the attack on many rounds."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import ROOT
from tests.support.browser import IDLE, App, chromium, watch

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]


@pytest.fixture(params=["light", pytest.param("dark", marks=pytest.mark.soak("browser"))])
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    # 1280x720 at 150% zoom.
    context = browser.new_context(viewport={"width": 853, "height": 480}, color_scheme=request.param)
    yield watch(context.new_page())
    context.close()


def overflow(page: Any) -> list[int]:
    page.wait_for_selector(IDLE)
    found: list[int] = page.evaluate(
        "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
        ".map(e => e.scrollWidth - e.clientWidth)"
    )
    return found


def test_from_home_to_a_comparison_of_a_survey_and_back_to_feeds(page: Any, app: App) -> None:
    page.goto(app.url)
    assert overflow(page) == [0, 0]
    page.locator("a[href*='workload=survey']", has_text="Compare backends").click()
    # Two of its runs are saved.
    page.get_by_role("button", name="Resume: 2 of").wait_for()
    page.wait_for_url("**workload=survey*")
    page.goto(f"{app.url}/compare?workload=survey&stacks=plain,he")
    page.get_by_text("2 runs saved").wait_for()
    for tab in ("Aggregator", "Many rounds", "Cost"):
        page.get_by_role("tab", name=tab).click()
        page.locator("[data-testid=stVegaLiteChart] svg.marks:visible").first.wait_for()
    assert overflow(page) == [0, 0]
    # By the keyboard alone to another workload.
    page.get_by_role("radio", name="For you").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare")
    page.get_by_role("button", name="Local", exact=True).wait_for()
    page.go_back()
    page.get_by_text("2 runs saved").wait_for()
    page.wait_for_url("**workload=survey*")
    assert page.troubles == []


@pytest.mark.soak("browser")
def test_the_wires_of_a_sum_and_the_attack_on_many_rounds(page: Any, app: App) -> None:
    page.goto(f"{app.url}/server?workload=survey&question=mean")
    page.get_by_text("and 11 more alike").first.wait_for()
    assert overflow(page) == [0, 0]
    page.get_by_role("combobox", name="Backend").click()
    page.get_by_role("option", name="HE", exact=True).click()
    page.get_by_text("Declared ciphertext").first.wait_for()
    page.wait_for_url("**stack=he*")
    page.go_back()
    page.get_by_text("own vector, digit for digit").wait_for()
    page.get_by_test_id("stButtonGroup").get_by_role("button", name="collector", exact=True).click()
    page.wait_for_url("**who=*collector*")
    page.get_by_text("aggregator + collector").wait_for()
    page.wait_for_selector(IDLE)
    button = page.get_by_role("button", name="Attack many rounds")
    if button.count():
        button.focus()
        page.keyboard.press("Enter")
    # The answer is a chart, too: the curves are the second one.
    curves = page.locator("[data-testid=stVegaLiteChart][aria-label*='Plain, changing']")
    curves.locator("svg.marks").wait_for(timeout=120_000)
    page.reload()
    curves.locator("svg.marks").wait_for()
    assert overflow(page) == [0, 0]
    assert page.troubles == []


@pytest.mark.soak("browser")
def test_the_servers_button_opens_its_panel(page: Any, app: App) -> None:
    for path in ("server?workload=survey", "fyp"):
        page.goto(f"{app.url}/{path}")
        page.wait_for_selector(IDLE)
        page.get_by_role("button", name="Servers").click()
        page.get_by_text("Every party runs on this device.").wait_for()
        page.get_by_label("Addresses").fill("not an address")
        page.get_by_role("button", name="Check", exact=True).click()
        page.get_by_test_id("stAlert").first.wait_for()
        assert overflow(page) == [0, 0]
    assert page.troubles == []


@pytest.mark.soak("browser")
def test_a_table_of_ones_own_is_asked_about_on_the_surveys_page(page: Any, fresh: App) -> None:
    page.goto(f"{fresh.url}/survey")
    page.get_by_text("is read as").wait_for()
    page.get_by_role("button", name="Data: shipped").click()
    page.locator("input[type=file]").set_input_files(ROOT / "tests" / "cases" / "survey" / "f04_likert_skewed.csv")
    page.get_by_role("button", name="Data: f04").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Column").click()
    page.get_by_role("option", name="q", exact=True).click()
    page.get_by_role("rowheader", name="4", exact=True).wait_for()
    assert "0.47" in page.get_by_role("table", name="Answer").inner_text()
    page.locator("[data-testid=stVegaLiteChart] svg.marks:visible").first.wait_for()
    assert overflow(page) == [0, 0]
    assert "f04" not in page.url
    # Feeds keep the data that they had.
    page.goto(f"{fresh.url}/fyp")
    page.get_by_role("button", name="Data: shipped").wait_for()
    page.goto(f"{fresh.url}/survey")
    page.get_by_role("button", name="Back to the shipped data").first.click()
    page.get_by_role("rowheader", name="#makeup").wait_for()
    assert page.troubles == []
