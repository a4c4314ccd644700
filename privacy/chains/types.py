"""What a chain answers: blocks, transactions, receipts and logs, read strictly from JSON-RPC.

Addresses are text with the checksum of EIP-55; hashes, topics and data are bytes; amounts are in wei, gas in units.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from privacy.chains.errors import BadAnswer

T = TypeVar("T")


@dataclass(frozen=True)
class Block:
    """A block's header and its transactions' hashes. `time`: seconds since 1970; `base_fee`: None before London."""

    number: int
    hash: bytes
    parent: bytes
    time: int
    gas_used: int
    gas_limit: int
    base_fee: int | None
    transactions: tuple[bytes, ...]


@dataclass(frozen=True)
class Transaction:
    """A transaction; `block` is None until it is mined, `to` None where it creates a contract."""

    hash: bytes
    sender: str
    to: str | None
    nonce: int
    value: int
    data: bytes
    gas: int
    type: int
    block: int | None
    index: int | None


@dataclass(frozen=True)
class Log:
    """What a contract said while it ran; `topics` has up to four entries of 32 bytes."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    index: int
    transaction: bytes


@dataclass(frozen=True)
class Receipt:
    """What became of a mined transaction. `price` is wei for each unit of gas, `contract` the address it created."""

    transaction: bytes
    block: int
    block_hash: bytes
    index: int
    sender: str
    to: str | None
    contract: str | None
    ok: bool
    gas_used: int
    price: int
    logs: tuple[Log, ...]


def read(kind: Callable[[Mapping[str, Any]], T], found: Any) -> T:
    """What JSON-RPC gave, as a type of this module; BadAnswer where it is none."""
    try:
        return kind(found)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        text = f"the node's answer cannot be read: {type(error).__name__}"
        raise BadAnswer(text, then="name a node of an Ethereum chain") from error


def block(found: Mapping[str, Any]) -> Block:
    base = found.get("baseFeePerGas")
    return Block(
        quantity(found["number"]), data(found["hash"], size=32), data(found["parentHash"], size=32),
        quantity(found["timestamp"]), quantity(found["gasUsed"]), quantity(found["gasLimit"]),
        None if base is None else quantity(base),
        tuple(data(one if isinstance(one, str) else one["hash"], size=32) for one in found["transactions"]),
    )  # fmt: skip


def transaction(found: Mapping[str, Any]) -> Transaction:
    at, index = found.get("blockNumber"), found.get("transactionIndex")
    return Transaction(
        data(found["hash"], size=32), address(found["from"]), _maybe_address(found.get("to")),
        quantity(found["nonce"]), quantity(found["value"]), data(found["input"]), quantity(found["gas"]),
        quantity(found.get("type", "0x0")), None if at is None else quantity(at),
        None if index is None else quantity(index),
    )  # fmt: skip


def log(found: Mapping[str, Any]) -> Log:
    return Log(
        address(found["address"]), tuple(bytes.fromhex(one[2:]) for one in found["topics"]), data(found["data"]),
        quantity(found["blockNumber"]), quantity(found["logIndex"]), bytes.fromhex(found["transactionHash"][2:]),
    )  # fmt: skip


def receipt(found: Mapping[str, Any]) -> Receipt:
    return Receipt(
        data(found["transactionHash"], size=32), quantity(found["blockNumber"]), data(found["blockHash"], size=32),
        quantity(found["transactionIndex"]), address(found["from"]), _maybe_address(found.get("to")),
        _maybe_address(found.get("contractAddress")), quantity(found["status"]) == 1, quantity(found["gasUsed"]),
        quantity(found.get("effectiveGasPrice", "0x0")), tuple(log(one) for one in found["logs"]),
    )  # fmt: skip


def quantity(found: Any) -> int:
    """A number of JSON-RPC, such as "0x1f"; ValueError otherwise."""
    if not isinstance(found, str) or not found.startswith("0x"):
        raise ValueError("no quantity")
    return int(found, 16)


def data(found: Any, *, size: int | None = None) -> bytes:
    """Bytes of JSON-RPC, such as "0x00ff"; ValueError where they are none, or not `size` bytes."""
    if not isinstance(found, str) or not found.startswith("0x"):
        raise ValueError("no data")
    got = bytes.fromhex(found[2:])
    if size is not None and len(got) != size:
        raise ValueError("data of another length")
    return got


def hexed(found: bytes) -> str:
    return "0x" + found.hex()


@lru_cache(maxsize=4096)
def address(found: str) -> str:
    """An address with its checksum; ValueError where it is none."""
    from eth_utils.address import to_checksum_address

    if len(data(found)) != 20:
        raise ValueError("no address")
    return str(to_checksum_address(found))


def _maybe_address(found: Any) -> str | None:
    return None if found is None else address(found)
