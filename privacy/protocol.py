"""Sessions: the seated parties of one mechanism, for any number of runs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from privacy.boundary.channel import Channel
from privacy.boundary.envelope import Envelope
from privacy.boundary.party import Party
from privacy.boundary.seat import Randomness, Seat
from privacy.boundary.secret import Secret
from privacy.boundary.wire import Wire
from privacy.errors import BoundaryError, IntegrityError, MechanismError
from privacy.mechanism import Mechanism, own_input
from privacy.rounds import Faults, Outcome, Run
from privacy.transports.base import Endpoint, InProcess, Transport, seat_for
from privacy.transports.station import MaterialCache, RunKey

__all__ = ["Faults", "Outcome", "Session"]

TaskT = TypeVar("TaskT")


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
            return Run(self.mechanism, self.task, self.endpoints, channel, faults or Faults()).drive(secrets)

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
