"""Who may post to a live round, and what a post must be: checked before anything of it reaches the run."""

import hashlib
import hmac
import struct
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from privacy.boundary.envelope import Binding, Envelope
from privacy.boundary.party import Party
from privacy.boundary.wire import Wire
from privacy.errors import IntegrityError, StateError, VeilbenchError
from privacy.primitives.aggregation import AGGREGATOR, CONTRIBUTOR, contributor
from privacy.transports.mailbox import RUN, Refusal

_BROKEN = (ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error, VeilbenchError)


class Forged(Refusal):
    """A post was not sealed under its contributor's key, or not for this place."""


class Malformed(Refusal):
    """A post is not what a contributor sends."""


class TooLarge(Refusal):
    """A post is larger than any answer."""


@dataclass(frozen=True)
class Member:
    """Who holds a seat: the digest of its secret, and the key that its wires are sealed under while it is needed."""

    index: int
    digest: str
    key: bytes | None = None

    def holds(self, secret: str) -> bool:
        return hmac.compare_digest(digest(secret), self.digest)

    def kept(self) -> dict[str, str]:
        return {"digest": self.digest} | ({"key": self.key.hex()} if self.key else {})

    @classmethod
    def read(cls, index: int, values: Mapping[str, Any]) -> "Member":
        try:
            return cls(index, str(values["digest"]), bytes.fromhex(values["key"]) if "key" in values else None)
        except (KeyError, TypeError, ValueError):
            raise StateError(f"what a live round kept of contributor-{index} is damaged") from None


def digest(secret: str) -> str:
    """What is kept of a contributor's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check_wires(
    sealed: Iterable[bytes], member: Member, *, session: str, round_: int, parties: Container[Party]
) -> None:
    """Forged or Malformed unless every envelope is this contributor's own, of this round, for an aggregator."""
    envelope, name = Envelope(key=member.key or b"", session=session, run=RUN), contributor(member.index).name
    for one in sealed:
        try:
            binding, wire = envelope.open(one)
        except IntegrityError as error:
            text = f"what came as {name}'s is not: {error.what}"
            raise Forged(text, then="it was left out") from None
        except _BROKEN:
            raise Malformed(f"a wire of {name} is malformed", then="it was left out") from None
        _check_place(binding, wire, contributor(member.index), round_)
        if wire.to not in parties or (wire.via is not None and wire.via not in parties):
            raise Malformed(f"{name} addressed somebody who takes no part", then="it was left out")


def _check_place(binding: Binding, wire: Wire, party: Party, round_: int) -> None:
    if binding.sender != party:
        raise Forged(f"{party} sent a wire in the name of {binding.sender}", then="it was left out")
    if type(binding.seq) is not int or type(binding.round) is not int or binding.seq < 0:
        raise Malformed(f"a wire of {party} has no place in the run", then="it was left out")
    if binding.round != round_:
        raise Forged(f"{party} replayed a wire of round {binding.round} in round {round_}", then="it was left out")
    relayed = wire.to.role == CONTRIBUTOR and wire.via is not None and wire.via.role == AGGREGATOR.role
    if wire.to.role != AGGREGATOR.role and not relayed:
        raise Malformed(f"{party} addressed {wire.to}, whom it does not speak to", then="it was left out")
