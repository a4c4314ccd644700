"""One intent is mined once: whatever is lost, hidden, sent twice, or sent by somebody else with the same key."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from backends.chains.rpc.chain import RpcChain
from backends.chains.rpc.plugin import RpcParams
from privacy.boundary.channel import Channel
from privacy.chains.accounts import KeySigner, from_keystore
from privacy.chains.contracts import Artifact
from privacy.chains.deploying import deploy
from privacy.chains.doctor import examine
from privacy.chains.errors import (
    BadAnswer,
    ChainError,
    ChainRefused,
    ChainSlow,
    ChainUnreachable,
    Reverted,
    WrongChain,
)
from privacy.chains.outbox import MINED
from privacy.chains.profiles import profile, profiles
from privacy.chains.recorded import CHAIN, Recorded
from privacy.chains.sender import Intent, Sender
from privacy.errors import DataError, ParamError, UnknownNameError
from privacy.registry import discover
from privacy.services.shown_log import ShownLog
from privacy.testing.chains import check_chain
from tests.support import ROOT, nodes
from tests.support.chains import embedded
from tests.support.faulty import RAW, RECEIPT, Faulty
from tests.support.soaking import in_soak, sized

KEY = KeySigner(b"\7" * 32, label="seven")


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with embedded(tmp_path / "chain") as chain:
        yield Faulty(chain)


def sender(chain: Faulty, number: int = 0, **more: Any) -> Sender:
    return Sender(chain, chain.signers()[number], pause=lambda seconds: None, **more)


def one(chain: Faulty, **more: Any) -> Intent:
    return Intent(chain.signers()[1].address, b"", value=1, gas=21_000, **more)


def test_a_transaction_that_the_node_forgot_is_sent_again_as_it_was(faulty: Faulty) -> None:
    faulty.loses_one()
    receipt = sender(faulty).send(one(faulty))
    assert receipt.ok
    assert len(faulty.sent) == 2
    assert len(set(faulty.sent)) == 1
    assert faulty.nonce(faulty.signers()[0].address) == 1


def test_an_answer_that_did_not_come_is_no_second_transaction(faulty: Faulty) -> None:
    faulty.breaks_after(RAW)
    intent = one(faulty)
    with pytest.raises(ChainUnreachable):
        sender(faulty).send(intent)
    receipt = sender(faulty).send(intent)
    assert receipt.block == 1
    assert faulty.nonce(faulty.signers()[0].address) == 1


def test_a_receipt_that_did_not_come_is_asked_for_again(faulty: Faulty) -> None:
    faulty.breaks_after(RECEIPT)
    intent = one(faulty)
    with pytest.raises(ChainUnreachable):
        sender(faulty).send(intent)
    assert sender(faulty).send(intent).block == 1
    assert faulty.head().number == 1


def test_what_a_crash_left_in_the_outbox_goes_first(faulty: Faulty) -> None:
    faulty.faults.append(lambda method, params: ChainUnreachable("down") if method == RAW else Faulty.PASS)
    left, after = one(faulty), one(faulty)
    with pytest.raises(ChainUnreachable):
        sender(faulty).send(left)
    assert sender(faulty).send(after).ok
    assert sender(faulty).send(left).ok
    assert faulty.nonce(faulty.signers()[0].address) == 2
    assert sender(faulty).resume() == []


def test_resuming_mines_what_waits(faulty: Faulty) -> None:
    faulty.faults.append(lambda method, params: ChainUnreachable("down") if method == RAW else Faulty.PASS)
    intent = one(faulty)
    with pytest.raises(ChainUnreachable):
        sender(faulty).send(intent)
    assert sender(faulty).resume() == [intent.id]
    assert sender(faulty).resume() == []
    kept = sender(faulty).outbox.find(intent.id)
    assert kept is not None
    assert kept.state == MINED


def test_a_nonce_that_somebody_else_took_is_replaced(faulty: Faulty) -> None:
    """The same key in another home: its transaction takes the nonce between our look and our sending."""
    account = faulty.signers()[0]
    fields = {"chainId": faulty.chain_id, "gas": 21_000, "maxFeePerGas": 3 * 10**9, "maxPriorityFeePerGas": 0}
    foreign = account.sign({**fields, "nonce": 0, "value": 5, "to": faulty.signers()[2].address, "data": b""})

    def fault(method: str, params: Any) -> Any:
        if method == RAW:
            faulty.inner.broadcast([foreign])
            return faulty.inner.request(method, params)
        return Faulty.PASS

    faulty.faults.append(fault)
    receipt = sender(faulty).send(one(faulty))
    assert receipt.ok
    assert faulty.nonce(account.address) == 2


def test_what_no_node_would_take_leaves_no_gap(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backends.chains.embedded.engine.GAP", 0.05)
    poor = Intent(faulty.signers()[1].address, b"", value=10**30, gas=21_000)
    with pytest.raises(ChainRefused):
        sender(faulty).send_all([one(faulty), poor, one(faulty)])
    assert sender(faulty).send(one(faulty)).ok
    assert sender(faulty).resume() == []
    assert faulty.nonce(faulty.signers()[0].address) == 2


def test_a_transaction_that_is_never_mined_is_waited_for_no_longer_than_is_set(faulty: Faulty) -> None:
    def forget(method: str, params: Any) -> Any:
        return ("0x" + "11" * 32) if method == RAW else Faulty.PASS

    faulty.faults += [forget] * 1000
    intent = one(faulty)
    with pytest.raises(ChainSlow):
        sender(faulty, patience=0.05).send(intent)
    faulty.faults.clear()
    assert sender(faulty).send(intent).ok


def test_every_call_is_recorded_with_its_gas(faulty: Faulty) -> None:
    channel = Channel()
    chain = Recorded(faulty.inner, channel)
    receipt = Sender(chain, chain.signers()[0]).send(one(faulty))
    transcript = channel.seal()
    (raw,) = [m for m in transcript.messages if m.kind == "transaction"]
    assert raw.receiver == CHAIN
    assert transcript.view({CHAIN}).messages[0].receiver == CHAIN
    assert transcript.gas() == receipt.gas_used == 21_000
    assert [m.public()["gas"] for m in transcript.messages if m.kind == "receipt"] == [21_000]


def test_a_keystore_opens_with_its_passphrase_alone(tmp_path: Path) -> None:
    from eth_account import Account

    path = tmp_path / "key.json"
    path.write_text(json.dumps(Account.encrypt(b"\7" * 32, "right", iterations=1, kdf="pbkdf2")))
    assert from_keystore(path, "right").address == KEY.address
    with pytest.raises(DataError) as caught:
        from_keystore(path, "wrong")
    assert "wrong'" not in str(caught.value)
    (tmp_path / "no.json").write_text("[]")
    with pytest.raises(DataError):
        from_keystore(tmp_path / "no.json", "right")
    assert "07070707" not in repr(KEY)


SETTINGS = {
    "unknown name": ('[chains.mine]\nurl = "http://x"\nurls = 1\n', UnknownNameError),
    "a key": ('[chains.mine]\nurl = "http://x"\nprivate_key = "0x12"\n', DataError),
    "no table": ("chains = 3\n", DataError),
    "no TOML": ("[chains", DataError),
    "taken": ('[chains.embedded]\nurl = "http://x"\n', DataError),
    "bad bound": ('[chains.mine]\nurl = "http://x"\nconfirmations = 0\n', ParamError),
    "no adapter": ('[chains.mine]\nadapter = "none"\n', UnknownNameError),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_settings_that_cannot_be_used_are_said(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    text, error = SETTINGS[case]
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(error):
        profiles(discover())


def test_a_chain_of_the_settings_is_chosen_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    registry = discover()
    (tmp_path / "config.toml").write_text('[chains.mine]\nurl = "http://a"\nchain_id = 5\nconfirmations = 3\n')
    found = profile(registry, "mine")
    assert (found.spec.id, found.params.chain_id, found.params.confirmations) == ("rpc", 5, 3)
    assert profile(registry).name == "embedded"
    with pytest.raises(UnknownNameError):
        profile(registry, "sepolia")


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
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        released.set()
        server.shutdown()
        server.server_close()


def rpc(url: str, **more: Any) -> RpcChain:
    return RpcChain(RpcParams(url=url, **more))


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


@pytest.fixture(params=["anvil", in_soak("chains", "hardhat")])
def node(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[nodes.Node]:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with getattr(nodes, request.param)(tmp_path) as found:
        found.fund(KEY.address)
        yield found


def test_the_kit_finds_nothing_on_a_node(node: nodes.Node) -> None:
    found = check_chain(lambda: rpc(node.url, chain_id=node.chain_id), signer=KEY)
    assert {one.id: one.detail for one in found if one.passed is not True} == {}


def test_the_doctor_finds_a_node_well_and_nothing_is_sent_to_another_chain(node: nodes.Node) -> None:
    assert [one for one in examine(rpc(node.url, chain_id=node.chain_id)) if one.passed is not True] == []
    with pytest.raises(WrongChain), rpc(node.url, chain_id=1) as chain:
        Sender(chain, KEY)
    assert [one.id for one in examine(rpc(node.url, chain_id=1))] == ["chain_id"]


def test_the_doctor_finds_what_a_chain_lacks(tmp_path: Path) -> None:
    """A chain before Cancun, and one whose precompile is covered by other code."""
    with nodes.anvil(tmp_path, hardfork="berlin") as old:
        found = {one.id: one.passed for one in examine(rpc(old.url))}
        assert (found["fees"], found["bytecode"], found["precompile_8"]) == (False, False, True)
    with nodes.anvil(tmp_path, hardfork="frontier", more=("--gas-limit", "5000000")) as older:
        found = {one.id: one.passed for one in examine(rpc(older.url))}
        assert (found["gas_limit"], found["precompile_6"], found["precompile_8"]) == (False, False, False)
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


MANY = """
import os, sys
from backends.chains.rpc.chain import RpcChain
from backends.chains.rpc.plugin import RpcParams
from privacy.chains.accounts import KeySigner
from privacy.chains.sender import Intent, Sender
chain = RpcChain(RpcParams(url=sys.argv[1]))
sender = Sender(chain, KeySigner(b"\\7" * 32, label="seven"))
for _ in range(int(sys.argv[2])):
    assert sender.send(Intent(sender.signer.address, b"", value=1, gas=21_000)).ok
"""


@pytest.mark.sized("chains")
def test_processes_with_one_key_leave_no_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    processes, each = sized((2, 10), (8, 50))
    with nodes.anvil(tmp_path) as node:
        node.fund(KEY.address)
        command = [sys.executable, "-c", MANY, node.url, str(each)]
        running = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(processes)]
        errors = [one.communicate()[1] for one in running]
        assert [one.returncode for one in running] == [0] * processes, errors
        chain = rpc(node.url)
        assert chain.nonce(KEY.address) == processes * each
        sent = [t for n in range(chain.head().number + 1) if (b := chain.block(n)) is not None for t in b.transactions]
        assert len(sent) == processes * each


def test_a_block_that_is_taken_back_is_no_confirmation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """anvil takes back the blocks with the transaction: it is sent again as it was, and mined once."""
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with nodes.anvil(tmp_path) as node:
        node.fund(KEY.address)
        node.ask("anvil_mine", "0x5")
        turns = iter(range(1000))

        def pause(seconds: float) -> None:
            turn = next(turns)
            if turn == 1:
                node.ask("anvil_rollback", 2)
                assert chain.nonce(KEY.address) == 0
            node.ask("anvil_mine", "0x1")

        chain = rpc(node.url, confirmations=4)
        receipt = Sender(chain, KEY, pause=pause).send(Intent(KEY.address, b"", value=1, gas=21_000))
        assert receipt.ok
        assert chain.nonce(KEY.address) == 1
        assert chain.head().number - receipt.block + 1 >= 4
        held = chain.block(receipt.block)
        assert held is not None
        assert held.hash == receipt.block_hash


def test_too_low_a_price_is_raised_under_the_same_nonce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with nodes.anvil(tmp_path, more=("--no-mining",)) as node:
        node.fund(KEY.address)
        chain, turns = rpc(node.url), iter(range(1000))

        def pause(seconds: float) -> None:
            if next(turns) < 4:  # the base fee jumps above what was offered, and stays there for a while
                node.ask("anvil_setNextBlockBaseFeePerGas", hex(50 * 10**9))
            node.ask("anvil_mine", "0x1")

        intent = Intent(KEY.address, b"", value=1, gas=21_000)
        sending = Sender(chain, KEY, pause=pause)
        receipt = sending.send(intent)
        assert receipt.price >= 10**9
        kept = sending.outbox.find(intent.id)
        assert kept is not None
        assert len(kept.attempts) > 1
        assert chain.nonce(KEY.address) == 1


def test_a_feed_is_logged_on_a_node_as_here(node: nodes.Node) -> None:
    with rpc(node.url, chain_id=node.chain_id) as chain:
        sending = Sender(chain, KEY)
        log = ShownLog(chain, deploy(sending, "RecommendationLog").address)
        found = log.log(sending, b"\5" * 32, b"\6" * 32)
        assert log.entry(KEY.address, b"\5" * 32) == found
        with pytest.raises(ChainError) as caught:
            log.log(sending, b"\5" * 32, b"\7" * 32)
        assert getattr(caught.value, "name", "") == "AlreadyLogged"
