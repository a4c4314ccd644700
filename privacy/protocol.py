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
from privacy.debugging import hear_from, mistake, named
from privacy.errors import BoundaryError, BudgetError, IntegrityError, ParamError, PluginError
from privacy.guarantees import Strength
from privacy.mechanism import Mechanism, Payer, PrivacyCost, own_input
from privacy.rounds import Faults, Outcome, Run
from privacy.transports.base import Endpoint, InProcess, Transport, seat_for
from privacy.transports.station import MaterialCache, RunKey

__all__ = ["Faults", "Outcome", "Session"]

TaskT = TypeVar("TaskT")


def cost_of(mechanism: Mechanism[Any], task: Any) -> PrivacyCost:
    """What one run of a mechanism spends, as it declares. MechanismError for what is no cost."""
    cost = hear_from(mechanism, "cost", task)
    if not isinstance(cost, PrivacyCost):
        raise mistake(mechanism, f"returned a {type(cost).__name__}, not a PrivacyCost", where="cost")
    return cost


def check_paid(mechanism: Mechanism[Any], task: Any, cost: PrivacyCost, payer: Payer | None) -> None:
    """Refuse what could spend a budget unseen: a cost that nobody pays, and a differential bound without a cost."""
    who = type(mechanism).__name__
    if not cost.free:
        if payer is None:
            raise BudgetError(f"a run of {who} spends a privacy budget, and nobody pays", then="seat it with a purse")
        return
    claims = getattr(hear_from(mechanism, "guarantee", task), "towards", ())
    bounded = [c.observer for c in claims if getattr(c, "strength", None) is Strength.DIFFERENTIAL]
    if bounded:
        text = f"{who} claims a differential bound towards {bounded[0]} and declares no cost: nothing would be charged"
        raise PluginError(text, then="have cost() return what one run spends")


class Session(Generic[TaskT]):
    """The seated parties of one mechanism, for any number of runs.

    `own` holds the computing parties' inputs by party or role. Private inputs come later, to `run`. What the mechanism
    declares that a run spends is charged to `payer` before each. Raises ParamError for a task with a batch or a top
    that the mechanism does not carry, BudgetError where a run spends and nobody pays, PluginError for a differential
    bound that no cost stands for.
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
        payer: Payer | None = None,
    ) -> None:
        _check_fits(mechanism, task)
        self._payer, self._cost = payer, cost_of(mechanism, task)
        if payer is None or payer.real:
            check_paid(mechanism, task, self._cost, payer)
        self.mechanism, self.task, self._own = mechanism, task, own
        self._transports = dict(transports or {})
        self._cache, self._randomness = cache, dict(randomness or {})
        self._here = InProcess()
        self._material: dict[Party, list[Wire]] = {}
        self._published = False
        self.endpoints: dict[Party, Endpoint] = {p: self._seat(p) for p in hear_from(mechanism, "parties", task)}

    def _seat(self, party: Party) -> Endpoint:
        own = own_input(self._own, party)
        return self._place(seat_for(party, self.task, own, self._randomness.get(party)))

    def _place(self, seat: Seat[TaskT]) -> Endpoint:
        transport = self._transports.get(seat.party.role, self._here)
        return transport.place(self.mechanism, seat, cache=self._cache)

    def reseat(self, *newcomers: Party, channel: Channel) -> None:
        """Put new people on these seats: fresh roles and keys, and the published material that their devices hold.

        What they publish crosses `channel` as set-up, and whoever it is for keeps it in place of their predecessors'.
        Before `publish` there is nothing to carry yet. Errors as `publish` has them.
        """
        for party in newcomers:
            self.endpoints[self._known(party)].forget()
            self.endpoints[party].close()
            self.endpoints[party] = self._place(seat_for(party, self.task, own_input(self._own, party)))
        if self._published and newcomers:
            with self._forgetting():
                self._admit(newcomers, channel)

    def _admit(self, newcomers: Sequence[Party], channel: Channel) -> None:
        run = channel.open_run()
        opener, key = channel.envelope(run), RunKey(channel.session, run, channel.key)
        for party in newcomers:
            self.endpoints[party].connect(key)
        sent = {p: self.endpoints[p].publish(offer=False) for p in newcomers}
        arrived: dict[Party, list[bytes]] = {}
        fresh: dict[Party, list[Wire]] = {}
        for wire, sealed in self._carried(channel, opener, sent):
            arrived.setdefault(wire.to, []).append(sealed)
            fresh.setdefault(wire.to, []).append(wire)
        for party, endpoint in self.endpoints.items():
            before = self._material.get(party, [])
            stays = [w for w in before if w.sender not in newcomers]
            if party not in newcomers and party not in fresh and len(stays) == len(before):
                continue
            self._material[party] = [*stays, *fresh.get(party, [])]
            if party not in newcomers:
                endpoint.connect(key)
            held = stays if party in newcomers else []
            endpoint.admit(newcomers, arrived.get(party, []), held=held)

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
        self._published = True
        after = self._seconds()
        return {p: after[p] - before[p] for p in after}

    def _deliver(
        self, channel: Channel, opener: Envelope, sent: Mapping[Party, Sequence[bytes]]
    ) -> dict[Party, list[bytes]]:
        inboxes: dict[Party, list[bytes]] = {}
        for wire, arrived in self._carried(channel, opener, sent):
            inboxes.setdefault(wire.to, []).append(arrived)
        return inboxes

    def _carried(
        self, channel: Channel, opener: Envelope, sent: Mapping[Party, Sequence[bytes]]
    ) -> Iterator[tuple[Wire, bytes]]:
        for sender, sealed in sent.items():
            for one in sealed:
                wire, arrived = channel.carry(one, sender=sender, opener=opener, phase="setup")
                self._known(wire.to)
                yield wire, arrived

    def run(self, secrets: Mapping[Party, Secret[Any]], channel: Channel, *, faults: Faults | None = None) -> Outcome:
        """Run the protocol once.

        Raises ProtocolAborted when a party that may not drop out gives up or too few stay, IntegrityError
        when a wire was altered (all keys of the session are then discarded), MechanismError for a bug in the
        backend; BudgetError before any wire is sent where its cost is more than is left.
        """
        for party, secret in secrets.items():
            if secret.owner != party:
                raise BoundaryError(f"{party} was given a secret of {secret.owner}")
            if party not in self.endpoints:
                raise BoundaryError(f"{party} was given a secret and takes no part")
        if self._payer is not None and not self._cost.free:
            self._payer.charge(self._cost)
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
            raise mistake(self.mechanism, f"has a wire addressed to {party}, who takes no part", where="publish")
        return party

    def _seconds(self) -> dict[Party, float]:
        return {p: e.seconds for p, e in self.endpoints.items()}


def _check_fits(mechanism: Mechanism[Any], task: Any) -> None:
    for size, carried, what, then in (
        (getattr(task, "batch", 1) > 1, mechanism.batches, "batch of several vectors", "run one after another"),
        (getattr(task, "top", 0) > 0, mechanism.top_k, "answer of the best alone", "choose among all scores"),
    ):
        if size and not carried:
            raise ParamError(f"{named(mechanism)} carries no {what}", then=f"{then}, as the host's services do")
