"""A feed from the browser's tab: right cards, and nothing of the taste or the key in anything that the app gets."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from privacy.primitives.scoring import reference, top_k
from privacy.request import RunRequest
from privacy.services import servers
from tests.support.browser import App, chromium
from tests.support.machines import LIMITS, TOKEN, machine
from tests.support.soaking import sized
from workloads.fyp.options import FypOptions
from workloads.fyp.panels.tab import CARDS
from workloads.fyp.picker import choices
from workloads.fyp.workload import world_of
from workloads.fyp.world import SHOWN, World, card

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]

# What the tab draws, and what its taste is before it is rounded: for the test alone.
_SPY = """
window.drawn = []; window.means = [];
const draw = crypto.getRandomValues.bind(crypto);
crypto.getRandomValues = (out) => { draw(out); if (out.length > 16) window.drawn.push(Array.from(out)); return out; };
const hypot = Math.hypot; Math.hypot = (...v) => { if (v.length > 8) window.means.push(v); return hypot(...v); };
"""
_LEAK = """
const plain = window.fetch; window.fetch = (url, more) => {
  const mean = window.means.at(-1);
  const one = mean && Math.abs(Math.round(mean[0] * 1e3));
  if (mean && more && more.method === "POST") more.headers["Accept-Language"] = `en;q=0.${one}`;
  return plain(url, more);
};
"""

_PIECE = 1 << 25


@pytest.fixture(scope="module")
def world(features: Path) -> World:
    return world_of(RunRequest(), FypOptions())


def ready(page: Any, app: App) -> None:
    page.goto(f"{app.url}/in-this-tab")
    page.locator(".tab .status", has_text="A key was made in this tab").wait_for()


def asked(page: Any, liked: list[int]) -> list[str]:
    """The names on the feed of whoever likes these cards, by their places."""
    for place in liked:
        page.locator(".tab .card").nth(place).click()
    page.get_by_role("button", name="Show my feed").click()
    page.locator(".tab .says", has_text=f"{SHOWN} cards in").wait_for()
    return page.locator(".tab .feed b").all_inner_texts()


def taste_of(world: World, liked: list[int]) -> tuple[list[str], np.ndarray]:
    """The names on the feed in the clear, and the taste."""
    items = [choices(world, count=CARDS)[place] for place in liked]
    taste = world.taste(np.array(items))
    best = top_k(reference(world.items, taste.vector), k=SHOWN, exclude=taste.liked)
    return [card(world.records[i])["nickname"] or "(no name)" for i in best], taste.vector


def squeezed(names: list[str]) -> list[str]:
    return [" ".join(name.split()) for name in names]


class Overheard:
    """All that a tab sends, from when it is made."""

    def __init__(self, page: Any) -> None:
        self.requests: list[Any] = []
        self.frames: list[bytes] = []
        page.on("request", lambda r: self.requests.append(r) if "/tab/" in r.url else None)
        page.on("websocket", lambda ws: ws.on("framesent", self._frame))

    def _frame(self, payload: Any) -> None:
        self.frames.append(payload if isinstance(payload, bytes) else payload.encode())

    def shape(self) -> list[Any]:
        """Of each request to the relay all but the bytes of its body, and of those their number."""
        found = []
        for one in self.requests:
            headers = {k: v for k, v in one.all_headers().items() if k not in ("cookie", "referer")}
            path = re.sub(r"/tab/[0-9a-f]+/", "/tab/VISIT/", one.url)
            found.append((one.method, path, sorted(headers.items()), len(one.post_data_buffer or b"")))
        return found

    def bodies(self) -> bytes:
        return b"|".join([*(one.post_data_buffer or b"" for one in self.requests), *self.frames])


def needles(page: Any, taste: np.ndarray) -> dict[str, bytes]:
    """The taste and the key in the forms in which they could lie in a memory or on a wire."""
    found = {f"taste as {t}": taste[:16].astype(t).tobytes() for t in ("<i2", "<i4", "<i8", "<f4", "<f8")}
    found["taste as text"] = ",".join(map(str, taste[:8].tolist())).encode()
    found["taste as spaced text"] = json.dumps(taste[:8].tolist())[1:-1].encode()
    found["mean as float64"] = np.array(page.evaluate("window.means.at(-1)")[:8]).tobytes()
    # The key's secret is the first that is drawn of its length, and the one that replaced it after warming up.
    for i, drawn in enumerate(page.evaluate("window.drawn.filter((d) => d.length === 4096).slice(0, 2)")):
        raw = np.array(drawn, dtype=np.uint8)
        key = raw[raw < 255].astype(np.int64) % 3 - 1
        for name, form in (("drawn", raw), ("ternary", key.astype(np.int8)), ("ternary int32", key.astype("<i4"))):
            found[f"{name} {i}"] = form[100:].tobytes()[:48]
    return found


def processes(app: App) -> list[int]:
    """The app's process and the servers that it started for tabs."""
    found, todo = [], [app.process.pid]
    while todo:
        pid = todo.pop()
        if b"evaluate" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            found.append(pid)
        for task in Path(f"/proc/{pid}/task").iterdir():
            todo += map(int, (task / "children").read_text().split())
    return found


def held(pid: int, looked_for: dict[str, bytes]) -> set[str]:
    """Which of these bytes lie in the writable memory of a process."""
    found: set[str] = set()
    with Path(f"/proc/{pid}/mem").open("rb", 0) as file:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            start, end = (int(x, 16) for x in span.split("-"))
            if not rights.startswith("rw") or "[v" in line:
                continue
            for at in range(start, end, _PIECE):
                try:
                    file.seek(at)
                    piece = file.read(min(_PIECE + 64, end - at))
                except OSError:
                    break
                found |= {name for name, one in looked_for.items() if one in piece}
    return found


@pytest.mark.sized("browser")
def test_a_tab_shows_the_cards_of_its_taste_and_the_app_gets_nothing_of_it(page: Any, app: App, world: World) -> None:
    page.add_init_script(_SPY)
    heard = Overheard(page)
    ready(page, app)
    names, taste = taste_of(world, [0, 5, 10])
    assert squeezed(asked(page, [0, 5, 10])) == squeezed(names)
    looked_for, wires = needles(page, taste), heard.bodies()
    assert len(looked_for) == 14
    assert [name for name, one in looked_for.items() if one in wires] == []
    if sized(False, Path("/proc/self/mem").exists()):
        # The search finds what is there: the seed of the last query passed through the app.
        seed = next(r.post_data_buffer for r in heard.requests if r.method == "POST")[20:36]
        found = {pid: held(pid, looked_for | {"seed": seed}) for pid in processes(app)}
        assert set().union(*found.values()) == {"seed"}
        assert "seed" in found[app.process.pid]
    page.get_by_role("button", name="Decrypt with the wrong key").click()
    page.locator(".tab .says", has_text="Under another key").wait_for()
    saw = page.get_by_role("heading", name="What the app's process saw").locator("xpath=ancestor::*[.//table][1]")
    saw.locator("tbody tr").nth(3).wait_for()  # the panel looks every two seconds
    assert saw.locator("tbody tr").count() == 4
    assert page.troubles == []


@pytest.mark.soak("browser")
def test_what_is_sent_has_one_shape_for_all_tastes_and_a_planted_leak_shows(page: Any, app: App, world: World) -> None:
    shapes = []
    for liked, leak in (([0, 5, 10], ""), ([3], ""), ([3], _LEAK), ([7, 8], _LEAK)):
        other = page.context.new_page()
        other.set_default_timeout(120_000)
        other.add_init_script(_SPY + leak)
        heard = Overheard(other)
        ready(other, app)
        frames = len(heard.frames)
        assert squeezed(asked(other, liked)) == squeezed(taste_of(world, liked)[0])
        # Clicks on cards tell the app nothing: what its socket hears meanwhile is the panel's own clock.
        assert len({len(frame) for frame in heard.frames[frames:]}) <= 2
        shapes.append(heard.shape())
        other.close()
    assert len(shapes[0]) == 4
    assert shapes[0] == shapes[1]
    assert shapes[2] != shapes[1]
    assert shapes[2] != shapes[3]


@pytest.mark.soak("browser")
def test_a_stack_without_a_client_for_a_browser_is_refused_with_a_sentence(page: Any, app: App) -> None:
    page.goto(f"{app.url}/in-this-tab?stack=smpc")
    page.get_by_text("has no client for a browser").wait_for()
    assert page.locator(".tab").count() == 0
    assert page.troubles == []


@pytest.mark.soak("browser")
def test_a_taste_from_a_file_and_a_file_that_is_none(page: Any, app: App, world: World) -> None:
    ready(page, app)
    names, taste = taste_of(world, [4])
    page.locator(".tab input").set_input_files({"name": "t.json", "mimeType": "application/json", "buffer": b"[1, 2]"})
    page.locator(".tab .says.bad", has_text="2 numbers").wait_for()
    body = json.dumps({"taste": taste.tolist()}).encode()
    page.locator(".tab input").set_input_files({"name": "t.json", "mimeType": "application/json", "buffer": body})
    page.locator(".tab .says", has_text="in this tab alone").wait_for()
    found = squeezed(asked(page, []))
    # Whose taste is a file has liked no card, so the card itself comes first.
    assert set(squeezed(names)[: SHOWN - 1]) <= set(found)
    assert page.troubles == []


@pytest.mark.soak("browser")
def test_a_tab_asks_a_server_straight_and_the_app_hears_of_no_query(
    page: Any, fresh: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with machine(tab_origin=fresh.url, limits=replace(LIMITS, body_bytes=2**26, inputs_bytes=2**26)) as server:
        monkeypatch.setenv("VEILBENCH_HOME", str(fresh.home))
        servers.save(servers.servers(server.url, TOKEN))
        heard = Overheard(page)
        page.goto(f"{fresh.url}/in-this-tab?way=straight+to+the+servers")
        page.locator(".tab .status", has_text="A key was made in this tab").wait_for()
        names, _ = taste_of(world, [0, 5, 10])
        assert squeezed(asked(page, [0, 5, 10])) == squeezed(names)
        asked_of = {request.url.split("/tab/")[0] for request in heard.requests}
        assert asked_of == {server.url}
        assert sum(request.method == "POST" for request in heard.requests) == 2
        saw = page.get_by_role("heading", name="What the app's process saw").locator("xpath=ancestor::*[2]")
        assert saw.locator("tbody tr").count() == 0
        assert page.troubles == []
