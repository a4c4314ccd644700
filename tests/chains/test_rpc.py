"""Any node by its address: what it answers is read or refused, and what our contracts do there is the same as here."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from privacy.chains.contracts import Artifact
from privacy.chains.deploying import deploy
from privacy.chains.doctor import examine
from privacy.chains.errors import BadAnswer, ChainError, ChainSlow, ChainUnreachable, Reverted, WrongChain
from privacy.chains.sender import Intent, Sender
from privacy.errors import ParamError
from privacy.services.shown_log import ShownLog
from privacy.testing.chains import check_chain
from tests.support import nodes
from tests.support.chains import SEVEN, embedded, rpc


@contextlib.contextmanager
def answering(body: bytes, status: int = 200, *, hold: float = 0) -> Iterator[str]:
    """A server that gives one answer to everything, or none for so many seconds."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", "0")))
            if released.wait(hold):
                return
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    released, server = threading.Event(), HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        released.set()
        server.shutdown()
        server.server_close()


GARBAGE = [
    b"", b"<html>", b"[]", b"{}", b"null", b"7", b'{"jsonrpc":"2.0","id":0,"result":"0x"}', b"\xff\xfe",
    b'{"jsonrpc":"2.0","id":0,"result":{"a":1}}', b'{"error":7}', b"[" * 5000, b'{"result":"0x1","error":[]}',
]  # fmt: skip


@pytest.mark.parametrize("body", GARBAGE)
def test_what_is_no_node_is_said_to_be_none(body: bytes) -> None:
    with answering(body) as url, pytest.raises(BadAnswer), rpc(url) as chain:
        chain.head()


def test_a_node_that_is_down_slow_or_broken_is_said_to_be() -> None:
    with pytest.raises(ChainUnreachable), rpc("http://127.0.0.1:1") as chain:
        chain.head()
    with answering(b"", hold=30) as url, pytest.raises(ChainSlow), rpc(url, timeout=0.1) as chain:
        chain.head()
    with answering(b"secret", 500) as url, pytest.raises(ChainUnreachable) as caught, rpc(f"{url}/key") as chain:
        chain.head()
    assert "key" not in str(caught.value)
    for url in ("", "ftp://x", "127.0.0.1:8545", "http://"):
        with pytest.raises(ParamError):
            rpc(url)


def test_the_kit_finds_nothing_on_a_node(node: nodes.Node) -> None:
    found = check_chain(lambda: rpc(node.url, chain_id=node.chain_id), signer=SEVEN)
    assert {one.id: one.detail for one in found if one.passed is not True} == {}


def test_the_doctor_finds_a_node_well_and_nothing_is_sent_to_another_chain(node: nodes.Node) -> None:
    assert [one for one in examine(rpc(node.url, chain_id=node.chain_id)) if one.passed is not True] == []
    with pytest.raises(WrongChain), rpc(node.url, chain_id=1) as chain:
        Sender(chain, SEVEN)
    assert [one.id for one in examine(rpc(node.url, chain_id=1))] == ["chain_id"]


def test_the_doctor_finds_what_a_chain_lacks(tmp_path: Path) -> None:
    """A chain before Cancun, and one whose precompile is covered by other code."""
    with nodes.anvil(tmp_path, hardfork="berlin") as old:
        found = {one.id: one.passed for one in examine(rpc(old.url))}
        assert (found["fees"], found["bytecode"], found["precompile_8"]) == (False, False, True)
    with nodes.anvil(tmp_path, hardfork="frontier", more=("--gas-limit", "5000000")) as older:
        found = {one.id: one.passed for one in examine(rpc(older.url))}
        assert (found["gas_limit"], found["precompile_6"], found["precompile_8"]) == (False, False, False)
        assert found["proofs"] is False
        assert found["precompile_2"] is True


def test_every_step_costs_on_a_node_what_it_costs_here(node: nodes.Node, tmp_path: Path) -> None:
    with embedded(tmp_path / "chain") as here, rpc(node.url) as there:
        for account in here.signers()[:2]:
            node.fund(account.address)
        own, other = (list(_steps(chain, *here.signers()[:2])) for chain in (here, there))
    assert own == other
    assert len({name for name, _, _ in own}) == len(own) == 8


def _steps(chain: Any, ada: Any, ben: Any) -> Iterator[tuple[str, int, Any]]:
    artifact = Artifact.load("RecommendationLog")
    mine, theirs = Sender(chain, ada), Sender(chain, ben)
    made = mine.send(Intent(None, artifact.creation(), gas=3_000_000))
    yield "deploy", made.gas_used, made.contract
    body = artifact.encode("log", b"\2" * 32, b"\1" * 32)
    for name, by in (("log", mine), ("log by another", theirs)):
        found = by.send(Intent(made.contract, body, gas=100_000))
        yield name, found.gas_used, [(log.topics, log.index) for log in found.logs]
    for name, body_, gas in (
        ("again", body, 100_000),
        ("out of gas", artifact.encode("log", b"\3" * 32, b"\1" * 32), 40_000),
    ):
        intent = Intent(made.contract, body_, gas=gas)
        with pytest.raises(Reverted) as caught:
            mine.send(intent)
        kept = mine.outbox.find(intent.id)
        assert kept is not None
        receipt = chain.receipt(kept.hashes[-1])
        yield name, receipt.gas_used, caught.value.name if name == "again" else receipt.ok
    fresh = "0x" + "aB" * 20
    yield "transfer", mine.send(Intent(ben.address, b"", value=5, gas=21_000)).gas_used, None
    yield "to a fresh account", mine.send(Intent(_checked(fresh), b"", value=5, gas=21_000)).gas_used, None
    yield "calldata floor", mine.send(Intent(ben.address, b"\1" * 4096, gas=300_000)).gas_used, None


def _checked(address: str) -> str:
    from privacy.chains.types import address as checked

    return checked(address.lower())


def test_a_feed_is_logged_on_a_node_as_here(node: nodes.Node) -> None:
    with rpc(node.url, chain_id=node.chain_id) as chain:
        sending = Sender(chain, SEVEN)
        log = ShownLog(chain, deploy(sending, "RecommendationLog").address)
        found = log.log(sending, b"\5" * 32, b"\6" * 32)
        assert log.entry(SEVEN.address, b"\5" * 32) == found
        with pytest.raises(ChainError) as caught:
            log.log(sending, b"\5" * 32, b"\7" * 32)
        assert getattr(caught.value, "name", "") == "AlreadyLogged"
