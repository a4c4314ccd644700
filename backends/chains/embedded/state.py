"""How a block is made: py-evm executes, under the rules of Prague, and what it leaves unchecked is checked here."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any, TypeAlias

import rlp
from eth.abc import ComputationAPI, SignedTransactionAPI, StateAPI
from eth.db.backends.base import BaseAtomicDB
from eth.db.trie import make_trie_root_and_nodes
from eth.vm.chain_context import ChainContext
from eth.vm.forks import PragueVM
from eth.vm.forks.london.headers import calculate_expected_base_fee_per_gas
from eth.vm.forks.prague.blocks import PragueBlockHeader
from eth_hash.auto import keccak

from privacy.plugin.chains import ChainDamaged, ChainError, ChainRefused, bound_nesting

GAS_LIMIT = 30_000_000
"""Gas of a block."""

TRANSACTION_GAS = 1 << 24
"""Gas of a transaction at most (EIP-7825), so that what is mined here is mined on newer chains."""

_HALF_N = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
Header: TypeAlias = PragueBlockHeader

_BASE_FEE = 10**9
_INITCODE_WORDS = 1536

bound_nesting()

Fetch = Callable[[bytes], bytes | None]


class Nodes(BaseAtomicDB):  # type: ignore[misc]  # it has no types
    """The trie's nodes and the contracts' code by hash, as py-evm wants them; `new` ones wait for their block."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self.new: dict[bytes, bytes] = {}

    def __getitem__(self, key: bytes) -> bytes:
        found = self.new.get(key)
        if found is None and (found := self._fetch(key)) is None:
            raise KeyError(key)
        return found

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self.new[key] = value

    def __delitem__(self, key: bytes) -> None:
        self.new.pop(key, None)

    def _exists(self, key: bytes) -> bool:
        return key in self.new or self._fetch(key) is not None

    @contextmanager
    def atomic_batch(self) -> Iterator[Any]:
        yield self


@dataclass(frozen=True)
class Genesis:
    """What a chain begins with: its id, its time in seconds since 1970, and the wei of each account."""

    chain_id: int
    time: int
    alloc: Mapping[str, int]

    def text(self) -> str:
        fields = {"chain_id": self.chain_id, "time": self.time, "alloc": {a: str(v) for a, v in self.alloc.items()}}
        return json.dumps(fields, sort_keys=True)

    @classmethod
    def parse(cls, text: str) -> "Genesis":
        """What `text` wrote; ChainDamaged where it is something else."""
        try:
            found = json.loads(text)
            alloc = {str(address): int(value) for address, value in found["alloc"].items()}
            return cls(int(found["chain_id"]), int(found["time"]), alloc)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ChainDamaged("the chain's first lines cannot be read", then="import another export") from error


@dataclass(eq=False)
class Job:
    """A transaction on its way into a block: its result is there once `done` is set, on disk or refused."""

    raw: bytes
    hash: bytes
    tx: SignedTransactionAPI | None = None
    error: ChainError | None = None
    done: Event = field(default_factory=Event)
    receipt: Any = None
    gas: int = 0
    price: int = 0
    created: bytes | None = None

    @classmethod
    def of(cls, raw: bytes) -> "Job":
        return cls(raw, bytes(keccak(raw)))

    def refuse(self, error: ChainError) -> None:
        self.error = error
        self.done.set()


@dataclass(frozen=True)
class Made:
    """A block that was executed: its header, the jobs in it, the new nodes, and the jobs whose nonce is not due."""

    header: Header
    jobs: list[Job]
    nodes: dict[bytes, bytes]
    left: list[Job]


def decoded(raw: bytes) -> SignedTransactionAPI:
    """A transaction of a block, from its bytes."""
    return PragueVM.get_transaction_builder().decode(raw)


def parse_header(raw: bytes) -> Header:
    return rlp.decode(raw, Header)


def encode_header(header: Header) -> bytes:
    return bytes(rlp.encode(header))


def admit(raw: bytes, *, chain_id: int) -> SignedTransactionAPI:
    """A signed transaction that may be mined. ChainRefused with what is wrong of it otherwise.

    py-evm leaves most of this unchecked where a transaction has a type.
    """
    try:
        tx = decoded(raw)
        _ = tx.sender
    except Exception as error:  # anybody's bytes: rlp, py-evm and eth_keys each have errors of their own for them
        raise ChainRefused(f"not a valid signed transaction: {type(error).__name__}", then="sign it again") from None
    words = 0 if tx.to else -(-len(tx.data) // 32)
    need = max(tx.intrinsic_gas + 2 * words, floor_gas(tx.data))  # EIP-3860, EIP-7623
    for bad, why in (
        (tx.chain_id != chain_id, f"the transaction is for chain {tx.chain_id}, and this is {chain_id}"),
        (tx.s > _HALF_N, "its signature is malleable: s is in the upper half"),
        (getattr(tx, "type_id", None) == 3, "blob transactions are not taken"),
        (tx.gas < need, f"intrinsic gas too low: it offers {tx.gas}, and needs {need}"),
        (tx.gas > TRANSACTION_GAS, f"it wants {tx.gas} gas, and a transaction has {TRANSACTION_GAS} at most"),
        (words > _INITCODE_WORDS, "max initcode size exceeded"),
        (tx.max_priority_fee_per_gas > tx.max_fee_per_gas, "max priority fee per gas higher than max fee per gas"),
    ):
        if bad:
            raise ChainRefused(why)
    return tx


def floor_gas(body: bytes) -> int:
    """The least gas of a transaction with these data (EIP-7623)."""
    return 21_000 + 10 * (4 * len(body) - 3 * body.count(0))


class Machine:
    """Executes on states of one chain. `hashes` gives the hashes of the blocks before a number, newest first."""

    def __init__(self, chain_id: int, fetch: Fetch, hashes: Callable[[int], Iterator[bytes]]) -> None:
        self._context, self._fetch, self._hashes = ChainContext(chain_id), fetch, hashes

    def state(self, header: Header, nodes: Nodes | None = None) -> StateAPI:
        """The state after a block, or with `nodes`, one that a block is made on."""
        context = PragueVM.create_execution_context(header, self._hashes(header.block_number), self._context)
        return PragueVM.get_state_class()(Nodes(self._fetch) if nodes is None else nodes, context, header.state_root)

    @classmethod
    def first(cls, genesis: Genesis) -> Made:
        """The first block, which needs nothing that came before."""
        empty = cls(genesis.chain_id, lambda key: None, lambda before: iter(()))
        header = Header(
            difficulty=0, block_number=0, gas_limit=GAS_LIMIT, timestamp=genesis.time, base_fee_per_gas=_BASE_FEE,
            nonce=bytes(8),
        )  # fmt: skip
        nodes = Nodes(empty._fetch)
        state = empty.state(header, nodes)
        for address, wei in sorted(genesis.alloc.items()):
            state.set_balance(bytes.fromhex(address[2:]), wei)
        state.persist()
        return Made(header.copy(state_root=state.state_root), [], nodes.new, [])

    def child(self, parent: Header, *, time: int, mix: bytes | None = None) -> Header:
        """The header of the next block, before anything is executed.

        Several blocks may share a second: with a second for each, the chain's time would outrun the clock.
        """
        return Header(
            difficulty=0, nonce=bytes(8), block_number=parent.block_number + 1, parent_hash=parent.hash,
            state_root=parent.state_root, mix_hash=mix or keccak(parent.hash), gas_limit=parent.gas_limit,
            timestamp=max(time, parent.timestamp), base_fee_per_gas=calculate_expected_base_fee_per_gas(parent),
        )  # fmt: skip

    def execute(self, header: Header, jobs: Sequence[Job]) -> Made:
        """Execute jobs on a new block, each account's by nonce. What can never be mined is refused."""
        nodes = Nodes(self._fetch)
        state = self.state(header, nodes)
        mined: list[Job] = []
        used, bloom, todo, turn = 0, 0, list(jobs), True
        while turn and todo:  # a later nonce that came first gets another turn
            turn, later = False, []
            for job in todo:
                tx = job.tx
                assert tx is not None
                nonce = state.get_nonce(tx.sender)
                if tx.nonce > nonce or used + tx.gas > header.gas_limit:
                    later.append(job)
                    continue
                done = _apply(state, job, nonce)
                if done is None:
                    continue
                turn = True
                receipt = job.receipt = PragueVM.make_receipt(header.copy(gas_used=used), tx, done, state)
                job.gas, used, bloom = receipt.gas_used - used, receipt.gas_used, bloom | receipt.bloom
                job.created = None if tx.to or done.is_error else done.msg.storage_address
                tip = min(tx.max_fee_per_gas - header.base_fee_per_gas, tx.max_priority_fee_per_gas)
                job.price = header.base_fee_per_gas + tip
                mined.append(job)
            todo = later
        state.persist()
        header = header.copy(
            state_root=state.state_root, gas_used=used, bloom=bloom,
            transaction_root=make_trie_root_and_nodes([job.tx for job in mined])[0],
            receipt_root=make_trie_root_and_nodes([job.receipt for job in mined])[0],
        )  # fmt: skip
        return Made(header, mined, nodes.new, todo)


def _apply(state: StateAPI, job: Job, nonce: int) -> ComputationAPI | None:
    """Run one transaction; None where it is refused, and then nothing of it is left, the fee of its sender included."""
    tx = job.tx
    assert tx is not None
    state.lock_changes()
    mark = state.snapshot()
    try:
        if tx.nonce < nonce:
            raise ChainRefused(f"nonce too low: the account's next is {nonce}, and this has {tx.nonce}")
        done = state.apply_transaction(tx)
        state.commit(mark)
    except ChainError as error:
        state.revert(mark)
        job.refuse(error)
        return None
    except Exception as error:
        state.revert(mark)
        job.refuse(ChainRefused(str(error) or type(error).__name__))
        return None
    return done
