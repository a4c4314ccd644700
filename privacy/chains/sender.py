"""Sending transactions: nonces, gas, fees, and waiting until each intent is mined, once.

How: an account's nonces are given out under a lock that all processes of this home share; every signed transaction is
in the outbox before a node sees it; what a node forgets is sent again as it was, and what is too cheap again under the
same nonce. So an intent is mined at most once, and what was cut off by a crash goes on when it is sent again.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from privacy.chains.accounts import Signer
from privacy.chains.chain import Chain
from privacy.chains.contracts import named
from privacy.chains.errors import ChainError, ChainRefused, ChainSlow, Reverted
from privacy.chains.outbox import LOST, MINED, Attempt, Kept, Outbox
from privacy.chains.refusals import why_failed
from privacy.chains.types import Receipt

MARGIN = 1.25
"""Gas that is offered for what was estimated: a block later a contract may take another path."""
_KNOWN = ("already known", "known transaction", "already imported", "already exists")
_TOO_LOW = ("nonce too low", "nonce is too low", "invalid nonce", "nonce has already been used", "nonce too small")
_DEARER = 1.25
"""What a replacement offers of the price before: nodes want an eighth more at least."""


@dataclass(frozen=True)
class Intent:
    """What is to be mined once: a call of `to` with `data`, or a new contract where `to` is None.

    `id` says what it stands for: the same id is never mined twice, from whatever process; empty, it is a new one.
    `gas` is the limit, None to ask the chain.
    """

    to: str | None
    data: bytes
    value: int = 0
    gas: int | None = None
    id: str = field(default_factory=lambda: secrets.token_hex(16))


class Sender:
    """An account on a chain, for as many threads and processes as there are."""

    def __init__(
        self, chain: Chain, signer: Signer, *, outbox: Outbox | None = None, patience: float | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self.chain, self.signer, self._pause = chain, signer, pause
        self.patience = chain.patience if patience is None else patience
        self.outbox = outbox or Outbox(identity(chain), synced=not chain.local)

    def send(self, intent: Intent) -> Receipt:
        """Mine one intent and return its receipt.

        Reverted where the contract refuses it, ChainRefused where the node does, ChainSlow or ChainUnreachable where
        it stays open: then the same intent, sent again, goes on from where it is.
        """
        return self.send_all([intent])[0]

    def send_all(self, intents: Sequence[Intent]) -> list[Receipt]:
        """Mine several, in this order where they are new; one block takes them all where the chain mines at once."""
        self.start(intents)
        return self.finish(intents)

    def start(self, intents: Sequence[Intent]) -> None:
        """Sign, keep and broadcast intents, without waiting for them."""
        known = {one.id: self.outbox.find(one.id) for one in intents}
        new = [one for one in intents if known[one.id] is None or _state(known[one.id]) == LOST]
        gas = [self._gas(one) for one in new]
        with self.outbox.turn(self.signer.address):
            # Another process may have sent one of them while this one waited for its turn.
            fresh = [(one, limit) for one, limit in zip(new, gas, strict=True) if _open(self.outbox.find(one.id))]
            for again in range(3):
                fresh = self._round(fresh)
                if not fresh:
                    break
                if again == 2:
                    raise ChainRefused(
                        "other transactions of this account keep taking its nonces", where=self.signer.address,
                        then="stop what else sends from it, and send this again",
                    )  # fmt: skip
        kept = [one for one in known.values() if one is not None and one.state not in (MINED, LOST)]
        self._again(kept)

    def _round(self, intents: list[tuple[Intent, int]]) -> list[tuple[Intent, int]]:
        """Give nonces to intents, keep and broadcast them; returns those whose nonce was taken by something else."""
        if not intents:
            return []
        account = self.signer.address
        due = self.chain.nonce(account, pending=True)
        first = max(due, self.outbox.highest(account) + 1)
        # What a crash left in the outbox before a node had it: what comes after it waits for its nonce.
        stuck = [one for one in self.outbox.waiting(account) if one.nonce >= due] if first > due else []
        fees = self._fees()
        rows = []
        for at, (intent, limit) in enumerate(intents):
            rows.append((intent.id, first + at, self._signed(intent, nonce=first + at, gas=limit, fees=fees)))
        self.outbox.add(account, rows)
        earlier = [one.attempts[-1].raw for one in stuck]
        answers = self.chain.broadcast(earlier + [attempt.raw for *_, attempt in rows])[len(earlier) :]
        return self._judged(intents, rows, answers)

    def _judged(
        self, intents: list[tuple[Intent, int]], rows: list[tuple[str, int, Attempt]],
        answers: list[bytes | ChainError],
    ) -> list[tuple[Intent, int]]:  # fmt: skip
        taken: list[tuple[Intent, int]] = []
        refused: tuple[int, ChainError] | None = None
        for at, (one, (id_, _, attempt), answer) in enumerate(zip(intents, rows, answers, strict=True)):
            if not isinstance(answer, (ChainRefused, Reverted)) or _says(answer, _KNOWN):
                continue  # taken, or nobody knows: it is kept, and is sent again
            if self.chain.transaction(attempt.hash) is not None:
                continue  # some nodes mine what reverts, and say so at once
            if _says(answer, _TOO_LOW):
                self.outbox.lose(id_)
                taken.append(one)
            elif refused is None:
                refused = at, answer
        if refused is not None:
            # What comes after a refused one could never be mined: its nonce is missing.
            at, why = refused
            self.outbox.drop([id_ for id_, *_ in rows[at:]])
            raise named(why) if isinstance(why, Reverted) else why
        for answer in answers:
            if isinstance(answer, ChainError) and not isinstance(answer, (ChainRefused, Reverted)):
                raise type(answer)(answer.what, where=answer.where, then=f"{answer.then}; {_KEPT}")
        return taken

    def finish(self, intents: Sequence[Intent]) -> list[Receipt]:
        """Wait until intents that were started are mined as deep as the chain wants, and return their receipts."""
        waiter = Waiter(self.chain, patience=self.patience, pause=self._pause)
        found: dict[str, Receipt] = {}
        while left := [one for one in intents if one.id not in found]:
            kept = {one.id: self._kept(one) for one in left}
            settled = waiter.settled({id_: one.hashes for id_, one in kept.items()})
            found |= settled
            if settled:
                self.outbox.settle({id_: one.transaction for id_, one in settled.items()})
            if still := [one for one in left if one.id not in found]:
                self._revive(still, kept, waiter)
                waiter.pause(f"{len(still)} of {len(intents)} transactions are not mined yet", then=_KEPT)
        for one in intents:
            if not found[one.id].ok:
                # Its nonce is used up, and nothing was done: sent again, it is tried anew.
                self.outbox.lose(one.id)
                raise why_failed(self.chain, found[one.id], data=one.data, value=one.value)
        return [found[one.id] for one in intents]

    def resume(self) -> list[str]:
        """Send again what the node has not mined, as it was; returns the ids of what is still open."""
        kept = self.outbox.waiting(self.signer.address)
        receipts = {one.id: self.chain.receipts(one.hashes) for one in kept}
        mined = {id_: got.transaction for id_, every in receipts.items() for got in every if got is not None}
        self.outbox.settle(mined)
        left = [one for one in kept if one.id not in mined]
        self._again(left)
        return [one.id for one in left]

    def _kept(self, intent: Intent) -> Kept:
        found = self.outbox.find(intent.id)
        if found is None:
            raise ChainRefused("this was never sent", then="send it")
        return found

    def _revive(self, intents: list[Intent], kept: dict[str, Kept], waiter: "Waiter") -> None:
        """Send again what the node forgot, dearer what is too cheap, and under a new nonce what lost its own."""
        if not waiter.look_again():
            return
        mined = self.chain.nonce(self.signer.address)
        for intent in intents:
            one = kept[intent.id]
            if one.nonce < mined:
                # Mined by something else, so deep that no fork brings ours back: only then may ours be sent anew.
                if waiter.deep(mined) and not any(self.chain.receipts(one.hashes)):
                    self.outbox.lose(intent.id)
                    self.start([intent])
            elif not self._dearer(intent, one) and self.chain.transaction(one.hashes[-1]) is None:
                self._again([one])

    def _again(self, kept: Sequence[Kept]) -> None:
        """Broadcast the newest attempt of each as it is; what the node says against it shows when it is waited for."""
        if kept:
            self.chain.broadcast([one.attempts[-1].raw for one in kept])

    def _dearer(self, intent: Intent, one: Kept) -> bool:
        """Send an intent again under its nonce at a higher price, where blocks now want more than it offers."""
        last, base = one.attempts[-1], self.chain.head().base_fee
        if base is None or last.price >= base:
            return False
        fees = self._fees()
        # A node takes a replacement that offers more in every part.
        fees["maxFeePerGas"] = max(fees["maxFeePerGas"], int(last.price * _DEARER) + 1)
        fees["maxPriorityFeePerGas"] = int(fees["maxPriorityFeePerGas"] * _DEARER ** len(one.attempts)) + 1
        attempt = self._signed(intent, nonce=one.nonce, gas=last.gas, fees=fees)
        self.outbox.replace(intent.id, one.nonce, attempt)
        self.chain.broadcast([attempt.raw])
        return True

    def _gas(self, intent: Intent) -> int:
        if intent.gas is not None:
            return intent.gas
        try:
            need = self.chain.estimate(intent.to, intent.data, sender=self.signer.address, value=intent.value)
        except Reverted as error:
            raise named(error) from error
        return min(int(need * MARGIN), max(need, self.chain.head().gas_limit))

    def _fees(self) -> dict[str, int]:
        base = self.chain.head().base_fee
        if base is None:
            return {"gasPrice": int(self.chain.request("eth_gasPrice", []), 16)}
        try:
            tip = int(self.chain.request("eth_maxPriorityFeePerGas", []), 16)
        except ChainRefused:
            tip = 10**9
        return {"maxFeePerGas": 2 * base + tip, "maxPriorityFeePerGas": tip}

    def _signed(self, intent: Intent, *, nonce: int, gas: int, fees: dict[str, int]) -> Attempt:
        from eth_utils.crypto import keccak

        fields: dict[str, Any] = {
            "chainId": self.chain.chain_id, "nonce": nonce, "gas": gas, "value": intent.value, "data": intent.data,
        }  # fmt: skip
        raw = self.signer.sign(fields | fees | ({} if intent.to is None else {"to": intent.to}))
        return Attempt(bytes(keccak(raw)), raw, fees.get("maxFeePerGas", fees.get("gasPrice", 0)), gas)


class Waiter:
    """Waiting for receipts: as deep as the chain wants, still there after a fork, and not without end."""

    def __init__(
        self, chain: Chain, *, patience: float | None = None, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.chain, self._pause = chain, pause
        self.patience = chain.patience if patience is None else patience
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

    def deep(self, nonce: int) -> bool:
        """Whether a count of mined transactions has stood for as long as the chain wants for its receipts."""
        return self.chain.confirmations <= 1 or self._turns > 2 * self.chain.confirmations or nonce == 0

    def pause(self, what: str, *, then: str) -> None:
        """Wait a little; ChainSlow after `patience` seconds in which the chain made no block."""
        head = self.chain.head().number
        if head != self._head:
            self._head, self._since = head, time.monotonic()
        elif time.monotonic() - self._since > self.patience:
            text = f"{what}, and {self.chain.name} has made no block for {self.patience:g} s"
            raise ChainSlow(text, then=then)
        self._turns += 1
        self._pause(min(0.05 * 2 ** min(self._turns, 5), 1.0))


_KEPT = "it is kept, and goes on when it is sent again"


def identity(chain: Chain) -> str:
    """What tells a chain from every other: its id and the hash of its first block."""
    first = chain.block(0)
    return f"{chain.chain_id}:{first.hash.hex() if first else ''}"


def _canonical(chain: Chain, receipt: Receipt) -> bool:
    block = chain.block(receipt.block)
    return block is not None and block.hash == receipt.block_hash


def _state(kept: Kept | None) -> str:
    return kept.state if kept is not None else LOST


def _open(kept: Kept | None) -> bool:
    return kept is None or kept.state == LOST


def _says(error: ChainError, words: Sequence[str]) -> bool:
    return any(word in error.what.lower() for word in words)
