"""The common case of a mechanism: one query to each server, one answer from each.

A plugin author overrides `client` and `server`, and in them `query`, `reveal` and `answer`.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from privacy.boundary.party import CLIENT, SERVER, Party
from privacy.boundary.seat import Seat
from privacy.boundary.secret import Secret
from privacy.boundary.wire import Wire
from privacy.errors import BoundaryError, WireError
from privacy.mechanism import Abort, Done, Mechanism, Role, StepResult

if TYPE_CHECKING:
    from privacy.primitives.shards import Sharding

TaskT = TypeVar("TaskT")


class QueryClient(Role[TaskT], Generic[TaskT]):
    """Runs on the input and result party: asks, then reads the answers."""

    last_round: ClassVar[int] = 3
    """A query sent in round 1 is answered in round 2, and the answer is here in round 3."""

    @abstractmethod
    def query(self, private: Secret[Any]) -> Iterable[Wire]:
        """Wires to the servers for one private input; none if the client computes by itself."""

    @abstractmethod
    def reveal(self, answers: Sequence[Wire]) -> Any:
        """The output, from one answer of each server asked, in the order in which they were asked."""

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        if round_ == 1:
            if self.secret is None:
                raise BoundaryError("a query needs a private input")
            wires = list(self.query(self.secret))
            self._servers = [w.to for w in wires]
            self._answers: list[Wire] = []
            return wires or Done(self.reveal([]))
        return self._collect(round_, inbox)

    def _collect(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        order = {party: i for i, party in enumerate(self._servers)}
        if any(w.sender not in order for w in inbox):
            raise WireError("an answer came from a party that was not asked")
        self._answers.extend(inbox)
        if len({w.sender for w in self._answers}) < len(self._answers):
            raise WireError("a party answered twice")
        if len(self._answers) == len(order):
            return Done(self.reveal(sorted(self._answers, key=lambda w: order[w.sender or w.to])))
        if round_ < self.last_round:
            return ()
        return Abort(f"{len(self._answers)} of {len(order)} servers answered")


class QueryServer(Role[TaskT], Generic[TaskT]):
    """Runs on a computing party: answers each query from its own input."""

    @abstractmethod
    def answer(self, query: Wire) -> Wire:
        """The answer to one query. The query's body is untrusted: raise WireError if it is malformed."""

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        return [self.answer(wire) for wire in inbox]


class QueryMechanism(Mechanism[TaskT], Generic[TaskT]):
    """One client and `servers` computing parties."""

    servers: ClassVar[int] = 1

    @abstractmethod
    def client(self, seat: Seat[TaskT]) -> QueryClient[TaskT]:
        """The client's role."""

    @abstractmethod
    def server(self, seat: Seat[TaskT]) -> QueryServer[TaskT]:
        """A server's role."""

    def shards(self, seat: Seat[TaskT]) -> "Sharding | None":
        """How the work of the server on `seat` splits, for an engine that runs its pieces; None where it does not."""
        return None

    def parties(self, task: TaskT) -> tuple[Party, ...]:
        if self.servers == 1:
            return (CLIENT, SERVER)
        return (CLIENT, *(Party("server", i) for i in range(1, self.servers + 1)))

    def role(self, seat: Seat[TaskT]) -> Role[TaskT]:
        return self.client(seat) if seat.party == CLIENT else self.server(seat)


def reply_to(query: Wire) -> Party:
    """The party that a server answers: the query's sender, as the envelope bound it."""
    if query.sender is None:
        raise WireError("a query has no sender")
    return query.sender
