"""The bench: seats and runs one mechanism on one case, and holds what every check needs."""

import builtins
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from privacy.boundary.channel import Channel
from privacy.boundary.party import Party
from privacy.boundary.secret import Secret
from privacy.boundary.transcript import Transcript
from privacy.errors import MechanismError, ProtocolAborted
from privacy.guarantees import Towards
from privacy.mechanism import Mechanism, PrivacyCost
from privacy.protocol import Faults, Outcome, Session
from privacy.testing.case import Array, Case
from privacy.testing.places import HERE, Place
from privacy.transports.base import Transport
from privacy.transports.station import Station

TOO_FEW, NOT_RUN, UNFINISHED = "too few to tell: ", "not run: ", "not finished: "
"""How the detail of a check begins that neither passed nor failed, and applies."""


@dataclass(frozen=True)
class CheckResult:
    """What one check found, with the evidence in `detail`; `passed` is None where that says why nothing was found.

    `property` is the number of the property it speaks about, `place` where the computing parties sat, `seconds` how
    long it took, and `reproduce` the command that makes it again.
    """

    id: str
    title: str
    passed: bool | None
    detail: str
    property: int = 0
    place: str = "in process"
    seconds: float = 0.0
    reproduce: str = ""

    @builtins.property
    def outcome(self) -> str:
        """The result in two words or three."""
        if self.passed is not None:
            return "passed" if self.passed else "failed"
        return next((w[:-2] for w in (TOO_FEW, NOT_RUN, UNFINISHED) if self.detail.startswith(w)), "does not apply")

    @builtins.property
    def finished(self) -> bool:
        """Whether the check was made to its end, or need not be."""
        return self.outcome not in (NOT_RUN[:-2], UNFINISHED[:-2])

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Tab:
    """What the host charges for the runs of a bench, written down: nobody pays."""

    real = False

    def __init__(self) -> None:
        self.charges: list[PrivacyCost] = []

    def charge(self, cost: PrivacyCost) -> None:
        """Write a charge down."""
        self.charges.append(cost)


@dataclass(frozen=True)
class Bench:
    """One mechanism on one case.

    `plays` is how often the game is played, `alpha` the false-alarm rate of one distinguisher of it, `seed` fixes
    the game's secret bits and the random inputs (None: the operating system draws them). Keys and noise always come
    from the operating system. `place` is where the computing parties sit. `brief` has checks try as little as they do
    with parties elsewhere, `thorough` has them leave out nothing. No run begins after `until`, of the monotonic clock:
    it raises TimeoutError.
    """

    mechanism: Mechanism[Any]
    case: Case
    plays: int = 400
    alpha: float = 2.5e-5
    seed: int | None = None
    patience: float = 20.0
    place: Place = HERE
    brief: bool = False
    thorough: bool = False
    until: float = math.inf
    variants: Mapping[str, Callable[[], "Bench"]] = field(default_factory=dict, compare=False, repr=False)
    """Benches of the same backend at other sizes and with other parameters, by what is different."""
    texts: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """What the backend says of itself on pages, by what it is."""
    kept: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What one check has found out and another can use: runs that they share. Copies of a bench have it in common."""
    rng: np.random.Generator = field(init=False, compare=False, repr=False)
    tab: Tab = field(init=False, compare=False, repr=False, default_factory=Tab)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rng", np.random.default_rng(self.seed))

    @property
    def parties(self) -> tuple[Party, ...]:
        return self.mechanism.parties(self.case.task)

    @property
    def computing(self) -> tuple[Party, ...]:
        """Every party but those with a private input."""
        return tuple(p for p in self.parties if p not in self.case.holders)

    @property
    def droppable(self) -> frozenset[Party]:
        """The parties who may drop out without ending a run."""
        return frozenset(p for p in self.parties if p.role in self.mechanism.droppable)

    def claim(self, observer: Party) -> Towards | None:
        """What the mechanism guarantees towards `observer`: by its name, or by its role."""
        guarantee = self.mechanism.guarantee(self.case.task)
        return guarantee.observer(observer.name) or guarantee.observer(observer.role)

    @property
    def here(self) -> "Bench":
        """The same bench with every party in this process."""
        return self if self.place.here else replace(self, place=HERE)

    def in_time(self) -> None:
        """TimeoutError where the time of the checks is up: nobody waits for what comes now."""
        if time.monotonic() > self.until:
            raise TimeoutError("the time of the checks is up")

    def some(self, count: int, *, remote: int) -> int:
        """How often to try something: `count` times in process; a seat elsewhere is a process, and costs more."""
        return count if self.place.here and not self.brief else remote

    def visible(self, session: Session[Any], party: Party) -> bool:
        """Whether the kit can look into a party's role and key box."""
        return isinstance(session.endpoints[party], Station)

    def session(self, *, transports: Mapping[str, Transport] | None = None) -> Session[Any]:
        """Fresh seats; nothing is published yet."""
        placed = self.place.transports(self.computing) if transports is None else transports
        own = self.case.own
        return self.place.opened(Session(self.mechanism, self.case.task, own, transports=placed, payer=self.tab))

    def published(self, channel: Channel | None = None) -> tuple[Session[Any], Transcript]:
        """Fresh seats after their set-up, and the set-up's transcript."""
        session, carrier = self.session(), channel or whole_channel()
        session.publish(carrier)
        return session, carrier.transcript

    def drive(
        self, session: Session[Any], value: Any, *, channel: Channel | None = None, faults: Faults | None = None
    ) -> Outcome:
        """One run on one of the case's inputs."""
        self.in_time()
        secrets = {p: Secret(v, owner=p) for p, v in self.case.given(value).items()}
        return session.run(secrets, channel or whole_channel(), faults=faults)

    def run(self, session: Session[Any], value: Any, *, channel: Channel | None = None) -> tuple[Any, Transcript]:
        """One run on `value`: the result party's output and the channel's transcript, bodies whole."""
        carrier = channel or whole_channel()
        return self.drive(session, value, channel=carrier).output, carrier.transcript

    def secrets(self, count: int) -> list[Array]:
        """`count` valid private inputs that no earlier check has used."""
        return [self.case.random_secret(self.rng) for _ in range(count)]

    def distance(self, output: Any, value: Any) -> float:
        """The largest difference from the reference; infinite where the output is not even well formed."""
        return self.case.distance(output, value)

    def well_formed(self, output: Any) -> bool:
        """Whether an output has the form of the reference."""
        return self.case.well_formed(output)

    def right(self, output: Any, value: Any) -> bool:
        """Whether an output lies within the declared tolerance."""
        return self.distance(output, value) <= self.mechanism.tolerance(self.case.task)

    def whole(self, output: Any, value: Any) -> bool:
        """Whether an output is right and has every holder's input in it."""
        return self.right(output, value) and not self.case.left_out(output)

    def named(self, outcome: Outcome) -> frozenset[Party]:
        """The parties who dropped out or were refused, each with a reason."""
        words = frozenset(p for p, reason in outcome.reasons.items() if reason.strip())
        return words | self.case.refused(outcome.output)


class Sitting:
    """Seats that serve run after run.

    All seats are made anew where a run on used ones aborts, as it must where a key may serve so many runs only; what
    aborts on fresh seats is an error.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench, self._used = bench, 0
        self.session, self.setup = bench.published()

    def run(self, value: Any, *, newcomers: bool = False, faults: Faults | None = None) -> tuple[Outcome, Transcript]:
        """One run and its transcript, bodies whole; `newcomers`: with new people on the seats of all holders.

        What newcomers publish belongs to the transcript.
        """
        channel = whole_channel()
        if newcomers:
            self.session.reseat(*self._bench.case.holders, channel=channel)
        try:
            outcome = self._bench.drive(self.session, value, channel=channel, faults=faults)
        except ProtocolAborted:
            if not self._used:
                raise
            self._anew(channel := whole_channel())
            outcome = self._bench.drive(self.session, value, channel=channel, faults=faults)
        self._used += 1
        return outcome, channel.transcript

    def _anew(self, channel: Channel) -> None:
        publish = any(m.sender in self._bench.case.holders for m in self.setup.messages)
        self.session, _ = self._bench.published(channel if publish else None)
        self._used = 0


def whole_channel() -> Channel:
    """A channel whose transcript keeps every body whole."""
    return Channel(transcript=Transcript(sample_bytes=None))


def station(session: Session[Any], party: Party) -> Station:
    """The in-process station of `party`."""
    endpoint = session.endpoints[party]
    if not isinstance(endpoint, Station):
        raise MechanismError(f"{party} does not sit in this process")
    return endpoint
