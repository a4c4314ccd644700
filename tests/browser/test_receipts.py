"""A feed that a demo account proves, in a real browser: other pages go on meanwhile, and every cheat is refused."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import IDLE, App, chromium
from tests.support.wallet_stage import opened

pytestmark = [
    pytest.mark.browser,
    pytest.mark.soak("browser"),
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]


def test_a_feed_is_proved_while_other_pages_go_on_and_cheats_are_refused(
    browser: Any, screen: dict[str, Any], features: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    app, context = App(home, features), browser.new_context(**screen)
    try:
        page = opened(context, app, "/fyp?stack=he")
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("button", name="Ada (demo)").click()
        page.get_by_role("button", name="Prove this feed").click()
        page.get_by_text("The feed is proved beside this page").first.wait_for()
        other = opened(context, app, "/compare")
        other.wait_for_selector(IDLE)
        assert page.get_by_role("button", name="Cancel", exact=True).is_visible()
        page.get_by_test_id("receipt").get_by_text("dev key").wait_for()
        page.get_by_role("button", name="Try to cheat").click()
        tries = page.get_by_test_id("tries")
        tries.get_by_text("Send the proof to another contract").wait_for()
        assert tries.get_by_text("refused", exact=True).count() == 11
        assert tries.get_by_text("taken", exact=True).count() == 1
        assert page.troubles == other.troubles == []
        # After a restart the receipt is there, as the device has kept what opens it.
        page.close()
        other.close()
        app.kill()
        app.start()
        again = opened(context, app, "/fyp?stack=he")
        again.get_by_test_id("receipt").wait_for()
    finally:
        context.close()
        app.close()
