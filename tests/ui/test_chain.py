"""The Chain page through Streamlit's test harness: what it shows of a chain, and of one that cannot be looked at."""

import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from privacy.chains.choice import chosen
from privacy.configured import FILE
from tests.support.app_pages import CHAIN, PLUGINS, address, html, opened, sentences, shown
from tests.support.chain_story import HOSTILE, MODEL, Told, tell
from tests.support.waiting import wait_until
from ui import resources

BIDI_AND_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(autouse=True)
def state(app_state: Path) -> Path:
    return app_state


def ready(name: str = "embedded") -> None:
    """Wait until the watch has seen all there is."""

    def seen() -> bool:
        view, error = resources.watch(name).look()
        return error is not None or (view is not None and not view.measuring)

    wait_until(seen)


def told(name: str = "Keyboard") -> Told:
    found = tell(resources.chain("embedded"), name=name)
    ready()
    head = found.senders[0].chain.head()
    wait_until(lambda: (view := resources.watch("embedded").look()[0]) and view.head == head and not view.measuring)
    return found


def page(**query: str) -> AppTest:
    ready()
    return opened(CHAIN, query)


def test_an_empty_chain_says_what_makes_something_appear() -> None:
    found = shown(page())
    assert "only its first block" in found
    assert "None of our contracts is on this chain yet" in found
    assert "No event yet" in found


def test_the_page_shows_blocks_events_contracts_and_gas() -> None:
    one = told()
    at = page()
    found = html(at)
    assert not at.error
    head = one.senders[0].chain.head()
    assert f"#{head.number}" in found
    assert "ModelRegistry" in found
    assert found.count("✗ failed") == 1
    assert found.count("Version committed") >= 4
    assert "Events 1 to 12 of 12" in found
    for receipt in map(one.senders[0].chain.receipt, (one.room.transaction, one.logged[0].transaction)):
        assert receipt is not None
        assert f"{receipt.gas_used:,}" in found
    assert f"href='?q=0x{one.room.id.hex()}'" in found


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("block", "Block 3"), ("failed", "AlreadyLogged"), ("account", "Ada (demo)"), ("cid", MODEL.text),
        ("room", "Room created"), ("metrics", "Metrics hash"), ("nothing", "not found"), ("nonsense", "digest or CID"),
    ],
)  # fmt: skip
def test_a_link_leads_to_what_it_names(what: str, says: str) -> None:
    one = told()
    text = {
        "block": "3", "failed": one.failed.hex(), "account": one.senders[0].signer.address, "cid": MODEL.text,
        "room": "0x" + one.room.id.hex(), "metrics": "07" * 32, "nothing": "ab" * 32, "nonsense": "<b>x</b>",
    }[what]  # fmt: skip
    at = page(q=text)
    assert says in shown(at) + sentences(at)
    assert "Latest blocks" in [one.value for one in at.subheader]
    assert "<b>x</b>" not in html(at)
    if what == "room":
        picture = html(at)
        assert picture.count("class='vb-card") == 9
        assert picture.count("vb-card event chosen") == 1
        assert "4 changes" in picture


def test_a_search_is_in_the_address_and_is_closed() -> None:
    told()
    at = page()
    at.text_input[0].set_value("2").run()
    assert address(at) == {"q": "2"}
    assert "<h2>Block 2</h2>" in html(at)
    at.button(key="chain.close").click().run()
    assert address(at) == {}
    assert "<h2>Block 2</h2>" not in html(at)


def test_an_older_page_stays_as_it_is_while_the_chain_grows() -> None:
    told()
    tell(resources.chain("embedded"), name="Another")
    wait_until(lambda: (view := resources.watch("embedded").look()[0]) and view.events == 21)
    at = page()
    assert "Events 10 to 21 of 21" in html(at)
    at.button(key="chain.older").click().run()
    assert "Events 1 to 9 of 21" in html(at)
    tell(resources.chain("embedded"), name="A third")
    wait_until(lambda: (view := resources.watch("embedded").look()[0]) and view.events == 30)
    at.run()
    assert "Events 1 to 9 of 30" in html(at)
    at.button(key="chain.newest").click().run()
    assert "Events 19 to 30 of 30" in html(at)


def test_a_hostile_name_is_text_in_one_direction() -> None:
    one = told(HOSTILE)
    at = page(q="0x" + one.room.id.hex())
    found = html(at)
    assert "<img" not in found
    assert "&lt;img src=x onerror" in found
    assert not BIDI_AND_CONTROL.search(found)


class Garbage(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        right = b'{"jsonrpc": "2.0", "id": 0, "result": "0x1"}'
        self.wfile.write(right if self.path == "/wrong" else b"<html>hello</html>")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def nodes(state: Path) -> Iterator[dict[str, str]]:
    """Addresses of what is no node: one that nobody listens at, one that says nothing, one that says something else."""
    with socket.socket() as down, socket.socket() as mute, HTTPServer(("127.0.0.1", 0), Garbage) as server:
        down.bind(("127.0.0.1", 0))
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        ports = {"down": down.getsockname()[1], "slow": mute.getsockname()[1], "garbage": server.server_address[1]}
        ports["wrong"] = f"{ports['garbage']}/wrong"
        lines = [
            f'[chains.{name}]\nurl = "http://127.0.0.1:{port}"\nchain_id = 5\ntimeout = 0.5\n'
            for name, port in ports.items()
        ]
        (state / FILE).write_text("".join(lines))
        yield {name: str(port) for name, port in ports.items()}
        server.shutdown()


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("down", "does not answer"),
        ("slow", "did not answer within"),
        ("garbage", "not that of an Ethereum node"),
        ("wrong", "serves chain 1"),
    ],
)
def test_a_chain_that_cannot_be_looked_at_is_a_sentence_and_another_is_chosen(
    nodes: dict[str, str], kind: str, says: str
) -> None:
    at = page(q="1")
    at.selectbox(key="chain.chosen").select(kind).run()
    wait_until(lambda: resources.watch(kind).look()[1] is not None)
    at.run()
    assert not at.exception
    assert says in sentences(at)
    assert chosen(resources.registry()) == kind
    at.selectbox(key="chain.chosen").select("embedded").run()
    assert not at.error
    assert "only its first block" in shown(at)


def test_settings_that_cannot_be_read_are_a_sentence(state: Path) -> None:
    (state / FILE).write_text("[chains\n")
    at = opened(CHAIN)
    assert not at.exception
    assert "settings cannot be read" in sentences(at)


def test_plugins_lists_adapters_and_the_chains_of_the_settings(nodes: dict[str, str]) -> None:
    found = html(opened(PLUGINS))
    adapters = found[found.index("aria-label='Chain adapters'") :]
    assert "<span class='vb-dim'>embedded</span>" in adapters
    assert "<span class='vb-dim'>rpc</span>" in adapters
    assert "<b>garbage</b>" in adapters
    assert "<b>embedded</b> <span class='vb-dim'>in use</span>" in adapters
