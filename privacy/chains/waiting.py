"""Waiting for receipts: as deep as the chain wants, still there after a fork, and not without end."""

import time
from collections.abc import Callable

from privacy.chains.chain import Chain
from privacy.chains.errors import ChainSlow
from privacy.chains.types import Receipt

LONGEST = 100
"""Blocks that a transaction is waited for, beside those that the chain wants on top of it."""


class Waiter:
    """One wait, for as many transactions as are asked about."""

    def __init__(
        self, chain: Chain, *, patience: float | None = None, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.chain, self._pause = chain, pause
        self.patience = chain.patience if patience is None else patience
        self._first: int | None = None
        self._head, self._since, self._turns = -1, time.monotonic(), 0

    def receipt(self, transaction: bytes) -> Receipt:
        """The receipt of a transaction that somebody sent, a wallet for example. ChainSlow where it does not come."""
        while True:
            found = self.settled({"": (transaction,)})
            if found:
                return found[""]
            self.pause("the transaction is not mined yet", then="look for it in the wallet, or wait longer")

    def settled(self, wanted: dict[str, tuple[bytes, ...]]) -> dict[str, Receipt]:
        """Those that are mined deep enough, in a block that is still the chain's own."""
        pairs = [(id_, hash_) for id_, hashes in wanted.items() for hash_ in hashes]
        found = {
            id_: one for (id_, _), one in zip(pairs, self.chain.receipts([h for _, h in pairs]), strict=True) if one
        }
        if self.chain.confirmations > 1 and found:
            head = self.chain.head().number
            deep = {id_: one for id_, one in found.items() if head - one.block + 1 >= self.chain.confirmations}
            return {id_: one for id_, one in deep.items() if _canonical(self.chain, one)}
        return found

    def look_again(self) -> bool:
        """Whether it is time to ask what became of a transaction: at the first turn, then ever more seldom."""
        return self._turns in (2, 5) or self._turns % 10 == 9

    def pause(self, what: str, *, then: str) -> None:
        """Wait a little; ChainSlow after `patience` seconds without a new block, or after `LONGEST` blocks too many."""
        head = self.chain.head().number
        self._first = head if self._first is None else self._first
        if head - self._first > self.chain.confirmations + LONGEST:
            raise ChainSlow(f"{what}, and {self.chain.name} has made {head - self._first} blocks meanwhile", then=then)
        if head != self._head:
            self._head, self._since = head, time.monotonic()
        elif time.monotonic() - self._since > self.patience:
            text = f"{what}, and {self.chain.name} has made no block for {self.patience:g} s"
            raise ChainSlow(text, then=then)
        self._turns += 1
        self._pause(min(0.05 * 2 ** min(self._turns, 5), 1.0))


def _canonical(chain: Chain, receipt: Receipt) -> bool:
    block = chain.block(receipt.block)
    return block is not None and block.hash == receipt.block_hash
