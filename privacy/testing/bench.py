"""The bench: seats and runs one mechanism on one case, and holds what every check needs."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

import numpy as np

from privacy.boundary.channel import Channel
from privacy.boundary.party import CLIENT, Party
from privacy.boundary.secret import Secret
from privacy.boundary.transcript import Transcript
from privacy.errors import MechanismError
from privacy.guarantees import Towards
from privacy.mechanism import Mechanism
from privacy.protocol import Session
from privacy.testing.cases import Array, Case
from privacy.transports.base import Transport
from privacy.transports.station import Station

T = TypeVar("T")


@dataclass(frozen=True)
class CheckResult:
    """What one check found. `passed` is None where it does not apply, with the reason in `detail`."""

    id: str
    title: str
    passed: bool | None
    detail: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Bench:
    """One mechanism on one case.

    `plays` is how often the game is played, `alpha` the false-alarm rate of one distinguisher of it, `seed` fixes
    the game's secret bits and the random inputs (None: the operating system draws them). Keys and noise always come
    from the operating system.
    """

    mechanism: Mechanism[Any]
    case: Case
    plays: int = 400
    alpha: float = 2.5e-5
    seed: int | None = None
    patience: float = 20.0
    rng: np.random.Generator = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rng", np.random.default_rng(self.seed))

    @property
    def parties(self) -> tuple[Party, ...]:
        return self.mechanism.parties(self.case.task)

    @property
    def computing(self) -> tuple[Party, ...]:
        """Every party but the client, who gives the input and takes the result."""
        return tuple(p for p in self.parties if p != CLIENT)

    def claim(self, observer: Party) -> Towards | None:
        """What the mechanism guarantees towards `observer`: by its name, or by its role."""
        guarantee = self.mechanism.guarantee(self.case.task)
        return guarantee.observer(observer.name) or guarantee.observer(observer.role)

    def session(self, *, transports: Mapping[str, Transport] | None = None) -> Session[Any]:
        """Fresh seats; nothing is published yet."""
        return Session(self.mechanism, self.case.task, self.case.own, transports=transports)

    def published(self) -> tuple[Session[Any], Transcript]:
        """Fresh seats after their set-up, and the set-up's transcript."""
        session, channel = self.session(), whole_channel()
        session.publish(channel)
        return session, channel.transcript

    def run(self, session: Session[Any], secret: Any, *, channel: Channel | None = None) -> tuple[Any, Transcript]:
        """One run on `secret`: the client's output and the channel's transcript, bodies whole."""
        carrier = channel or whole_channel()
        outcome = session.run({CLIENT: Secret(secret, owner=CLIENT)}, carrier)
        return outcome.outputs[CLIENT], carrier.transcript

    def secrets(self, count: int) -> list[Array]:
        """`count` valid private inputs that no earlier check has used."""
        return [self.case.random_secret(self.rng) for _ in range(count)]

    def distance(self, output: Any, secret: Any) -> float:
        """The largest difference from the reference; infinite where the output is not even well formed."""
        expected = self.case.reference(np.asarray(secret).astype(np.int64))
        if not self.well_formed(output):
            return float("inf")
        return float(np.abs(np.asarray(output, dtype=np.float64) - expected).max(initial=0.0))

    def well_formed(self, output: Any) -> bool:
        """Whether an output has the reference's shape and holds finite numbers."""
        array = np.asarray(output)
        shape = self.case.reference(self.case.x0).shape
        return array.shape == shape and array.dtype.kind in "iuf" and bool(np.isfinite(array).all())

    def right(self, output: Any, secret: Any) -> bool:
        return self.distance(output, secret) <= self.mechanism.tolerance(self.case.task)


def whole_channel() -> Channel:
    """A channel whose transcript keeps every body whole."""
    return Channel(transcript=Transcript(sample_bytes=None))


def station(session: Session[Any], party: Party) -> Station:
    """The in-process station of `party`."""
    endpoint = session.endpoints[party]
    if not isinstance(endpoint, Station):
        raise MechanismError(f"{party} does not sit in this process")
    return endpoint


def within(seconds: float, work: Callable[[], T]) -> T:
    """Run `work` in a thread of its own; TimeoutError when it takes longer. Its exceptions pass through."""
    results: list[T] = []
    errors: list[BaseException] = []

    def target() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError(f"no answer within {seconds:g} s")
    if errors:
        raise errors[0]
    return results[0]
