"""A role that stands in for another: it behaves alike, and a check sees or changes what goes in and comes out."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from privacy.boundary.wire import Wire
from privacy.mechanism import Abort, Done, Role, StepResult
from privacy.protocol import Session
from privacy.transports.station import Station


class Shadow(Role[Any]):
    """Behaves as `inner`. A check overrides `doing`, `got` and `sent`."""

    def __init__(self, inner: Role[Any]) -> None:
        super().__init__(inner.seat)
        self.tolerant, self.inner = inner.tolerant, inner
        self.__wrapped__ = getattr(inner, "__wrapped__", inner)

    def doing(self, what: str) -> AbstractContextManager[None]:
        """What surrounds each call of the inner role: `publish`, `keep`, `begin`, `take`, `step`."""
        return nullcontext()

    def got(self, wires: Sequence[Wire]) -> Sequence[Wire]:
        """What the inner role is handed, of what arrived."""
        return wires

    def sent(self, wires: Iterable[Wire]) -> list[Wire]:
        """What leaves, of what the inner role sends."""
        return list(wires)

    def publish(self) -> list[Wire]:
        with self.doing("publish"):
            wires = list(self.inner.publish())
        return self.sent(wires)

    def keep(self, material: Sequence[Wire]) -> None:
        with self.doing("keep"):
            self.inner.keep(self.got(material))

    def begin(self, secret: Any) -> None:
        with self.doing("begin"):
            self.inner.begin(secret)

    def take(self, wire: Wire) -> None:
        with self.doing("take"):
            for one in self.got([wire]):
                self.inner.take(one)

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        with self.doing("step"):
            result = self.inner.step(round_, self.got(inbox))
            result = result if isinstance(result, (Done, Abort)) else list(result)
        if isinstance(result, Done):
            return replace(result, wires=tuple(self.sent(result.wires)))
        return result if isinstance(result, Abort) else self.sent(result)

    def forget(self) -> None:
        self.inner.forget()


def shadow_all(session: Session[Any], make: Callable[[Role[Any]], Shadow]) -> None:
    """Put a shadow in front of the role of every party in this process, before anything is published."""
    for endpoint in session.endpoints.values():
        if isinstance(endpoint, Station):
            endpoint.role = make(endpoint.role)
