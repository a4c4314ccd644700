"""The Chain page in a real browser: what another process writes appears by itself, and who types is left alone."""

import os
import subprocess
import sys
from typing import Any

import pytest

from tests.support import ROOT
from tests.support.browser import IDLE, App, chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.soak("browser"),
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
_TELL = """
from privacy.chains.opening import open_chain
from privacy.registry import discover
from tests.support.chain_story import HOSTILE, tell
with open_chain(discover()) as chain:
    print(tell(chain, name=HOSTILE).room.id.hex())
"""


def told(app: App) -> str:
    """Things on the app's chain, by another process; the room's id."""
    done = subprocess.run(
        [sys.executable, "-c", _TELL], cwd=ROOT, env=os.environ | {"VEILBENCH_HOME": str(app.home)}, text=True,
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.mark.parametrize("width", [1280, 390])
def test_what_another_process_writes_appears_in_two_tabs_and_leads_to_its_story(
    page: Any, fresh: App, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    other = page.context.new_page()
    for one in (page, other):
        one.goto(f"{fresh.url}/chain")
        one.get_by_text("None of our contracts is on this chain yet").wait_for()
        one.wait_for_selector(IDLE)
    box = page.get_by_label("Search")
    box.click()
    page.keyboard.type("0x12")
    page.evaluate("window.same = true")
    room = told(fresh)
    for one in (page, other):
        one.get_by_text("12 of 12").first.wait_for()
    assert box.input_value() == "0x12"
    assert page.evaluate("document.activeElement.tagName") == "INPUT"
    page.locator(f"a[href='?q=0x{room}']").first.click()
    page.get_by_test_id("picture").wait_for()
    page.wait_for_url(f"**/chain?q=0x{room}")
    assert page.evaluate("window.same") is True
    cards = page.locator(".vb-card")
    assert cards.count() == 9
    boxes = [one.bounding_box() for one in cards.all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    assert all(
        a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"] or a["y"] + a["height"] <= b["y"]
        or b["y"] + b["height"] <= a["y"] for i, a in enumerate(boxes) for b in boxes[:i]
    )  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("window.hit") is None
    page.go_back()
    page.get_by_test_id("picture").wait_for(state="detached")
    assert page.troubles == []
