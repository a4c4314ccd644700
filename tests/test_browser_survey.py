"""The survey in a real browser: from Home to a comparison, the wires of a sum, and the attack on many rounds."""

from collections.abc import Iterator
from typing import Any

import pytest
from browser import IDLE, App, chromium, watch
from saved_survey import metrics, record, request

from privacy.compare.book import run_id
from privacy.compare.plan import Plan
from privacy.registry import discover
from privacy.services.runs import RunShelf

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with a comparison of a survey that was run before; its records are made up."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEILBENCH_HOME", str(home))
        registry, plan, shelf = discover(), Plan(request(), ("plain", "he")), RunShelf()
        for i, cell in enumerate(plan.cells(registry)):
            found = record(cell.request.stack, plan.base, metrics=metrics(attack=0.9 - i / 2))
            shelf.save(run_id(cell, registry), found)
    running = App(home, cohort=20)
    yield running
    running.close()


@pytest.fixture(params=["light", "dark"])
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
    page.get_by_role("link", name="Compare backends").click()
    # Two of its runs are saved.
    page.get_by_role("button", name="Resume: 2 of").wait_for()
    page.wait_for_url("**workload=tally*")
    page.goto(f"{app.url}/compare?workload=tally&stacks=plain,he")
    page.get_by_text("2 runs saved").wait_for()
    for tab in ("Aggregator", "Many rounds", "Cost"):
        page.get_by_role("tab", name=tab).click()
        page.locator("figure.vb-figure svg:visible").wait_for()
    assert overflow(page) == [0, 0]
    # By the keyboard alone to another workload.
    page.get_by_role("radio", name="For you").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**workload=fyp*")
    page.get_by_text("Person shown").wait_for()
    page.go_back()
    page.get_by_text("2 runs saved").wait_for()
    page.wait_for_url("**workload=tally*")
    assert page.troubles == []


def test_the_wires_of_a_sum_and_the_attack_on_many_rounds(page: Any, app: App) -> None:
    page.goto(f"{app.url}/server?workload=tally&question=mean")
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
    drawing = page.locator("figure.vb-figure svg")
    drawing.wait_for(timeout=120_000)
    assert "Plain, changing" in drawing.locator("desc").text_content()
    page.get_by_text("What stops it: cohorts that stay fixed").wait_for()
    page.reload()
    drawing.wait_for()
    assert overflow(page) == [0, 0]
    assert page.troubles == []


def test_the_servers_button_opens_its_panel(page: Any, app: App) -> None:
    for path in ("server?workload=tally", "fyp"):
        page.goto(f"{app.url}/{path}")
        page.wait_for_selector(IDLE)
        page.get_by_role("button", name="Servers").click()
        page.get_by_text("Every party runs on this device.").wait_for()
        page.get_by_label("Addresses").fill("not an address")
        page.get_by_role("button", name="Check", exact=True).click()
        page.get_by_test_id("stAlert").first.wait_for()
        assert overflow(page) == [0, 0]
    assert page.troubles == []
