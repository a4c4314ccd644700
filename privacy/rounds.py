"""The driver: one loop that moves the wires of every primitive, round by round."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from privacy.boundary.channel import Channel
from privacy.boundary.party import Party
from privacy.boundary.secret import Secret
from privacy.boundary.wire import Wire
from privacy.debugging import hear_from, mistake
from privacy.errors import IntegrityError, MechanismError, ProtocolAborted, VeilbenchError, WireError
from privacy.mechanism import Mechanism
from privacy.transports.base import Endpoint
from privacy.transports.station import Reply, RunKey

T = TypeVar("T")


class _RefusedError(Exception):
    """A receiver refused the body of a wire: its sender's fault, not its own."""

    def __init__(self, error: WireError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True)
class Faults:
    """What the driver does to a run, as a network or an attacker on it could.

    `drops` maps a party to the round from which it is silent; `delays` maps (sender, round) to the rounds by which what
    it sends in that round comes late. Of a party in `forged` every wire arrives with a byte changed; of one in
    `replayed` every wire arrives twice.
    """

    drops: Mapping[Party, int] = field(default_factory=dict)
    delays: Mapping[tuple[Party, int], int] = field(default_factory=dict)
    forged: Collection[Party] = ()
    replayed: Collection[Party] = ()


@dataclass(frozen=True)
class Outcome:
    """How a run ended: outputs by result party, who dropped out in which round and why, seconds by party."""

    outputs: Mapping[Party, Any]
    dropped: Mapping[Party, int]
    seconds: Mapping[Party, float]
    reasons: Mapping[Party, str] = field(default_factory=dict)

    @property
    def output(self) -> Any:
        """The only output of a run with one result party."""
        (value,) = self.outputs.values()
        return value


class Run:
    """One run: who is still there, what is on its way, what came out.

    What a party that may drop out gets wrong costs its own part in the run: it is dropped with the reason. What
    any other party gets wrong ends the run.
    """

    def __init__(
        self, mechanism: Mechanism[Any], task: Any, endpoints: Mapping[Party, Endpoint], channel: Channel,
        faults: Faults,
    ) -> None:  # fmt: skip
        self.mechanism, self.task, self.endpoints = mechanism, task, endpoints
        self.channel, self.faults = channel, faults
        self.run = channel.open_run()
        self.opener = channel.envelope(self.run)
        self.dropped: dict[Party, int] = {}
        self.reasons: dict[Party, str] = {}
        self.outputs: dict[Party, Any] = {}
        self.finished: set[Party] = set()
        self.due: dict[int, list[tuple[Wire, bytes]]] = {}
        self.latest: dict[tuple[Party, Party], int] = {}

    def drive(self, secrets: Mapping[Party, Secret[Any]]) -> Outcome:
        """Run to the end. Errors as `Session.run` has them."""
        before = {p: e.seconds for p, e in self.endpoints.items()}
        key = RunKey(self.channel.session, self.run, self.channel.key)
        for party, endpoint in self.endpoints.items():
            self._attempt(party, 1, partial(endpoint.begin, key, secrets.get(party)))
        results = hear_from(self.mechanism, "result_parties", self.task)
        for round_ in range(1, hear_from(self.mechanism, "rounds", self.task) + 1):
            self._round(round_)
            if all(p in self.outputs for p in results):
                break
        self._check_end(results)
        spent = {p: e.seconds - before[p] for p, e in self.endpoints.items()}
        return Outcome({p: self.outputs[p] for p in results}, self.dropped, spent, self.reasons)

    def _round(self, round_: int) -> None:
        for party, from_round in self.faults.drops.items():
            if from_round == round_ and party in self.endpoints and party not in self.finished:
                self._drop(party, round_, "it fell silent")
        inboxes: dict[Party, list[tuple[Wire, bytes]]] = {}
        for wire, sealed in self.due.pop(round_, []):
            if wire.to in self.finished and wire.sender is not None and self._droppable(wire.sender):
                self.reasons.setdefault(wire.sender, f"what it sent came after {wire.to} had finished")
            elif wire.via not in self.dropped:
                inboxes.setdefault(wire.to, []).append((wire, sealed))
        for party in self._present():
            self._attempt(party, round_, partial(self.endpoints[party].announce, round_, _bytes(inboxes.get(party))))
        for party in self._present():
            inbox = inboxes.get(party, [])
            reply = self._attempt(party, round_, partial(self.endpoints[party].step, round_, _bytes(inbox)))
            if reply is not None:
                self._take(party, round_, reply, inbox)

    def _present(self) -> list[Party]:
        return [p for p in self.endpoints if p not in self.dropped and p not in self.finished]

    def _attempt(self, party: Party, round_: int, work: Callable[[], T]) -> T | None:
        """What `work` returns; None after dropping a party that may drop out and could not do it."""
        try:
            return work()
        except MechanismError:
            raise
        except VeilbenchError as error:
            if not self._droppable(party):
                raise
            self._drop(party, round_, str(error))
            self.endpoints[party].forget()
            return None

    def _take(self, party: Party, round_: int, reply: Reply, inbox: Sequence[tuple[Wire, bytes]]) -> None:
        """Note how a party's step ended, and send its wires."""
        for place in reply.refused:
            self._refuse(inbox[place][0].sender, round_, _altered())
        if reply.abort is not None:
            if not self._droppable(party):
                raise ProtocolAborted(reply.abort, where=f"{party}, round {round_}")
            self._drop(party, round_, reply.abort)
            return
        if reply.done:
            self.finished.add(party)
            self.outputs[party] = reply.output
        for sealed in reply.wires:
            carry = partial(self.channel.carry, sealed, sender=party, opener=self.opener, phase="run")
            sent = self._attempt(party, round_, carry)
            if sent is None:
                return
            wire, arrived = sent
            if party in self.faults.forged:
                arrived = arrived[:-1] + bytes([arrived[-1] ^ 1])
            for _ in range(2 if party in self.faults.replayed else 1):
                self._send(party, round_, wire, arrived)

    def _send(self, party: Party, round_: int, wire: Wire, arrived: bytes) -> None:
        if wire.to not in self.endpoints:
            text = f"has a wire addressed to {wire.to}, who takes no part"
            raise mistake(self.mechanism, text, where=f"{party}, round {round_}")
        # A delay holds back what the sender sends afterwards too: a channel never reorders.
        late = self.faults.delays.get((party, round_), 0)
        due = max(round_ + 1 + late, self.latest.get((party, wire.to), 0))
        self.latest[party, wire.to] = due
        if due == round_ + 1 and wire.via is None and wire.kind in self.mechanism.streamed:
            self._stream(party, round_, wire, arrived)
        else:
            self.due.setdefault(due, []).append((wire, arrived))

    def _stream(self, party: Party, round_: int, wire: Wire, arrived: bytes) -> None:
        """Hand a wire over at once. What its receiver refuses costs the sender its part, if it may drop out."""
        if wire.to in self.dropped or wire.to in self.finished:
            return
        try:
            admitted = self._attempt(wire.to, round_, partial(self._taken, wire.to, arrived))
        except _RefusedError as refused:
            self._refuse(party, round_, refused.error)
            return
        if admitted is False:
            self._refuse(party, round_, _altered())

    def _taken(self, receiver: Party, arrived: bytes) -> bool:
        try:
            return self.endpoints[receiver].take(arrived)
        except IntegrityError:
            raise
        except WireError as error:
            raise _RefusedError(error) from None

    def _refuse(self, sender: Party | None, round_: int, error: WireError) -> None:
        if sender is None or not self._droppable(sender):
            raise error
        self._drop(sender, round_, str(error))

    def _droppable(self, party: Party) -> bool:
        return party.role in self.mechanism.droppable

    def _drop(self, party: Party, round_: int, reason: str) -> None:
        self.dropped.setdefault(party, round_)
        self.reasons.setdefault(party, reason)

    def _check_end(self, results: Sequence[Party]) -> None:
        droppable = [p for p in self.endpoints if self._droppable(p)]
        staying = sum(p not in self.dropped for p in droppable)
        needed = hear_from(self.mechanism, "threshold", self.task)
        if staying < needed:
            raise ProtocolAborted(f"{staying} of {len(droppable)} stayed and {needed} are needed")
        missing = [p.name for p in results if p not in self.outputs]
        gone = [p.name for p in self.dropped if p in results or not self._droppable(p)]
        if missing and gone:
            raise ProtocolAborted(f"{', '.join(gone)} dropped out and had to stay")
        if missing:
            text = f"ended after {hear_from(self.mechanism, 'rounds', self.task)} rounds, as its rounds() says, "
            text += f"where {', '.join(missing)} had no output"
            raise mistake(self.mechanism, text, where="after the last round")


def _bytes(inbox: Sequence[tuple[Wire, bytes]] | None) -> list[bytes]:
    return [sealed for _, sealed in inbox or ()]


def _altered() -> IntegrityError:
    text = "a wire was altered or replayed on its way"
    return IntegrityError(text, then="the run's keys are discarded; run it again")
