"""Parties in this process, each with a clock of its own that counts CPU time."""

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from privacy.boundary.seat import Seat
from privacy.boundary.secret import Secret
from privacy.boundary.wire import Wire
from privacy.mechanism import Mechanism
from privacy.transports.station import MaterialCache, Reply, RunKey, Station

T = TypeVar("T")


class Clocked(Station):
    """A station that counts CPU time of all threads, its envelopes' included, as other work may share the machine."""

    def _timed(self, what: str, work: Callable[[], T]) -> T:
        return work()

    def _clocked(self, work: Callable[[], T]) -> T:
        start = time.process_time()
        try:
            return work()
        finally:
            self.seconds += time.process_time() - start

    def publish(self, *, offer: bool) -> list[bytes]:
        return self._clocked(lambda: super(Clocked, self).publish(offer=offer))

    def keep(self, material: Sequence[bytes]) -> list[Wire]:
        return self._clocked(lambda: super(Clocked, self).keep(material))

    def begin(self, key: RunKey, secret: Secret[Any] | None) -> None:
        self._clocked(lambda: super(Clocked, self).begin(key, secret))

    def step(self, round_: int, inbox: Sequence[bytes]) -> Reply:
        return self._clocked(lambda: super(Clocked, self).step(round_, inbox))

    def take(self, sealed: bytes) -> bool:
        return self._clocked(lambda: super(Clocked, self).take(sealed))


class ClockedHere:
    """Places every party in this process, behind a station that counts CPU time."""

    def place(self, mechanism: Mechanism[Any], seat: Seat[Any], *, cache: MaterialCache | None) -> Clocked:
        return Clocked(mechanism.role(seat), cache=cache)

    def close(self) -> None:
        return None
