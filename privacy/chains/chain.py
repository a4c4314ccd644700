"""Chains: an adapter passes JSON-RPC on; this base class does what must be the same everywhere."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self

from privacy.chains import types
from privacy.chains.accounts import Signer
from privacy.chains.errors import BadAnswer, ChainError, WrongChain
from privacy.chains.types import Block, Log, Receipt, Transaction, data, hexed, quantity, read

Topic = bytes | Sequence[bytes] | None
"""What a log's topic must be: one of several values, or any."""


class Chain(ABC):
    """An EVM chain, reached by JSON-RPC.

    An author writes `request` and `close`, and where the node can do several calls at once, `requests`. Any method may
    raise a ChainError. `name` is what people call the chain, `confirmations` how many blocks a receipt waits for, its
    own included, and `explorer` a website's address with {kind} and {what} in it, or nothing.
    """

    name: str = ""
    confirmations: int = 1
    explorer: str = ""
    local: bool = False
    """Whether the chain is one of this device alone, so that what it keeps need not be kept twice."""

    keystore: str = ""
    """The encrypted file of the account that signs, where the settings name one."""

    patience: float = 120.0
    """Seconds that a transaction is waited for without a new block."""

    expected: int | None = None
    """The chain id that is configured; None for any."""

    _chain_id: int | None = None

    @abstractmethod
    def request(self, method: str, params: Sequence[Any]) -> Any:
        """The result of one call of JSON-RPC.

        ChainRefused or Reverted where the node answers with an error, ChainUnreachable or BadAnswer where it does not.
        """

    @abstractmethod
    def close(self) -> None:
        """Give back connections and files."""

    def requests(self, calls: Iterable[tuple[str, Sequence[Any]]]) -> list[Any]:
        """The results of several calls, in their order; an error stands for the result of the call that met it."""
        found: list[Any] = []
        for method, params in calls:
            try:
                found.append(self.request(method, params))
            except ChainError as error:
                found.append(error)
        return found

    def signers(self) -> list[Signer]:
        """The accounts that sign here without more, such as demo accounts."""
        return []

    @property
    def chain_id(self) -> int:
        """The chain's id, which every signature names. WrongChain where it is not the one that is configured."""
        if self._chain_id is None:
            found = self._quantity("eth_chainId")
            if self.expected not in (None, found):
                text = f"the node of {self.name} serves chain {found}, and {self.expected} is configured"
                raise WrongChain(text, then="fix its address or its chain_id; nothing was sent")
            self._chain_id = found
        return self._chain_id

    def head(self) -> Block:
        """The newest block."""
        return read(types.block, self.request("eth_getBlockByNumber", ["latest", False]))

    def block(self, which: int | bytes) -> Block | None:
        """A block by its number or its hash; None where there is none."""
        if isinstance(which, int):
            found = self.request("eth_getBlockByNumber", [hex(which), False])
        else:
            found = self.request("eth_getBlockByHash", [hexed(which), False])
        return None if found is None else read(types.block, found)

    def transaction(self, which: bytes) -> Transaction | None:
        """A transaction by its hash, also one that waits; None where the node does not know it."""
        found = self.request("eth_getTransactionByHash", [hexed(which)])
        return None if found is None else read(types.transaction, found)

    def receipt(self, which: bytes) -> Receipt | None:
        """The receipt of a transaction; None until it is mined."""
        return next(iter(self.receipts([which])))

    def receipts(self, which: Sequence[bytes]) -> list[Receipt | None]:
        """What became of several transactions."""
        found = self.requests([("eth_getTransactionReceipt", [hexed(one)]) for one in which])
        for one in found:
            if isinstance(one, ChainError):
                raise one
        return [None if one is None else read(types.receipt, one) for one in found]

    def logs(
        self, *, address: str | Sequence[str] | None = None, topics: Sequence[Topic] = (), first: int = 0,
        last: int | None = None,
    ) -> list[Log]:  # fmt: skip
        """The logs of blocks `first` to `last` (None: the newest), of these addresses, with these topics."""
        query: dict[str, Any] = {"fromBlock": hex(first), "toBlock": "latest" if last is None else hex(last)}
        if address is not None:
            query["address"] = address if isinstance(address, str) else list(address)
        if topics:
            query["topics"] = [_topic(one) for one in topics]
        found = self.request("eth_getLogs", [query])
        return read(_logs, found)

    def call(
        self, to: str | None, body: bytes, *, sender: str | None = None, value: int = 0, block: int | None = None
    ) -> bytes:
        """What a contract answers to a call that changes nothing. Reverted where it refuses."""
        at = "latest" if block is None else hex(block)
        return read(data, self.request("eth_call", [self._call(to, body, sender, value), at]))

    def estimate(self, to: str | None, body: bytes, *, sender: str, value: int = 0) -> int:
        """The gas that a transaction would need now, without a margin. Reverted where the contract would refuse it."""
        return self._quantity("eth_estimateGas", self._call(to, body, sender, value))

    def balance(self, address: str, *, block: int | None = None) -> int:
        """Wei of an account."""
        return self._quantity("eth_getBalance", address, "latest" if block is None else hex(block))

    def nonce(self, address: str, *, pending: bool = False, block: int | None = None) -> int:
        """How many transactions of an account are mined, up to `block` where one is named.

        With `pending`, those that wait in the node count too.
        """
        at = "pending" if pending else "latest" if block is None else hex(block)
        return self._quantity("eth_getTransactionCount", address, at)

    def code(self, address: str) -> bytes:
        """The code of a contract; empty where there is none."""
        return read(data, self.request("eth_getCode", [address, "latest"]))

    def broadcast(self, raws: Sequence[bytes]) -> list[bytes | ChainError]:
        """Give signed transactions to the node, in this order: the hash of each, or why it was not taken."""
        found = self.requests([("eth_sendRawTransaction", [hexed(raw)]) for raw in raws])
        return [one if isinstance(one, ChainError) else read(data, one) for one in found]

    def link(self, kind: str, what: str) -> str:
        """The address of a block, transaction or address on the chain's own website; empty where it has none."""
        return self.explorer.replace("{kind}", kind).replace("{what}", what) if self.explorer else ""

    def _quantity(self, method: str, *params: Any) -> int:
        found = self.request(method, list(params))
        try:
            return quantity(found)
        except ValueError as error:
            text = f"the node answers {method} with something else than a number"
            raise BadAnswer(text, where=self.name, then="name a node of an Ethereum chain") from error

    @staticmethod
    def _call(to: str | None, body: bytes, sender: str | None, value: int) -> dict[str, str]:
        fields = {"to": to, "from": sender, "data": hexed(body), "value": hex(value) if value else None}
        return {name: one for name, one in fields.items() if one is not None}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _logs(found: Any) -> list[Log]:
    return [types.log(one) for one in found]


def _topic(one: Topic) -> Any:
    if one is None or isinstance(one, bytes):
        return None if one is None else hexed(one)
    return [hexed(value) for value in one]
