"""The driver: one loop that moves the wires of every primitive, round by round."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from privacy.boundary.channel import Channel
from privacy.boundary.envelope import Envelope
from privacy.boundary.party import Party
from privacy.boundary.seat import Randomness, Seat
from privacy.boundary.secret import Secret
from privacy.boundary.wire import Wire
from privacy.errors import BoundaryError, IntegrityError, MechanismError, ProtocolAborted
from privacy.mechanism import Mechanism, own_input
from privacy.transports.base import Endpoint, InProcess, Transport, seat_for
from privacy.transports.station import MaterialCache, Reply, RunKey

TaskT = TypeVar("TaskT")


@dataclass(frozen=True)
class Faults:
    """What the driver does to a run: `drops` maps a party to the round from which it is silent; `delays` maps
    (sender, round) to the rounds by which what it sends in that round comes late."""

    drops: Mapping[Party, int] = field(default_factory=dict)
    delays: Mapping[tuple[Party, int], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How a run ended: outputs by result party, who dropped out in which round, seconds by party."""

    outputs: Mapping[Party, Any]
    dropped: Mapping[Party, int]
    seconds: Mapping[Party, float]

    @property
    def output(self) -> Any:
        """The only output of a run with one result party."""
        (value,) = self.outputs.values()
        return value


class Session(Generic[TaskT]):
    """The seated parties of one mechanism, for any number of runs.

    `own` holds the computing parties' inputs by party or role. Private inputs come later, to `run`.
    """

    def __init__(
        self,
        mechanism: Mechanism[TaskT],
        task: TaskT,
        own: Mapping[Party, Any],
        *,
        transports: Mapping[str, Transport] | None = None,
        cache: MaterialCache | None = None,
        randomness: Mapping[Party, Randomness] | None = None,
    ) -> None:
        self.mechanism, self.task, self._own = mechanism, task, own
        self._transports = dict(transports or {})
        self._cache, self._randomness = cache, dict(randomness or {})
        self._here = InProcess()
        self._material: dict[Party, list[Wire]] = {}
        self.endpoints: dict[Party, Endpoint] = {p: self._seat(p) for p in mechanism.parties(task)}

    def _seat(self, party: Party) -> Endpoint:
        own = own_input(self._own, party)
        return self._place(seat_for(party, self.task, own, self._randomness.get(party)))

    def _place(self, seat: Seat[TaskT]) -> Endpoint:
        transport = self._transports.get(seat.party.role, self._here)
        return transport.place(self.mechanism, seat, cache=self._cache)

    def reseat(self, party: Party) -> None:
        """Put a new person on `party`: fresh keys, and the published material that the device holds."""
        self.endpoints[party].forget()
        self.endpoints[party].close()
        self.endpoints[party] = self._place(seat_for(party, self.task, own_input(self._own, party)))
        self.endpoints[party].keep_held(self._material.get(party, []))

    def publish(self, channel: Channel) -> dict[Party, float]:
        """Carry what parties publish before the first run; returns the seconds each took.

        Raises IntegrityError when a wire was altered; all keys are then discarded, as after a run.
        """
        with self._forgetting():
            return self._publish(channel)

    def _publish(self, channel: Channel) -> dict[Party, float]:
        before = self._seconds()
        run = channel.open_run()
        opener = channel.envelope(run)
        self._note_own(channel)
        for endpoint in self.endpoints.values():
            endpoint.connect(RunKey(channel.session, run, channel.key))
        offering = self._cache is not None
        sent = {p: e.publish(offer=offering) for p, e in self.endpoints.items()}
        if offering:
            offers = self._deliver(channel, opener, sent)
            wants = self._deliver(channel, opener, {p: self.endpoints[p].want(o) for p, o in offers.items()})
            sent = {p: self.endpoints[p].fulfil(w) for p, w in wants.items()}
        inboxes = self._deliver(channel, opener, sent)
        for party, endpoint in self.endpoints.items():
            self._material[party] = endpoint.keep(inboxes.get(party, []))
        after = self._seconds()
        return {p: after[p] - before[p] for p in after}

    def _deliver(
        self, channel: Channel, opener: Envelope, sent: Mapping[Party, Sequence[bytes]]
    ) -> dict[Party, list[bytes]]:
        inboxes: dict[Party, list[bytes]] = {}
        for sender, sealed in sent.items():
            for one in sealed:
                wire, arrived = channel.carry(one, sender=sender, opener=opener, phase="setup")
                inboxes.setdefault(self._known(wire.to), []).append(arrived)
        return inboxes

    def run(self, secrets: Mapping[Party, Secret[Any]], channel: Channel, *, faults: Faults | None = None) -> Outcome:
        """Run the protocol once.

        Raises ProtocolAborted when a party that may not drop out gives up or too few stay, IntegrityError
        when a wire was altered (all keys of the session are then discarded), MechanismError for a bug in the
        backend.
        """
        for party, secret in secrets.items():
            if secret.owner != party:
                raise BoundaryError(f"{party} was given a secret of {secret.owner}")
            if party not in self.endpoints:
                raise BoundaryError(f"{party} was given a secret and takes no part")
        self._note_own(channel)
        with self._forgetting():
            return _Run(self, channel, faults or Faults()).drive(secrets)

    def _note_own(self, channel: Channel) -> None:
        for party in self.endpoints:
            if (own := own_input(self._own, party)) is not None:
                channel.transcript.own_input(party, own)

    @contextmanager
    def _forgetting(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            self.forget()
            raise

    def forget(self) -> None:
        """Drop the key material of every party."""
        for endpoint in self.endpoints.values():
            endpoint.forget()

    def _known(self, party: Party) -> Party:
        if party not in self.endpoints:
            raise MechanismError(
                f"a wire is addressed to {party}, who takes no part", then="this is a bug in the backend"
            )
        return party

    def _seconds(self) -> dict[Party, float]:
        return {p: e.seconds for p, e in self.endpoints.items()}


class _Run:
    """One run: who is still there, what is on its way, what came out."""

    def __init__(self, session: Session[Any], channel: Channel, faults: Faults) -> None:
        self.session, self.channel, self.faults = session, channel, faults
        self.run = channel.open_run()
        self.opener = channel.envelope(self.run)
        self.dropped: dict[Party, int] = {}
        self.outputs: dict[Party, Any] = {}
        self.finished: set[Party] = set()
        self.due: dict[int, list[tuple[Wire, bytes]]] = {}
        self.latest: dict[tuple[Party, Party], int] = {}

    def drive(self, secrets: Mapping[Party, Secret[Any]]) -> Outcome:
        session = self.session
        before = session._seconds()
        key = RunKey(self.channel.session, self.run, self.channel.key)
        for party, endpoint in session.endpoints.items():
            endpoint.begin(key, secrets.get(party))
        results = session.mechanism.result_parties(session.task)
        for round_ in range(1, session.mechanism.rounds(session.task) + 1):
            self._round(round_)
            if all(p in self.outputs for p in results):
                break
        self._check_end(results)
        after = session._seconds()
        return Outcome(self.outputs, self.dropped, {p: after[p] - before[p] for p in after})

    def _round(self, round_: int) -> None:
        inboxes: dict[Party, list[bytes]] = {}
        arriving = self.due.pop(round_, [])
        for party in self.session.endpoints:
            if self.faults.drops.get(party) == round_:
                self.dropped.setdefault(party, round_)
        for wire, sealed in arriving:
            if wire.via not in self.dropped:
                inboxes.setdefault(wire.to, []).append(sealed)
        for party, endpoint in self.session.endpoints.items():
            if party not in self.dropped and party not in self.finished:
                self._take(party, round_, endpoint.step(round_, inboxes.get(party, [])))

    def _take(self, party: Party, round_: int, reply: Reply) -> None:
        if reply.abort is not None:
            if party.role not in self.session.mechanism.droppable:
                raise ProtocolAborted(reply.abort, where=f"{party}, round {round_}")
            self.dropped[party] = round_
            return
        if reply.done:
            self.finished.add(party)
            self.outputs[party] = reply.output
        late = self.faults.delays.get((party, round_), 0)
        for sealed in reply.wires:
            wire, arrived = self.channel.carry(sealed, sender=party, opener=self.opener, phase="run")
            self.session._known(wire.to)
            # A delay holds back what the sender sends afterwards too: a channel never reorders.
            due = max(round_ + 1 + late, self.latest.get((party, wire.to), 0))
            self.latest[party, wire.to] = due
            self.due.setdefault(due, []).append((wire, arrived))

    def _check_end(self, results: Sequence[Party]) -> None:
        mechanism, task = self.session.mechanism, self.session.task
        droppable = [p for p in self.session.endpoints if p.role in mechanism.droppable]
        staying = sum(p not in self.dropped for p in droppable)
        if staying < mechanism.threshold(task):
            raise ProtocolAborted(f"{staying} of {len(droppable)} stayed and {mechanism.threshold(task)} are needed")
        missing = [p.name for p in results if p not in self.outputs]
        gone = [p.name for p in self.dropped if p in results or p.role not in mechanism.droppable]
        if missing and gone:
            raise ProtocolAborted(f"{', '.join(gone)} dropped out and had to stay")
        if missing:
            raise MechanismError(
                f"{', '.join(missing)} had no output after the last round",
                then="this is a bug in the backend",
            )
        self.outputs = {p: self.outputs[p] for p in results}
