"""Mechanisms: what a backend supplies for a primitive, with one role for each party.

Every role is a state machine. `step(round, inbox)` returns the wires that it sends, or ends the role with
`Done(output)` or `Abort(reason)`. Round 1 has an empty inbox; a wire sent in round r arrives in round r + 1.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from privacy.boundary.party import CLIENT, Party
from privacy.boundary.seat import Seat
from privacy.boundary.secret import Secret
from privacy.boundary.transcript import Message
from privacy.boundary.wire import Wire
from privacy.errors import WireError
from privacy.guarantees import Guarantee
from privacy.known_answers import KnownAnswer, KnownRun
from privacy.shared_secret import SharedSecret

TaskT = TypeVar("TaskT")


@dataclass(frozen=True)
class Done:
    """A role has finished: its output (None for most computing parties) and its last wires."""

    output: Any = None
    wires: tuple[Wire, ...] = ()


@dataclass(frozen=True)
class Abort:
    """A role gives up, with a reason that a person can read and that contains nothing private."""

    reason: str


StepResult = Iterable[Wire] | Done | Abort


@dataclass(frozen=True)
class PrivacyCost:
    """What one run spends of its input party's budget: pure epsilon and rho (zCDP). Zero spends nothing."""

    epsilon: float = 0.0
    rho: float = 0.0

    @property
    def free(self) -> bool:
        """Whether nothing is spent. NaN is not free."""
        return self.epsilon == 0 and self.rho == 0


class Payer(Protocol):
    """Whose budget pays for the runs of a session."""

    @property
    def real(self) -> bool:
        """Whether somebody's privacy is at stake. It is not for simulated people under attack, or in checks."""

    def charge(self, cost: PrivacyCost) -> None:
        """Spend a cost; BudgetError where too little is left."""


class Role(ABC, Generic[TaskT]):
    """One party's half of a mechanism, for as many runs as its session lasts."""

    tolerant: bool = False
    """Whether a wire that fails its envelope is left out, its sender counting as dropped out, and the run goes on."""

    def __init__(self, seat: Seat[TaskT]) -> None:
        self.seat = seat
        self.secret: Secret[Any] | None = None

    def publish(self) -> Iterable[Wire]:
        """Wires sent once, before any private input exists: scales, hints, public keys, the catalogue."""
        return ()

    def keep(self, material: Sequence[Wire]) -> None:
        """Take the published wires for this party, before the first run and again when a newcomer publishes.

        It gets all that counts now, of every sender: a newcomer's wires stand in place of those of its predecessor.
        """

    def begin(self, secret: Secret[Any] | None) -> None:
        """Start a run, with this party's private input if it has one."""
        self.secret = secret

    @abstractmethod
    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Advance by one round."""

    def take(self, wire: Wire) -> None:
        """Take a wire of a streamed kind as it arrives: called before the step of the round after it was sent."""
        raise WireError(f"{self.seat.party} takes no wire of kind {wire.kind!r} as it arrives")

    def forget(self) -> None:
        """Drop all key material: called after an integrity failure and when the session ends."""
        self.seat.keys.discard()
        self.secret = None


class Mechanism(ABC, Generic[TaskT]):
    """One way to compute a primitive. It holds parameters, never a party's data."""

    droppable: frozenset[str] = frozenset()
    """Roles that may drop out or abort without ending the run."""

    streamed: frozenset[str] = frozenset()
    """Kinds of wires that are handed over one by one as they are sent, so that nobody holds them all at once."""

    batches: bool = False
    """Whether it carries a task with a batch of several vectors; else the host runs it for one after another."""

    top_k: bool = False
    """Whether it carries a task that asks for the best items alone; else the device chooses among all scores."""

    apart: frozenset[str] = frozenset()
    """Roles whose parties must not collude: outside checks and rehearsals each sits in a process of its own."""

    def __init__(self, params: Any = None) -> None:
        self.params = params

    def browser(self, task: TaskT) -> Mapping[str, Any]:
        """Public JSON that opens the mechanism's JavaScript client, beside what the server publishes."""
        return {}

    def warm(self) -> None:
        """Do work that would slow the first run, such as compiling. Called in the background."""

    @abstractmethod
    def parties(self, task: TaskT) -> tuple[Party, ...]:
        """All parties, in the order in which the driver steps them."""

    @abstractmethod
    def role(self, seat: Seat[TaskT]) -> Role[TaskT]:
        """The role of the party that sits on `seat`."""

    @abstractmethod
    def guarantee(self, task: TaskT) -> Guarantee:
        """What is guaranteed towards each observer."""

    def result_parties(self, task: TaskT) -> tuple[Party, ...]:
        """The parties whose outputs end a run."""
        return (CLIENT,)

    def rounds(self, task: TaskT) -> int:
        """The most rounds that a run takes."""
        return 3

    def threshold(self, task: TaskT) -> int:
        """How many droppable parties must stay to the end. With fewer, a run must abort."""
        return 0

    def key_holder(self, task: TaskT) -> Party | None:
        """The only party with decryption keys, or None if there are none."""
        return None

    def secret_material(self, seat: Seat[TaskT]) -> Iterable[bytes]:
        """For the conformance kit alone: bytes that must never leave this seat and are not in its key box.

        Asked in the process of the mechanism, after its roles have run. Masks, shares and keys that a library holds
        may be named here; the kit searches all wires to other parties for them.
        """
        return ()

    def shared_secrets(self, task: TaskT, messages: Sequence[Message]) -> Iterable[SharedSecret]:
        """For the conformance kit alone: the secrets that were shared out in one run, read from all of its wires.

        A mechanism that shares secrets out by polynomials names them here: no view tells whether their degree is what
        the threshold needs.
        """
        return ()

    def known_answers(self, task: TaskT, messages: Sequence[Message], run: KnownRun) -> Iterable[KnownAnswer]:
        """For the conformance kit alone: masks, draws and bound values of a test run, from its keys, draws and wires.

        Work them out with the very functions that the roles use. Where none are shown, the report says so.
        """
        return ()

    def cost(self, task: TaskT) -> PrivacyCost:
        """What one run spends of a privacy budget; the host charges it before the run."""
        return PrivacyCost()

    def tolerance(self, task: TaskT) -> float:
        """The largest declared difference from the reference output, in output units."""
        return 0.0


def own_input(inputs: Mapping[Party, Any], party: Party) -> Any:
    """The input of a computing party: its own entry, or the one given for its role."""
    return inputs.get(party, inputs.get(Party(party.role)))
