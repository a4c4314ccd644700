"""What each action of our contracts costs in gas, measured on what is mined."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from privacy.chains import types
from privacy.chains.chain import Chain
from privacy.chains.errors import ChainError
from privacy.chains.types import Receipt, Transaction, hexed, read

EACH = 300
"""Transactions that are looked at for each kind of event: the newest."""


@dataclass(frozen=True)
class GasUse:
    """What one action took: how often, and the least, the median and the most gas of one transaction."""

    action: str
    count: int
    least: int
    median: int
    most: int


class GasBook:
    """Actions and their gas, each asked for once. `action` names what a transaction did."""

    def __init__(self, chain: Chain, action: Callable[[Transaction, Receipt], str]) -> None:
        self.chain, self._action = chain, action
        self._used: dict[bytes, tuple[str, int]] = {}

    def look(self, hashes: Iterable[bytes], *, most: int) -> bool:
        """Look at those transactions that are not known yet, and forget all others.

        Returns whether some are left, as no more than `most` are asked for at once.
        """
        wanted = dict.fromkeys(hashes)
        for gone in self._used.keys() - wanted.keys():
            del self._used[gone]
        new = [one for one in wanted if one not in self._used]
        for hash_, transaction, receipt in pairs(self.chain, new[:most]):
            if receipt.ok:
                self._used[hash_] = self._action(transaction, receipt), receipt.gas_used
        return len(new) > most

    def found(self) -> list[GasUse]:
        """What is known, the most frequent action first."""
        by: dict[str, list[int]] = {}
        for name, gas in sorted(self._used.values()):
            by.setdefault(name, []).append(gas)
        rows = [GasUse(name, len(one), one[0], round(median(one)), one[-1]) for name, one in by.items()]
        return sorted(rows, key=lambda one: (-one.count, one.action))


def pairs(chain: Chain, hashes: Sequence[bytes]) -> Iterable[tuple[bytes, Transaction, Receipt]]:
    """Mined transactions with their receipts, all in one go; one that the node does not know is left out."""
    methods = ("eth_getTransactionByHash", "eth_getTransactionReceipt")
    answers = chain.requests([(method, [hexed(one)]) for one in hashes for method in methods])
    for at, hash_ in enumerate(hashes):
        one, other = answers[2 * at : 2 * at + 2]
        for answer in (one, other):
            if isinstance(answer, ChainError):
                raise answer
        if one is not None and other is not None:
            yield hash_, read(types.transaction, one), read(types.receipt, other)
