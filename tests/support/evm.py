"""An EVM in memory for tests that do much on it: no signatures, no disk, a block for each transaction.

It stands where a chain does, and its accounts where a sender does, so that clients run on it as they are. Its time and
its blocks can be moved forward, and all of it back to a mark.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from eth.chains.base import Chain as _  # noqa: F401  # py-evm's parts import each other only from here
from eth.db.atomic import AtomicDB
from eth.vm.chain_context import ChainContext
from eth.vm.forks import PragueVM
from eth.vm.forks.prague.blocks import PragueBlockHeader
from eth.vm.spoof import SpoofTransaction
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

from privacy.chains.chain import Chain
from privacy.chains.contracts import FOLDER, Artifact, Contract
from privacy.chains.errors import Reverted
from privacy.chains.sender import Intent
from privacy.chains.types import Receipt, address, hexed, receipt

GAS = 10_000_000
_START = 1_800_000_000
"""The time of the first block, in seconds since 1970; each block is a second later."""


class Evm(Chain):
    """A chain of one process, forgotten with it."""

    name, local = "evm", True

    def __init__(self, *, chain_id: int = 7331) -> None:
        self._id, self._number = chain_id, 0
        self._logs: list[dict[str, Any]] = []
        self._receipts: dict[str, dict[str, Any]] = {}
        self._blocks: list[tuple[bytes, ...]] = [()]
        self._later = 0
        self._db = AtomicDB()
        self._state = PragueVM.get_state_class()(self._db, self._context(), self._header().state_root)

    def account(self, number: int) -> "Account":
        return Account(self, address(hexed(keccak(b"account %d" % number)[:20])))

    def person(self, number: int) -> "Account":
        """An account that can sign: the same number is the same account."""
        key = bytes(keccak(b"person %d" % number))
        return Account(self, address(PrivateKey(key).public_key.to_checksum_address()), key)

    def deploy(self, name: str, *args: Any) -> str:
        """The address of a new contract."""
        return self.create(artifact(name), *args)

    def create(self, found: Artifact, *args: Any) -> str:
        """The address of a new contract of this artifact."""
        made = self.account(0).send(Intent(None, found.creation(*args))).contract
        assert made is not None
        return made

    @property
    def now(self) -> int:
        """The time of the newest block, in seconds since 1970."""
        return _START + self._number + self._later

    def wait(self, seconds: int) -> None:
        """The next block is so much later."""
        self._later += seconds

    def mine(self, blocks: int = 1) -> None:
        """Mine blocks without a transaction, within the same second."""
        self._number += blocks
        self._later -= blocks
        self._blocks += [()] * blocks

    def mark(self) -> Any:
        """All that is, to come back to."""
        self._state.persist()
        kept = (self._state.state_root, self._number, self._later, list(self._logs), dict(self._receipts))
        return (*kept, list(self._blocks))

    def back(self, mark: Any) -> None:
        """Be as it was at a mark."""
        root, self._number, self._later, logs, receipts, blocks = mark
        self._logs, self._receipts, self._blocks = list(logs), dict(receipts), list(blocks)
        self._state = PragueVM.get_state_class()(self._db, self._context(), root)

    def send(self, sender: str, intent: Intent) -> Receipt:
        """Mine a block with one transaction. Reverted where it fails, and nothing of it is kept."""
        self._number += 1
        self._state.execution_context = self._context()
        self._state.lock_changes()
        self._state.set_balance(bytes.fromhex(sender[2:]), 10**21)
        done = self._apply(sender, intent.to, intent.data, gas=intent.gas or GAS, value=intent.value)
        hash_ = bytes(keccak(b"transaction %d" % self._number))
        self._blocks.append((hash_,))
        if done.is_error:
            raise Reverted(f"the transaction failed: {type(done.error).__name__}", data=done.output)
        base = {"blockNumber": hex(self._number), "transactionHash": hexed(hash_), "transactionIndex": "0x0"}
        logs = [
            {"address": hexed(at), "topics": [f"0x{topic:064x}" for topic in topics], "data": hexed(body),
             "logIndex": hex(index), **base}
            for index, (at, topics, body) in enumerate(done.get_log_entries())
        ]  # fmt: skip
        self._logs += logs
        spent = intent.gas or GAS
        used = spent - done.get_gas_remaining()
        used -= min(done.get_gas_refund(), used // 5)
        self._receipts[hexed(hash_)] = (
            {**base, "blockHash": hexed(self._hash(self._number)), "from": sender, "to": intent.to, "status": "0x1",
             "contractAddress": None if intent.to else hexed(done.msg.storage_address), "gasUsed": hex(used),
             "logs": logs}
        )  # fmt: skip
        return receipt(self._receipts[hexed(hash_)])

    def request(self, method: str, params: Sequence[Any]) -> Any:
        match method, *params:
            case ["eth_chainId"]:
                return hex(self._id)
            case ["eth_call", asked, _]:
                mark = self._state.snapshot()
                done = self._apply(asked.get("from", "0x" + "00" * 20), asked["to"], bytes.fromhex(asked["data"][2:]))
                self._state.revert(mark)
                if done.is_error:
                    raise Reverted("the call reverted", data=done.output)
                return hexed(done.output)
            case ["eth_getCode", at, _]:
                return hexed(self._state.get_code(bytes.fromhex(at[2:])))
            case ["eth_getTransactionReceipt", which]:
                return self._receipts.get(which)
            case ["eth_getLogs", asked]:
                return [log for log in self._logs if _wanted(log, asked)]
            case ["eth_getBlockByNumber", which, _]:
                number = self._number if which == "latest" else int(which, 16)
                return {
                    "number": hex(number), "hash": hexed(self._hash(number)),
                    "parentHash": hexed(self._hash(number - 1)), "timestamp": hex(_START + number + self._later),
                    "gasUsed": "0x0", "gasLimit": hex(GAS),
                    "transactions": [hexed(one) for one in self._blocks[number]],
                }  # fmt: skip
        raise AssertionError(f"{method} is not there")

    def close(self) -> None: ...

    def _apply(self, sender: str, to: str | None, body: bytes, *, gas: int = GAS, value: int = 0) -> Any:
        who = bytes.fromhex(sender[2:])
        transaction = PragueVM.create_unsigned_transaction(
            nonce=self._state.get_nonce(who), gas_price=0, gas=gas, to=bytes.fromhex(to[2:]) if to else b"",
            value=value, data=body,
        )  # fmt: skip
        return self._state.apply_transaction(SpoofTransaction(transaction, from_=who))

    def _header(self) -> PragueBlockHeader:
        return PragueBlockHeader(
            difficulty=0, block_number=self._number, gas_limit=3 * GAS, timestamp=self.now,
            base_fee_per_gas=0, nonce=bytes(8),
        )  # fmt: skip

    def _context(self) -> Any:
        last = (self._hash(number) for number in range(self._number - 1, max(-1, self._number - 257), -1))
        return PragueVM.create_execution_context(self._header(), last, ChainContext(self._id))

    @staticmethod
    def _hash(number: int) -> bytes:
        return bytes(keccak(b"block %d" % number))


@dataclass(frozen=True)
class Account:
    """An account that needs no key: what a client sends by it is mined at once. Some have one, to sign with."""

    chain: Evm
    address: str
    key: bytes = field(default=b"", repr=False)

    @property
    def signer(self) -> "Account":
        return self

    def send(self, intent: Intent) -> Receipt:
        return self.chain.send(self.address, intent)


def artifact(name: str) -> Artifact:
    """A contract of ours, or one that is there for tests."""
    return Artifact.load(name if (FOLDER / f"{name}.json").exists() else f"probes/{name}")


def meddler(chain: Evm) -> tuple["Meddler", Contract]:
    """An account that is a contract, and that contract."""
    contract = Contract(chain, chain.deploy("Meddler"), artifact("Meddler"))
    return Meddler(chain, contract.address), contract


class Meddler(Account):
    """What it sends, a contract does, which re-enters whatever calls it."""

    def send(self, intent: Intent) -> Receipt:
        body = artifact("Meddler").encode("act", intent.to, intent.data)
        try:
            return self.chain.account(0).send(Intent(self.address, body))
        except Reverted as error:
            refusal = artifact("Meddler").refusal(error.data)
            assert refusal is not None
            raise Reverted("the act reverted", data=refusal.args["data"]) from None


def _wanted(log: dict[str, Any], asked: dict[str, Any]) -> bool:
    last = asked["toBlock"]
    if not int(asked["fromBlock"], 16) <= int(log["blockNumber"], 16) <= (2**64 if last == "latest" else int(last, 16)):
        return False
    topics = asked.get("topics", ())
    if len(topics) > len(log["topics"]) or log["address"] != asked.get("address", log["address"]).lower():
        return False
    return all(one is None or found in (one if isinstance(one, list) else [one])
               for one, found in zip(topics, log["topics"], strict=False))  # fmt: skip
