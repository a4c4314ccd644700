"""Sending transactions: nonces, gas, fees, and waiting until each intent is mined, once.

How: an account's nonces are given out under a lock that all processes of this home share; every signed transaction is
in the outbox before a node sees it, and leaves it only where no node can have it; what a node forgets is sent again as
it was, and what is too cheap again under the same nonce. So an intent is mined at most once, and what was cut off by a
crash goes on when it is sent again.
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
from privacy.chains.outbox import LOST, Attempt, Kept, Outbox
from privacy.chains.refusals import why_failed
from privacy.chains.types import Receipt
from privacy.chains.waiting import Waiter

MARGIN = 1.25
"""Gas that is offered for what was estimated: a block later a contract may take another path."""
_KNOWN = ("already known", "known transaction", "already imported", "already exists", "alreadyknown")
_TOO_LOW = ("nonce too low", "nonce is too low", "invalid nonce", "nonce has already been used", "nonce too small")
_UNSURE = (-32002, -32005, -32603)
"""Codes of JSON-RPC for a call that ran out of time, was one too many, or broke within: it may have been done."""
_REFUSALS = (ChainRefused, Reverted)
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
        """Sign, keep and broadcast intents, without waiting for them.

        What the node refuses is dropped, and so is all after it, which no node has seen; what it may have is kept.
        """
        gas = {one.id: self._gas(one) for one in intents if _open(self.outbox.find(one.id))}
        with self.outbox.turn(self.signer.address):
            # Another process may have sent one of them while this one waited for its turn.
            fresh = [one for one in {one.id: one for one in intents}.values() if _open(self.outbox.find(one.id))]
            self._send_earlier(intents, all_=bool(fresh))
            left = [(one, gas[one.id] if one.id in gas else self._gas(one)) for one in fresh]
            for again in range(3):
                left = self._round(left)
                if not left:
                    break
                if again == 2:
                    raise ChainRefused(
                        "other transactions of this account keep taking its nonces", where=self.signer.address,
                        then="stop what else sends from it, and send this again",
                    )  # fmt: skip

    def _send_earlier(self, intents: Sequence[Intent], *, all_: bool) -> None:
        """Send what is kept and no node has: all of it, or as far as these intents.

        What comes after waits for its nonces, so a refusal of one of these is raised before anything new is kept.
        """
        account, by_id = self.signer.address, {one.id: one for one in intents}
        kept = self.outbox.waiting(account)
        if not all_:
            last = max((one.nonce for one in kept if one.id in by_id), default=-1)
            kept = [one for one in kept if one.nonce <= last]
        if not kept:
            return
        due = self.chain.nonce(account, pending=True)
        kept = [one for one in kept if one.nonce >= due]
        while kept:
            newest = [self._reprice(by_id[one.id], one) if one.id in by_id else one.attempts[-1] for one in kept]
            answers = self._offer(newest)
            for one, why in zip(kept, answers, strict=False):
                # Too low a nonce is judged by whoever waits for it: perhaps it is this one that was mined.
                if why is not None and not _says(why, _TOO_LOW):
                    raise _refusal_of(why, one, own=one.id in by_id)
            kept = kept[len(answers) :]

    def _round(self, intents: list[tuple[Intent, int]]) -> list[tuple[Intent, int]]:
        """Give nonces to intents, keep and broadcast them; returns those whose nonce was taken by something else."""
        if not intents:
            return []
        account = self.signer.address
        first = max(self.chain.nonce(account, pending=True), self.outbox.highest(account) + 1)
        fees = self._fees()
        rows = []
        for at, (intent, limit) in enumerate(intents):
            rows.append((intent.id, first + at, self._signed(intent, nonce=first + at, gas=limit, fees=fees)))
        self.outbox.add(account, rows)
        left = set(self._judged(rows, self._offer([attempt for *_, attempt in rows])))
        return [one for one in intents if one[0].id in left]

    def _offer(self, attempts: Sequence[Attempt]) -> list[ChainError | None]:
        """Give attempts to the node: for each, why it was not taken, None where it was.

        A chain of others gets one at a time, and the list ends with the first that is not taken: a node would keep
        those after it, and mine them whenever the nonce between is used.
        """
        if self.chain.local:
            answers = self.chain.broadcast([one.raw for one in attempts])
            return [self._why_not(one, answer) for one, answer in zip(attempts, answers, strict=True)]
        found: list[ChainError | None] = []
        for one in attempts:
            (answer,) = self.chain.broadcast([one.raw])
            found.append(self._why_not(one, answer))
            if found[-1] is not None:
                break
        return found

    def _why_not(self, attempt: Attempt, answer: bytes | ChainError) -> ChainError | None:
        if not isinstance(answer, ChainError):
            return None
        # Some nodes mine what reverts, and say at once that it does.
        known = isinstance(answer, _REFUSALS) and (
            _says(answer, _KNOWN) or self.chain.transaction(attempt.hash) is not None
        )
        if known:
            return None
        if isinstance(answer, ChainRefused) and answer.code in _UNSURE:
            return ChainSlow(answer.what, where=answer.where, then=answer.then)
        return answer

    def _judged(self, rows: list[tuple[str, int, Attempt]], answers: list[ChainError | None]) -> list[str]:
        """Forget or keep new rows by what the node said; returns the ids of those that need another nonce."""
        lost: list[str] = []
        for at, why in enumerate(answers):
            id_, nonce, _ = rows[at]
            if why is None:
                continue
            if not isinstance(why, _REFUSALS):
                raise type(why)(why.what, where=why.where, then="; ".join(filter(None, (why.then, _KEPT))))
            if not _says(why, _TOO_LOW):
                # What comes after a refused one could never be mined: its nonce is missing.
                self.outbox.drop([id_ for id_, *_ in rows[at:]])
                raise named(why) if isinstance(why, Reverted) else why
            self.outbox.lose(id_, nonce)
            lost.append(id_)
        for id_, nonce, _ in rows[len(answers) :]:  # no node has seen them
            self.outbox.lose(id_, nonce)
            lost.append(id_)
        return lost

    def finish(self, intents: Sequence[Intent]) -> list[Receipt]:
        """Wait until intents that were started are mined as deep as the chain wants, and return their receipts."""
        waiter = Waiter(self.chain, patience=self.patience, pause=self._pause)
        found: dict[str, Receipt] = {}
        nonces: dict[str, int] = {}
        while left := [one for one in intents if one.id not in found]:
            kept = {one.id: self._kept(one) for one in left}
            nonces |= {id_: one.nonce for id_, one in kept.items()}
            settled = waiter.settled({id_: one.hashes for id_, one in kept.items()})
            found |= settled
            if settled:
                self.outbox.settle({id_: one.transaction for id_, one in settled.items()})
            if still := [one for one in left if one.id not in found]:
                self._revive(still, kept, waiter)
                waiter.pause(f"{len(still)} of {len(intents)} transactions are not mined deep enough yet", then=_KEPT)
        for one in intents:
            if not found[one.id].ok:
                # Its nonce is used up, and nothing was done: sent again, it is tried anew.
                self.outbox.lose(one.id, nonces[one.id])
                raise why_failed(self.chain, found[one.id], data=one.data, value=one.value)
        return [found[one.id] for one in intents]

    def resume(self) -> list[str]:
        """Send again what the node has not mined, as it was; returns the ids of what is still open."""
        with self.outbox.turn(self.signer.address):  # what another process adds just now may still be refused
            kept = self.outbox.waiting(self.signer.address)
            receipts = {one.id: self.chain.receipts(one.hashes) for one in kept}
            mined = {id_: got.transaction for id_, every in receipts.items() for got in every if got is not None}
            self.outbox.settle(mined)
            left = [one for one in kept if one.id not in mined]
            self._offer([one.attempts[-1] for one in left])
        return [one.id for one in left]

    def _kept(self, intent: Intent) -> Kept:
        found = self.outbox.find(intent.id)
        if found is None:
            raise ChainRefused("this was never sent", then="send it")
        return found

    def _revive(self, intents: list[Intent], kept: dict[str, Kept], waiter: Waiter) -> None:
        """Send again what the node forgot, dearer what is too cheap, and under a new nonce what lost its own."""
        if not waiter.look_again():
            return
        mined = self.chain.nonce(self.signer.address)
        for intent in intents:
            one = kept[intent.id]
            if one.nonce < mined:
                # Mined by something else, so deep that no fork brings ours back: only then may ours be sent anew.
                if one.nonce < self._final() and not any(self.chain.receipts(one.hashes)):
                    self.outbox.lose(intent.id, one.nonce)
                    self.start([intent])
                continue
            newest = self._reprice(intent, one)
            if newest is not one.attempts[-1] or self.chain.transaction(newest.hash) is None:
                self._offer([newest])  # what the node says against it shows when it is not mined

    def _final(self) -> int:
        """How many transactions of the account are mined as deep as the chain wants."""
        block = self.chain.head().number - self.chain.confirmations + 1
        return self.chain.nonce(self.signer.address, block=block) if block >= 0 else 0

    def _reprice(self, intent: Intent, one: Kept) -> Attempt:
        """The newest attempt at an intent; one more at a higher price, where blocks now want more than it offers."""
        last, base = one.attempts[-1], self.chain.head().base_fee
        if base is None or last.price >= base:
            return last
        fees = self._fees()
        # A node takes a replacement that offers more in every part.
        fees["maxFeePerGas"] = max(fees["maxFeePerGas"], int(last.price * _DEARER) + 1)
        fees["maxPriorityFeePerGas"] = int(fees["maxPriorityFeePerGas"] * _DEARER ** len(one.attempts)) + 1
        attempt = self._signed(intent, nonce=one.nonce, gas=last.gas, fees=fees)
        self.outbox.replace(intent.id, one.nonce, attempt)
        return attempt

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


_KEPT = "the transaction is kept; send it again to continue"


def identity(chain: Chain) -> str:
    """What tells a chain from every other: its id and the hash of its first block."""
    first = chain.block(0)
    return f"{chain.chain_id}:{first.hash.hex() if first else ''}"


def _open(kept: Kept | None) -> bool:
    return kept is None or kept.state == LOST


def _says(error: ChainError, words: Sequence[str]) -> bool:
    return any(word in error.what.lower() for word in words)


def _refusal_of(why: ChainError, one: Kept, *, own: bool) -> ChainError:
    """What is said where a transaction that was kept is not taken: it stays kept, as some node may have it."""
    if not isinstance(why, _REFUSALS):
        return why
    if own:
        return named(why) if isinstance(why, Reverted) else why
    text = f"an earlier transaction of this account is not taken: {why.what}"
    return ChainRefused(text, where=f"nonce {one.nonce} of {one.sender}", then="fix that, or send it again first")
