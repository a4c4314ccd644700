"""The endpoint that the driver speaks to, and how parties are placed."""

from collections.abc import Sequence
from typing import Any, Protocol

from privacy.boundary.party import CLIENT, Party
from privacy.boundary.seat import OsRandomness, Randomness, Seat
from privacy.boundary.secret import Secret
from privacy.boundary.wire import Wire
from privacy.debugging import mistake, typed
from privacy.mechanism import Mechanism, Role
from privacy.primitives.query import QueryMechanism
from privacy.primitives.shards import Engine, ShardedServer, Sharding
from privacy.transports.station import MaterialCache, Reply, RunKey, Station


class Endpoint(Protocol):
    """One party, wherever it lives. `seconds` is the time its own code has taken.

    In each round every party's inbox is announced before the first steps, so that parties elsewhere compute at once.
    """

    party: Party
    seconds: float

    def connect(self, key: RunKey) -> None: ...
    def publish(self, *, offer: bool) -> list[bytes]: ...
    def want(self, offers: Sequence[bytes]) -> list[bytes]: ...
    def fulfil(self, wants: Sequence[bytes]) -> list[bytes]: ...
    def keep(self, material: Sequence[bytes]) -> list[Wire]: ...
    def admit(self, newcomers: Sequence[Party], material: Sequence[bytes], *, held: Sequence[Wire]) -> None: ...
    def begin(self, key: RunKey, secret: Secret[Any] | None) -> None: ...
    def announce(self, round_: int, inbox: Sequence[bytes]) -> None: ...
    def step(self, round_: int, inbox: Sequence[bytes]) -> Reply: ...
    def take(self, sealed: bytes) -> bool: ...
    def forget(self) -> None: ...
    def close(self) -> None: ...


class Transport(Protocol):
    """Places parties."""

    def place(self, mechanism: Mechanism[Any], seat: Seat[Any], *, cache: MaterialCache | None) -> Endpoint:
        """Seat a party and return its endpoint."""

    def close(self) -> None:
        """End every process that this transport started."""


class InProcess:
    """Every party in this process, each behind its own station. Fast; isolation is by types only."""

    def place(self, mechanism: Mechanism[Any], seat: Seat[Any], *, cache: MaterialCache | None) -> Station:
        return Station(role_of(mechanism, seat), cache=cache)

    def close(self) -> None:
        return None


def role_of(mechanism: Mechanism[Any], seat: Seat[Any]) -> Role[Any]:
    """The role of the party on `seat`. MechanismError where its mechanism makes none."""
    where = f"{seat.party}, role"
    role = typed(mechanism, lambda: mechanism.role(seat), where=where)
    if not isinstance(role, Role):
        raise mistake(mechanism, f"returned a {type(role).__name__} for a Role", where=where)
    return role


def sharded_role_of(mechanism: Mechanism[Any], seat: Seat[Any], engine: Engine) -> Role[Any]:
    """The same role with its work on an engine; as it is where the mechanism does not say how that splits."""
    where = f"{seat.party}, shards"
    sharding = None
    if isinstance(mechanism, QueryMechanism) and seat.party != CLIENT:
        sharding = typed(mechanism, lambda: mechanism.shards(seat), where=where)
    if sharding is None:
        return role_of(mechanism, seat)
    if not isinstance(sharding, Sharding):
        raise mistake(mechanism, f"returned a {type(sharding).__name__} for a Sharding", where=where)
    return ShardedServer(seat, sharding, engine)


def seat_for(party: Party, task: Any, own: Any, randomness: Randomness | None = None) -> Seat[Any]:
    """A fresh seat: empty key box, the system's randomness unless the conformance kit gives another."""
    return Seat(party, task, own, random=randomness or OsRandomness())
