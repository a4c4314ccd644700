"""The page of training in a real browser: a room, rounds as they end, versions that fit the chain, and kill -9."""

from typing import Any

import pytest

from tests.support.browser import IDLE, App, chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.soak("browser"),
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
SMALL = "devices=6&sentences=6&words=60&width=6&pretrained=False&minimum=3"


def begin(page: Any, app: App, rounds: int) -> None:
    """A room of Ada's, and a training in it that has begun."""
    page.goto(f"{app.url}/federated?{SMALL}&rounds={rounds}")
    page.wait_for_selector(IDLE)
    page.get_by_role("button", name="Sign in").first.click()
    page.get_by_role("button", name="Ada").first.click()
    page.get_by_text("demo", exact=True).first.wait_for()
    page.get_by_role("button", name="Room").first.click()
    name = page.get_by_label("Name of a new room")
    name.fill("Keyboard")
    name.press("Enter")
    page.get_by_role("button", name="Create the room").click()
    page.wait_for_url("**room=*")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Train in Keyboard").click()


def test_rounds_of_a_room_are_versions_that_fit_and_are_restored(page: Any, fresh: App) -> None:
    begin(page, fresh, 2)
    page.get_by_test_id("words").wait_for()
    page.get_by_text("fits", exact=True).nth(2).wait_for()
    assert page.get_by_text("does not fit").count() == 0
    assert page.get_by_test_id("versions").locator("tbody tr").count() == 3
    page.get_by_role("button", name="Restore and check it").click()
    page.get_by_test_id("restored").wait_for()
    typed = page.get_by_label("Type a few words")
    typed.fill("the train")
    typed.press("Enter")
    page.get_by_test_id("suggestions").wait_for()


def test_a_training_goes_on_after_the_app_was_killed_and_commits_each_round_once(page: Any, fresh: App) -> None:
    begin(page, fresh, 100)
    page.get_by_test_id("rounds").wait_for()
    fresh.kill()
    fresh.start()
    page.reload()
    page.get_by_role("button", name="Train in Keyboard").click()
    page.get_by_test_id("words").wait_for()
    rounds = page.get_by_test_id("versions").locator("tbody tr th").all_inner_texts()
    assert rounds == [str(at) for at in range(100, -1, -1)]
