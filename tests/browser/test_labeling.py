"""Labeling in a real browser: qualify, label ten, seal, count, attack; and boxes to the pixel, by mouse and by keys."""

from dataclasses import asdict
from typing import Any

import pytest

from tests.support.browser import IDLE, App, chromium, watch
from workloads.labeling.boxes.box import Box
from workloads.labeling.images import shipped
from workloads.labeling.rounds.book import Book
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import FINAL, SEALED, Terms

pytestmark = [
    pytest.mark.browser,
    pytest.mark.soak("browser"),
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]


def rounds_of(app: App) -> Rounds:
    return Rounds(Book(app.home / "labeling" / "rounds.sqlite"))


def digit_shown(page: Any) -> int:
    """What is on the image that the page shows."""
    source = page.locator("img.picture").get_attribute("src")
    numbers = (f"digits-{n}" for n in range(1797))
    return int(shipped.truth(next(one for one in numbers if shipped.url(one) == source)))


def press_what_is_shown(page: Any) -> None:
    before = page.locator("img.picture").get_attribute("src")
    page.keyboard.press(str(digit_shown(page)))
    page.wait_for_function(
        "before => document.querySelector('[data-testid=stApp]') && "
        "![...document.querySelectorAll('*')].some(e => e.shadowRoot?.querySelector('img.picture')?.src === before)",
        arg=before,
    )
    page.wait_for_selector(IDLE)


def test_the_whole_demo_from_gold_to_the_attack(page: Any, fresh: App) -> None:
    watch(page)
    page.goto(f"{fresh.url}/crowd?view=Rounds")
    page.get_by_label("Images", exact=True).fill("12")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_text("Round 1 is open.").wait_for()
    page.goto(f"{fresh.url}/label")
    page.get_by_text("Gold question 1.").wait_for()
    while page.get_by_text("qualifying", exact=True).count():
        press_what_is_shown(page)
    page.get_by_text("voting power 2").wait_for()
    for _ in range(10):
        page.locator("img.picture").wait_for()
        press_what_is_shown(page)
    page.get_by_text("10 of 12 labelled by you").wait_for()
    page.goto(f"{fresh.url}/crowd?view=Rounds")
    page.get_by_role("button", name="Fill with a simulated crowd").click()
    page.get_by_role("button", name="Let them vote").click()
    page.get_by_text("passed the gold of the domain").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Seal", exact=True).click()
    page.get_by_text("Items with this label").wait_for()
    rounds = rounds_of(fresh)
    assert rounds.round(1).state == SEALED
    mine = [v for v in rounds.votes(1) if v.labeler == "demo-ada"]
    images = dict(rounds.images(1))
    assert len(mine) == 10
    assert all(v.value == shipped.truth(images[v.place]) for v in mine)
    page.get_by_role("button", name="Make it final").click()
    page.get_by_text("final", exact=True).first.wait_for()
    assert rounds.round(1).state == FINAL
    page.get_by_role("button", name="Attack these votes").click()
    page.get_by_text("The aggregator's view of one vote").wait_for()
    assert not page.troubles


@pytest.mark.parametrize("way", ["mouse", "keys"])
def test_a_box_is_kept_to_the_pixel_at_any_zoom(page: Any, fresh: App, way: str) -> None:
    page.goto(f"{fresh.url}/label?domain=scans")
    page.locator("svg.sheet").wait_for()
    rounds = rounds_of(fresh)
    while (image := rounds.next_gold("demo-ada", "scans")) is not None:
        rounds.answer_gold("demo-ada", "scans", image, shipped.truth(image))
    images, _ = shipped.for_round("scans", 3, gold=0, nth=0)
    rounds.publish("Scans", "scans", images, Terms())
    page.reload()
    wanted = [asdict(box) for box in (Box(17, 23, 41, 30), Box(61, 80, 9, 12))]
    for zoom in range(3):
        sheet = page.locator("svg.sheet")
        sheet.wait_for()
        page.get_by_text(f"{zoom} of 3 labelled by you").wait_for()
        for _ in range(2 * zoom):
            page.get_by_label("Zoom in").click()
        for box in wanted:
            draw_by_mouse(page, box) if way == "mouse" else draw_by_keys(page, box)
        done = page.locator("button.done")
        done.focus()
        page.keyboard.press("Enter")
    page.get_by_text("Nothing is left for you in this round.").wait_for()
    rounds.seal(1)
    assert [v.value for v in rounds.votes(1)] == [wanted] * 3


def draw_by_mouse(page: Any, box: dict[str, int]) -> None:
    """Drag from corner to corner, wherever the image lies and however large it is shown."""
    sheet = page.locator("svg.sheet")

    sheet.evaluate(
        """(sheet, b) => { const s = sheet.getBoundingClientRect();
          sheet.parentElement.scrollTo(b.x / 240 * s.width - 100, b.y / 200 * s.height - 100); }""",
        box,
    )
    place = sheet.evaluate(
        """(sheet, b) => { const s = sheet.getBoundingClientRect();
          return [[b.x, b.y], [b.x + b.width, b.y + b.height]].map(
            ([x, y]) => [s.left + x / 240 * s.width, s.top + y / 200 * s.height]); }""",
        box,
    )
    page.mouse.move(*place[0])
    page.mouse.down()
    page.mouse.move(*place[1], steps=5)
    page.mouse.up()


def draw_by_keys(page: Any, box: dict[str, int]) -> None:
    """To the first corner, Enter, to the second, Enter."""
    sheet = page.locator("svg.sheet")
    sheet.focus()

    def go(x: int, y: int) -> None:
        line = sheet.locator("line")
        now = [int(float(line.nth(i).get_attribute(end))) for i, end in ((1, "x1"), (0, "y1"))]
        for by, plus, minus in ((x - now[0], "ArrowRight", "ArrowLeft"), (y - now[1], "ArrowDown", "ArrowUp")):
            key = plus if by > 0 else minus
            for _ in range(abs(by) // 10):
                page.keyboard.press(f"Shift+{key}")
            for _ in range(abs(by) % 10):
                page.keyboard.press(key)

    go(box["x"], box["y"])
    page.keyboard.press("Enter")
    go(box["x"] + box["width"], box["y"] + box["height"])
    page.keyboard.press("Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_round_of_boxes_is_filled_sealed_audited_and_drawn_where_the_boxes_are(
    page: Any, fresh: App, scheme: str
) -> None:
    watch(page)
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{fresh.url}/crowd?view=Rounds")
    page.get_by_label("Domain").first.click()
    page.get_by_role("option", name="Scans", exact=True).click()
    page.get_by_label("Images", exact=True).fill("6")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_text("Round 1 is open.").wait_for()
    page.get_by_role("button", name="Fill with a simulated crowd").click()
    page.get_by_role("button", name="Let them vote").click()
    page.get_by_text("passed the gold of the domain").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Seal", exact=True).click()
    page.get_by_text("Audit an item").click()
    page.locator("svg.sheet").wait_for()
    mine = Box(30, 40, 50, 20)
    draw_by_keys(page, asdict(mine))
    page.locator("button.done").focus()
    page.keyboard.press("Enter")
    page.get_by_text("audits: 1").wait_for()
    rounds = rounds_of(fresh)
    assert [audited for _, _, audited in rounds.items(1)] == [[asdict(mine)], *[None] * 5]
    # The mark lies on the image where the box does, however large the image is shown.
    seen = page.locator(".vb-plate").first.evaluate(
        """plate => { const image = plate.querySelector('img').getBoundingClientRect();
          const mark = plate.querySelector('i.k0').getBoundingClientRect();
          const by = 240 / image.width;
          return [mark.left - image.left, mark.top - image.top, mark.width, mark.height].map(v => v * by); }"""
    )
    assert seen == pytest.approx([mine.x, mine.y, mine.width, mine.height], abs=1.0)
    page.get_by_role("button", name="Make it final").click()
    page.get_by_text("final", exact=True).first.wait_for()
    assert rounds.round(1).result["boxes"][0] == [asdict(mine)]
    assert not page.troubles
