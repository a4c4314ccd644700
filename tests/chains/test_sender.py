"""One intent is mined once: whatever is lost, hidden, sent twice, or sent by somebody else with the same key."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from privacy.boundary.channel import Channel
from privacy.chains.errors import ChainRefused, ChainSlow, ChainUnreachable
from privacy.chains.outbox import MINED, WAITING, Attempt, Outbox
from privacy.chains.recorded import CHAIN, Recorded
from privacy.chains.sender import Intent, Sender
from privacy.chains.types import address
from tests.support import ROOT, nodes
from tests.support.chains import SEVEN, embedded, rpc
from tests.support.faulty import RAW, RECEIPT, TRANSACTION, Faulty
from tests.support.soaking import sized

PASS = Faulty.PASS


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
    faulty.faults.append(lambda method, params: ChainUnreachable("down") if method == RAW else PASS)
    left, after = one(faulty), one(faulty)
    with pytest.raises(ChainUnreachable):
        sender(faulty).send(left)
    assert sender(faulty).send(after).ok
    assert sender(faulty).send(left).ok
    assert faulty.nonce(faulty.signers()[0].address) == 2
    assert sender(faulty).resume() == []


def test_resuming_mines_what_waits(faulty: Faulty) -> None:
    faulty.faults.append(lambda method, params: ChainUnreachable("down") if method == RAW else PASS)
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
        return PASS

    faulty.faults.append(fault)
    receipt = sender(faulty).send(one(faulty))
    assert receipt.ok
    assert faulty.nonce(account.address) == 2


def test_what_no_node_would_take_leaves_no_gap(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backends.chains.embedded.engine.GAP", 0.05)
    with pytest.raises(ChainRefused):
        sender(faulty).send_all([one(faulty), poor(faulty), one(faulty)])
    assert sender(faulty).send(one(faulty)).ok
    assert sender(faulty).resume() == []
    assert faulty.nonce(faulty.signers()[0].address) == 2


@pytest.mark.parametrize("code", [-32002, -32005, -32603])
def test_a_node_that_breaks_within_may_have_it(faulty: Faulty, code: int) -> None:
    faulty.local = False
    faulty.breaks_after(RAW, error=ChainRefused("request timed out", code=code))
    faulty.faults.append(lambda method, params: None if method == TRANSACTION else PASS)
    intent = one(faulty)
    with pytest.raises(ChainSlow):
        sender(faulty).send(intent)
    assert sender(faulty).send(intent).block == 1
    assert faulty.nonce(faulty.signers()[0].address) == 1


def poor(chain: Faulty) -> Intent:
    return Intent(chain.signers()[1].address, b"", value=10**30, gas=21_000)


def test_a_node_of_others_sees_nothing_after_what_it_refused(faulty: Faulty) -> None:
    faulty.local = False
    after = one(faulty)
    with pytest.raises(ChainRefused):
        sender(faulty).send_all([one(faulty), poor(faulty), after])
    assert len(faulty.sent) == 2
    assert sender(faulty).outbox.find(after.id) is None
    assert sender(faulty).send(after).ok
    assert faulty.nonce(faulty.signers()[0].address) == 2


def test_what_comes_after_a_refused_one_is_never_mined_by_itself(node: nodes.Node) -> None:
    """A node keeps transactions of later nonces, and mines them whenever the nonce between is used."""
    chain, to = rpc(node.url), address("0x" + "ab" * 20)
    first, after = (Intent(to, b"", value=1, gas=21_000) for _ in range(2))
    dear = Intent(to, b"", value=10**30, gas=21_000)
    with pytest.raises(ChainRefused):
        Sender(chain, SEVEN).send_all([first, dear, after])
    assert Sender(chain, SEVEN).send_all([first, after])[1].ok
    assert chain.balance(to) == chain.nonce(SEVEN.address) == 2


def test_a_connection_that_breaks_in_a_batch_loses_and_doubles_nothing(faulty: Faulty) -> None:
    faulty.local = False
    faulty.breaks_after(RAW)
    faulty.faults.insert(0, lambda method, params: faulty.inner.request(method, params) if method == RAW else PASS)
    intents = [one(faulty) for _ in range(3)]
    with pytest.raises(ChainUnreachable):
        sender(faulty).send_all(intents)
    assert len(faulty.sent) == 2
    found = sender(faulty).send_all(intents)
    assert [one.block for one in found] == [1, 2, 3]
    assert faulty.nonce(faulty.signers()[0].address) == 3


@pytest.mark.parametrize("local", [True, False])
def test_nothing_new_is_kept_while_an_earlier_one_is_refused(faulty: Faulty, local: bool) -> None:
    faulty.local = local
    faulty.faults.append(lambda method, params: ChainUnreachable("down") if method == RAW else PASS)
    left, after = one(faulty), one(faulty)
    with pytest.raises(ChainUnreachable):
        sender(faulty).send(left)
    faulty.faults.append(lambda method, params: ChainRefused("insufficient funds") if method == RAW else PASS)
    with pytest.raises(ChainRefused, match="nonce 0"):
        sender(faulty).send(after)
    assert len(faulty.sent) == 2
    assert [one.id for one in sender(faulty).outbox.waiting()] == [left.id]
    assert sender(faulty).send(after).block == 2
    assert sender(faulty).send(left).block == 1


def test_an_intent_that_is_named_twice_is_mined_once(faulty: Faulty) -> None:
    intent = one(faulty)
    first, again = sender(faulty).send_all([intent, intent])
    assert first == again
    assert faulty.nonce(faulty.signers()[0].address) == 1


def test_whoever_sends_the_same_waits_until_it_is_known_whether_it_is_taken(faulty: Faulty) -> None:
    """Else one process drops what the node refused, while the other has it taken."""
    intent, found = one(faulty), list[Any]()
    other = threading.Thread(target=lambda: found.append(sender(faulty).send(intent)))

    def refuse(method: str, params: Any) -> Any:
        if method != RAW:
            return PASS
        faulty.faults.remove(refuse)
        other.start()
        other.join(0.2)
        faulty.faults.append(refuse)  # it is taken away once it has given its answer
        return ChainRefused("the pool is full")

    faulty.faults.append(refuse)
    with pytest.raises(ChainRefused):
        sender(faulty).send(intent)
    other.join()
    assert sender(faulty).send(intent) == found[0]
    assert faulty.nonce(faulty.signers()[0].address) == 1


def test_a_nonce_is_lost_only_where_no_fork_brings_it_back(faulty: Faulty) -> None:
    """A foreign transaction has our nonce: as long as it is not deep, ours may still be mined in its place."""
    faulty.confirmations = 4
    account, other = faulty.signers()[:2]
    fees = {"chainId": faulty.chain_id, "gas": 21_000, "maxFeePerGas": 3 * 10**9, "maxPriorityFeePerGas": 0}
    foreign = account.sign({**fees, "nonce": 0, "value": 5, "to": other.address, "data": b""})

    def fault(method: str, params: Any) -> Any:
        """The node takes ours and forgets it, and mines the other."""
        if method != RAW:
            return PASS
        faulty.inner.broadcast([foreign])
        return "0x" + "11" * 32

    faulty.faults.append(fault)
    turns = iter(range(1000))

    def pause(seconds: float) -> None:
        turn = next(turns)
        assert turn < 200
        if turn >= 30 and turn % 10 == 0:  # for a long time there is no block, and then one after the other
            assert len(faulty.sent) == 1 or faulty.inner.head().number >= 4
            Sender(faulty.inner, other, pause=lambda seconds: None).send(one(faulty))

    receipt = Sender(faulty, account, pause=pause).send(one(faulty))
    assert receipt.ok
    assert faulty.nonce(account.address) == 2
    assert len(faulty.sent) == 2


def test_an_outbox_forgets_nothing_of_a_new_nonce_for_an_old_one(tmp_path: Path) -> None:
    """Two processes see that a nonce is lost: the slower one says so when the intent has a new one already."""
    outbox, old, new = Outbox("a chain", path=tmp_path / "out"), *(Attempt(bytes([n]), b"", 1, 1) for n in (1, 2))
    outbox.add("me", [("id", 0, old)])
    outbox.lose("id", 0)
    outbox.add("me", [("id", 1, new)])
    outbox.lose("id", 0)
    outbox.settle({"id": old.hash})
    kept = outbox.find("id")
    assert kept is not None
    assert (kept.state, kept.nonce, kept.hashes) == (WAITING, 1, (new.hash,))
    outbox.settle({"id": new.hash})
    assert outbox.waiting() == []


def test_waiting_ends_where_blocks_come_without_end(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("privacy.chains.waiting.LONGEST", 5)
    faulty.faults += [lambda method, params: "0x" + "11" * 32 if method == RAW else PASS] * 1000
    intent, other = one(faulty), faulty.signers()[1]

    def pause(seconds: float) -> None:
        assert faulty.inner.head().number < 20
        Sender(faulty.inner, other, pause=lambda seconds: None).send(one(faulty))

    with pytest.raises(ChainSlow):
        Sender(faulty, faulty.signers()[0], pause=pause).send(intent)
    faulty.faults.clear()
    assert sender(faulty).send(intent).ok
    assert faulty.nonce(faulty.signers()[0].address) == 1


def test_a_transaction_that_is_never_mined_is_waited_for_no_longer_than_is_set(faulty: Faulty) -> None:
    def forget(method: str, params: Any) -> Any:
        return ("0x" + "11" * 32) if method == RAW else PASS

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
        node.fund(SEVEN.address)
        command = [sys.executable, "-c", MANY, node.url, str(each)]
        running = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(processes)]
        errors = [one.communicate()[1] for one in running]
        assert [one.returncode for one in running] == [0] * processes, errors
        chain = rpc(node.url)
        assert chain.nonce(SEVEN.address) == processes * each
        sent = [t for n in range(chain.head().number + 1) if (b := chain.block(n)) is not None for t in b.transactions]
        assert len(sent) == processes * each


def test_a_block_that_is_taken_back_is_no_confirmation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """anvil takes back the blocks with the transaction: it is sent again as it was, and mined once."""
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with nodes.anvil(tmp_path) as node:
        node.fund(SEVEN.address)
        node.ask("anvil_mine", "0x5")
        turns = iter(range(1000))

        def pause(seconds: float) -> None:
            turn = next(turns)
            if turn == 1:
                node.ask("anvil_rollback", 2)
                assert chain.nonce(SEVEN.address) == 0
            node.ask("anvil_mine", "0x1")

        chain = rpc(node.url, confirmations=4)
        receipt = Sender(chain, SEVEN, pause=pause).send(Intent(SEVEN.address, b"", value=1, gas=21_000))
        assert receipt.ok
        assert chain.nonce(SEVEN.address) == 1
        assert chain.head().number - receipt.block + 1 >= 4
        held = chain.block(receipt.block)
        assert held is not None
        assert held.hash == receipt.block_hash


def test_too_low_a_price_is_raised_under_the_same_nonce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with nodes.anvil(tmp_path, more=("--no-mining",)) as node:
        node.fund(SEVEN.address)
        chain, turns = rpc(node.url), iter(range(1000))

        def pause(seconds: float) -> None:
            if next(turns) < 4:  # the base fee jumps above what was offered, and stays there for a while
                node.ask("anvil_setNextBlockBaseFeePerGas", hex(50 * 10**9))
            node.ask("anvil_mine", "0x1")

        intent = Intent(SEVEN.address, b"", value=1, gas=21_000)
        sending = Sender(chain, SEVEN, pause=pause)
        receipt = sending.send(intent)
        assert receipt.price >= 10**9
        kept = sending.outbox.find(intent.id)
        assert kept is not None
        assert len(kept.attempts) > 1
        assert chain.nonce(SEVEN.address) == 1
