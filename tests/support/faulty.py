"""A chain that does to transactions what nodes and networks do: it loses them, and hides answers."""

from collections.abc import Callable, Sequence
from typing import Any

from privacy.chains.accounts import Signer
from privacy.chains.chain import Chain
from privacy.chains.errors import ChainError, ChainUnreachable

RAW, RECEIPT, TRANSACTION = "eth_sendRawTransaction", "eth_getTransactionReceipt", "eth_getTransactionByHash"


class Faulty(Chain):
    """Another chain, with faults that a test puts into `faults`: each is called with the method and what calls it.

    A fault gives an answer in place of the chain's, or `PASS`. It is taken away once it has given one.
    """

    PASS = object()

    def __init__(self, inner: Chain) -> None:
        self.inner, self.name, self.local = inner, "faulty", True
        self.faults: list[Callable[[str, Sequence[Any]], Any]] = []
        self.sent: list[str] = []

    def request(self, method: str, params: Sequence[Any]) -> Any:
        if method == RAW:
            self.sent.append(params[0])
        for fault in list(self.faults):
            found = fault(method, params)
            if found is not self.PASS:
                self.faults.remove(fault)
                if isinstance(found, Exception):
                    raise found
                return found
        return self.inner.request(method, params)

    def signers(self) -> list[Signer]:
        return self.inner.signers()

    def close(self) -> None: ...

    def loses_one(self) -> None:
        """Take the next transaction, and forget it."""
        from eth_utils.crypto import keccak

        self.faults.append(
            lambda method, params: (
                "0x" + bytes(keccak(bytes.fromhex(params[0][2:]))).hex() if method == RAW else self.PASS
            )
        )

    def breaks_after(self, method: str, *, times: int = 1, error: ChainError | None = None) -> None:
        """Do what is wanted the next times, and in place of the answer break the connection, or give an error."""

        def fault(called: str, params: Sequence[Any]) -> Any:
            if called != method:
                return self.PASS
            self.inner.request(called, params)
            return error or ChainUnreachable("the node does not answer", then="start it")

        self.faults += [fault] * times
