"""The chain of this device: what it keeps, who writes it, and what it refuses."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from backends.chains.embedded import owner
from backends.chains.embedded.chain import EmbeddedChain
from backends.chains.embedded.database import FILE
from backends.chains.embedded.keeping import EmbeddedKeeping
from backends.chains.embedded.plugin import CHAIN_ID, EmbeddedParams
from privacy.chains.errors import ChainBusy, ChainDamaged, ChainRefused, ChainUnwritable
from privacy.chains.sender import Intent, Sender
from privacy.testing.chains import check_chain
from tests.support import ROOT
from tests.support.soaking import sized


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    return tmp_path / "chain"


def opened(folder: Path) -> EmbeddedChain:
    return EmbeddedChain(EmbeddedParams(folder=str(folder)))


def keeping(folder: Path) -> EmbeddedKeeping:
    return EmbeddedKeeping(EmbeddedParams(folder=str(folder)))


def quiet(done: int, total: int) -> None:
    return None


def transfers(chain: EmbeddedChain, count: int) -> list[Any]:
    ada, ben = chain.signers()[:2]
    return Sender(chain, ada).send_all([Intent(ben.address, b"", value=1, gas=21_000) for _ in range(count)])


def test_the_kit_finds_nothing(folder: Path) -> None:
    found = check_chain(lambda: opened(folder))
    assert {one.id: one.detail for one in found if one.passed is not True} == {}


def test_what_was_mined_is_there_when_it_is_opened_again(folder: Path) -> None:
    with opened(folder) as chain:
        (receipt,) = transfers(chain, 1)
        head, accounts = chain.head(), [one.address for one in chain.signers()]
        assert chain.chain_id == CHAIN_ID
    with opened(folder) as chain:
        assert chain.head() == head
        assert chain.receipt(receipt.transaction) == receipt
        assert [one.address for one in chain.signers()] == accounts
        transfers(chain, 1)
        assert chain.head().parent == head.hash


def test_transactions_of_a_batch_share_a_block(folder: Path) -> None:
    with opened(folder) as chain:
        receipts = transfers(chain, 7)
        assert {one.block for one in receipts} == {1}
        assert [one.index for one in receipts] == list(range(7))
        assert sum(one.gas_used for one in receipts) == chain.head().gas_used == 7 * 21_000


OTHER = """
import sys
from backends.chains.embedded.chain import EmbeddedChain
from backends.chains.embedded.plugin import EmbeddedParams
from privacy.chains.sender import Intent, Sender
chain = EmbeddedChain(EmbeddedParams(folder=sys.argv[1]))
ada, ben = chain.signers()[:2]
print(Sender(chain, ben).send(Intent(ada.address, b"", value=7, gas=21_000)).block, flush=True)
sys.stdin.read()
"""


def another(folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", OTHER, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_a_second_process_writes_through_the_first_and_goes_on_after_it(folder: Path) -> None:
    with opened(folder) as chain:
        assert chain.head().number == 0
        with another(folder) as first:  # who made the chain and only looks at it leaves writing to others
            assert first.stdout is not None
            assert first.stdout.readline() == "1\n"
            assert chain.head().number == 1
            (receipt,) = transfers(chain, 1)
            assert receipt.block == 2
            assert chain._engine is None
            first.send_signal(signal.SIGKILL)
            first.wait()
            (receipt,) = transfers(chain, 1)
            assert receipt.block == 3
            assert chain._engine is not None


def test_an_owner_that_does_not_answer_is_said_in_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backends.chains.embedded.chain._TURNS", 2)
    monkeypatch.setattr(owner, "PATIENCE", 0.2)
    with another(folder) as first:
        assert first.stdout is not None
        first.stdout.readline()
        first.send_signal(signal.SIGSTOP)
        try:
            with opened(folder) as chain:
                assert chain.head().number == 1
                with pytest.raises(ChainBusy) as caught:
                    transfers(chain, 1)
                assert str(first.pid) in str(caught.value)
        finally:
            first.send_signal(signal.SIGCONT)
            first.kill()
    with opened(folder) as chain:  # what stood in the outbox comes first, once
        transfers(chain, 1)
        assert chain.nonce(chain.signers()[0].address) == 2


def test_strangers_do_not_come_in_by_the_owners_door(folder: Path) -> None:
    import http.client

    with opened(folder) as chain:
        transfers(chain, 1)
        card = json.loads((folder / owner.CARD).read_text())
        assert (folder / owner.CARD).stat().st_mode & 0o077 == 0
        for token in ("", "Bearer wrong"):
            connection = http.client.HTTPConnection("127.0.0.1", card["port"])
            connection.request("POST", "/", b"{}", {"authorization": token})
            assert connection.getresponse().status == 403
            connection.close()
    assert not (folder / owner.CARD).exists()


def test_an_export_comes_back_with_the_same_blocks(folder: Path, tmp_path: Path) -> None:
    with opened(folder) as chain:
        transfers(chain, 3)
        transfers(chain, 2)
        head, accounts = chain.head(), [chain.balance(one.address) for one in chain.signers()]
        assert keeping(folder).export(tmp_path / "out", quiet) == 3  # beside the writer
    aside = keeping(folder).reset()
    assert aside is not None
    assert (aside / FILE).exists()
    assert keeping(folder).bring(tmp_path / "out", quiet) == 3
    with opened(folder) as chain:
        assert chain.head() == head
        assert [chain.balance(one.address) for one in chain.signers()] == accounts
        transfers(chain, 1)
    assert list(keeping(folder).check(quiet)) == []


@pytest.mark.parametrize("how", ["cut", "flipped", "text", "longer"])
def test_an_export_that_is_not_whole_changes_nothing(folder: Path, tmp_path: Path, how: str) -> None:
    import gzip

    with opened(folder) as chain:
        transfers(chain, 3)
        head = chain.head()
    path = tmp_path / "out"
    keeping(folder).export(path, quiet)
    body = gzip.decompress(path.read_bytes())
    changed = {
        "cut": body[:-40], "flipped": body[:-20] + bytes([body[-20] ^ 1]) + body[-19:], "longer": body + b"more",
    }.get(how)  # fmt: skip
    path.write_bytes(b"no export" if changed is None else gzip.compress(changed))
    with pytest.raises(ChainDamaged):
        keeping(folder).bring(path, quiet)
    with opened(folder) as chain:
        assert chain.head() == head
    assert not folder.with_name("chain.part").exists()


def test_a_chain_that_is_open_elsewhere_is_not_taken_away(folder: Path) -> None:
    with opened(folder) as chain:
        transfers(chain, 1)
        with pytest.raises(ChainBusy):
            keeping(folder).reset()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ("update log set t1=zeroblob(32) where n=2", "block 2"),
        ("update tx set raw=(select raw from tx where n=1) where n=2 and i=0", "block 2"),
        ("update block set hash=zeroblob(32) where n=0", "block 0"),
        ("delete from block where n=0", "block 1"),
        ("update block set header=substr(header, 1, 100) where n=1", "block 1: its header"),
        ("update tx set raw=substr(raw, 1, 20) where n=2", "block 2: a transaction of it"),
        ("update tx set raw=x'7f00' where n=2", "block 2: a transaction of it"),
        ("update tx set raw=x'02c0' where n=2", "block 2: a transaction of it"),
    ],
)
def test_a_chain_that_was_changed_is_found_out(folder: Path, change: str, names: str) -> None:
    import sqlite3

    from privacy.chains.contracts import Artifact

    with opened(folder) as chain:
        sender, artifact = Sender(chain, chain.signers()[0]), Artifact.load("RecommendationLog")
        made = sender.send(Intent(None, artifact.creation()))
        assert made.contract is not None
        calls = [artifact.encode("log", bytes([at]) * 32, b"\1" * 32) for at in (1, 2)]
        sender.send_all([Intent(made.contract, call, gas=100_000) for call in calls])
    with sqlite3.connect(folder / FILE) as db:
        db.execute(change)
    db.close()
    found = list(keeping(folder).check(quiet))
    assert any(one.startswith(names) for one in found)


def test_a_file_that_is_no_chain_is_said_to_be_none(folder: Path) -> None:
    folder.mkdir()
    (folder / FILE).write_bytes(b"no chain at all, but long enough to be looked at" * 100)
    with pytest.raises(ChainDamaged):
        opened(folder)


def test_a_full_disk_loses_nothing(folder: Path) -> None:
    with opened(folder) as chain:
        transfers(chain, 1)
        head = chain.head()
        writer = chain._database._connected()
        (pages,) = writer.execute("pragma page_count").fetchone()
        writer.execute(f"pragma max_page_count={pages}")
        ada, ben = chain.signers()[:2]
        intent = Intent(ben.address, b"\1" * 60_000, value=1, gas=3_000_000, id="large")
        with pytest.raises(ChainUnwritable):
            Sender(chain, ada).send(intent)
        assert chain.head() == head
        writer.execute("pragma max_page_count=1073741823")
        assert Sender(chain, ada).send(intent).block == head.number + 1
        assert chain.nonce(ada.address) == 2


def signed(chain: EmbeddedChain, **fields: Any) -> bytes:
    account = chain.signers()[0]
    usual = {
        "to": account.address, "value": 0, "gas": 21_000, "data": b"", "nonce": 0, "chainId": CHAIN_ID,
        "maxFeePerGas": 3 * 10**9, "maxPriorityFeePerGas": 0,
    }  # fmt: skip
    return account.sign({**usual, **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"gas": 20_999},
        {"data": b"\1" * 100, "gas": 24_999},
        {"gas": (1 << 24) + 1},
        {"chainId": 1},
        {"maxFeePerGas": 1},
        {"value": 10**30},
        {"to": None, "data": b"\1" * 50_000, "gas": 16_000_000},
    ],
    ids=["intrinsic gas", "calldata floor", "gas cap", "chain", "fee", "balance", "initcode"],
)
def test_what_can_never_be_mined_is_refused_and_costs_nothing(folder: Path, fields: dict[str, Any]) -> None:
    with opened(folder) as chain:
        account = chain.signers()[0].address
        before = chain.balance(account)
        kept = {name: one for name, one in fields.items() if one is not None}
        raw = signed(chain, **kept) if fields.get("to", "") is not None else _creation(chain, fields)
        (answer,) = chain.broadcast([raw])
        assert isinstance(answer, ChainRefused)
        assert (chain.balance(account), chain.nonce(account), chain.head().number) == (before, 0, 0)


def _creation(chain: EmbeddedChain, fields: dict[str, Any]) -> bytes:
    usual = {"value": 0, "nonce": 0, "chainId": CHAIN_ID, "maxFeePerGas": 3 * 10**9, "maxPriorityFeePerGas": 0}
    return chain.signers()[0].sign({**usual, "data": fields["data"], "gas": fields["gas"]})


def test_nonces_that_come_out_of_order_are_mined_in_order(folder: Path) -> None:
    with opened(folder) as chain:
        raws, answers = [signed(chain, nonce=nonce) for nonce in range(6)], dict[int, Any]()

        def send(nonce: int) -> None:
            (answers[nonce],) = chain.broadcast([raws[nonce]])

        threads = [threading.Thread(target=send, args=(nonce,)) for nonce in reversed(range(6))]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert all(isinstance(one, bytes) for one in answers.values())
        assert chain.nonce(chain.signers()[0].address) == 6


def test_the_same_bytes_from_many_threads_are_one_transaction(folder: Path) -> None:
    with opened(folder) as chain:
        raw, answers = signed(chain), list[Any]()
        threads = [threading.Thread(target=lambda: answers.append(chain.broadcast([raw])[0])) for _ in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert len(set(answers)) == 1
        assert chain.head().number == 1


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_getBlockByNumber", ["latest"]), ("eth_getBalance", ["0x12"]), ("eth_getBalance", []),
        ("eth_call", ["no"]), ("eth_sendRawTransaction", ["0xzz"]), ("eth_getLogs", [{"topics": 7}]),
        ("debug_traceTransaction", []), ("eth_accounts", [1, 2]), ("__init__", []), ("eth_feeHistory", ["0x0"]),
        ("eth_getLogs", [{"fromBlock": "0x" + "f" * 40}]),
    ],
)  # fmt: skip
def test_any_call_is_answered_or_refused(folder: Path, method: str, params: list[Any]) -> None:
    with opened(folder) as chain, contextlib.suppress(ChainRefused):
        chain.request(method, params)


DEEP = """
import json, sys
from backends.chains.embedded.chain import EmbeddedChain
from backends.chains.embedded.plugin import EmbeddedParams
from privacy.chains.sender import Intent, Sender
chain = EmbeddedChain(EmbeddedParams(folder=sys.argv[1]))
# Calls itself with all gas that is left, and returns how deep that went.
code = bytes.fromhex("6000356001016000526020600060206000600030" + "5af115601f5760206000f35b60206000f3")
made = bytes.fromhex("60%02x600c60003960%02x6000f3" % (len(code), len(code))) + code
sender = Sender(chain, chain.signers()[0])
deep = sender.send(Intent(None, made, gas=500_000)).contract
call = {"to": deep, "data": "0x" + "00" * 32, "gas": hex(10_000_000)}
print(int(chain.request("eth_call", [call, "latest"]), 16))
print(sender.send(Intent(deep, bytes(32), gas=1 << 24)).ok)
try:
    json.loads("[" * 200_000)
except RecursionError:
    print("refused")
"""


def test_deep_calls_are_executed_and_deep_texts_do_not_end_the_process(folder: Path) -> None:
    command = [sys.executable, "-c", DEEP, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == ["437", "True", "refused"], done.stderr


@pytest.mark.sized("chains")
def test_a_kill_at_any_moment_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.soak.torture", "--kills", str(sized(3, 30)), "--seed", str(os.getpid())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["transactions"] > 0
