"""Aggregators that survive a restart: what they sent is kept before it goes out, and sent again as it was.

A restarted server runs the aggregator's role again over the same inboxes, which rebuilds what it knows. Where the role
draws randomness, such as the noise of a sum, the kept bytes count: nobody ever gets two noised versions of one sum.
"""

from collections.abc import Sequence
from typing import Any

from privacy.boundary.seat import Seat
from privacy.live.journal import Journal
from privacy.mechanism import Mechanism, Role
from privacy.transports.base import role_of
from privacy.transports.station import MaterialCache, Reply, Station


class Recorded:
    """Places aggregators in this process, with a journal of what they send."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def place(self, mechanism: Mechanism[Any], seat: Seat[Any], *, cache: MaterialCache | None) -> "RecordedStation":
        return RecordedStation(role_of(mechanism, seat), self._journal, cache=cache)

    def close(self) -> None:
        return None


class RecordedStation(Station):
    """A station whose replies are journaled."""

    def __init__(self, role: Role[Any], journal: Journal, *, cache: MaterialCache | None) -> None:
        super().__init__(role, cache=cache)
        self._journal = journal

    def step(self, round_: int, inbox: Sequence[bytes]) -> Reply:
        """Advance the role; what it sent in this round before a restart is what it sends."""
        reply = super().step(round_, inbox)
        kept = self._journal.sent(self.party.name, round_)
        if kept is not None:
            return kept
        self._journal.send(self.party.name, round_, reply)
        return reply
