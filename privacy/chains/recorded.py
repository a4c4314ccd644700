"""A chain behind the recorded channel: every call is a wire to the public party `chain`, and back, with its gas."""

import json
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any

from privacy.boundary.channel import Channel
from privacy.boundary.party import CLIENT, Party
from privacy.boundary.wire import PUBLIC, Wire
from privacy.chains.accounts import Signer
from privacy.chains.chain import Chain
from privacy.chains.errors import ChainError

CHAIN = Party("chain")

_RAW, _RECEIPT = "eth_sendRawTransaction", "eth_getTransactionReceipt"
_KINDS = {_RAW: "transaction"}


class Recorded(Chain):
    """Another chain, with all that passes to it and from it kept in a channel's transcript.

    `by` is the party that speaks. Everything that is sent to a chain is public, for ever.
    """

    def __init__(self, chain: Chain, channel: Channel, *, by: Party = CLIENT) -> None:
        self.inner, self.channel, self.by = chain, channel, by
        self.name, self.confirmations, self.explorer = chain.name, chain.confirmations, chain.explorer
        self.local, self.expected = chain.local, chain.expected
        self.keystore, self.patience = chain.keystore, chain.patience
        run = channel.open_run()
        self._seals, self._opens, self._lock, self._round = channel.envelope(run), channel.envelope(run), Lock(), 0

    def request(self, method: str, params: Sequence[Any]) -> Any:
        self._sent(method, params)
        try:
            found = self.inner.request(method, params)
        except ChainError as error:
            self._came(method, str(error))
            raise
        self._came(method, found)
        return found

    def requests(self, calls: Iterable[tuple[str, Sequence[Any]]]) -> list[Any]:
        every = list(calls)
        for method, params in every:
            self._sent(method, params)
        found = self.inner.requests(every)
        for (method, _), one in zip(every, found, strict=True):
            self._came(method, str(one) if isinstance(one, ChainError) else one)
        return found

    def signers(self) -> list[Signer]:
        return self.inner.signers()

    def close(self) -> None:
        self.inner.close()

    def _sent(self, method: str, params: Sequence[Any]) -> None:
        with self._lock:
            self._round += 1
        raw = method == _RAW and bool(params)
        body = bytes.fromhex(params[0][2:]) if raw else _text({"method": method, "params": list(params)})
        self._carry(self.by, CHAIN, _KINDS.get(method, "question"), body)

    def _came(self, method: str, found: Any) -> None:
        receipt = found if method == _RECEIPT and isinstance(found, dict) else {}
        gas = int(receipt.get("gasUsed", "0x0"), 16)
        self._carry(CHAIN, self.by, "receipt" if receipt else "answer", _text(found), gas=gas)

    def _carry(self, sender: Party, receiver: Party, kind: str, body: bytes, *, gas: int = 0) -> None:
        with self._lock:
            sealed = self._seals.seal(Wire(receiver, kind, PUBLIC, body), sender=sender, round_=self._round)
            self.channel.carry(sealed, sender=sender, opener=self._opens, phase="run", gas=gas)


def _text(found: Any) -> bytes:
    return json.dumps(found, separators=(",", ":"), default=str).encode()
