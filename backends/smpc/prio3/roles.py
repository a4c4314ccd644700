"""Sums by Prio3: two servers add shares, and refuse by name whose input is not valid, without seeing any.

A contributor sends one report for each of its votes, or one for its whole vector. The first server is the draft's
leader, the second its helper. Either alone reads nothing; together they read everything.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from backends.smpc.formats import Reader, pack_members, read_members
from backends.smpc.keys import label, task_digest
from backends.smpc.masking import Ints
from backends.smpc.prio3.circuits import Histogram, SumVec
from backends.smpc.prio3.field import FIELD128, MalformedError
from backends.smpc.prio3.vdaf import NONCE_BYTES, Prio3, State
from backends.smpc.prio3.xof import SEED_BYTES
from backends.smpc.two_servers import SERVERS, Joiner, Server
from privacy.plugin import (
    COLLECTOR,
    PUBLIC,
    SHARE,
    Abort,
    AggregationTask,
    Done,
    ParamError,
    Role,
    Secret,
    StepResult,
    Wire,
    WireError,
    check_contribution,
    contributor,
    pack_roll,
)

LEADER, HELPER = SERVERS
MOST_BITS = 20_000
"""The longest encoding that is proved: each bit costs some 50 microseconds of everybody's time."""
REPORTS_UNTIL = 2
"""The round that ends the time of reports."""
PUBLIC_SHARE = 2 * SEED_BYTES


@dataclass(frozen=True)
class Ballot:
    """What a task is in terms of Prio3: the instance, how many reports a vector may be, and what is added to entries.

    Votes are buckets of `Prio3Histogram`; other vectors are numbers of `Prio3SumVec`, made positive by `offset`.
    """

    prio3: Prio3
    places: int
    offset: int

    @classmethod
    def of(cls, task: AggregationTask) -> "Ballot":
        """ParamError for what is too long to prove, and for a sum that is one contributor's vector."""
        if task.contributors < 2:
            raise ParamError("a sum of one contributor's vector is that vector", then="ask at least two to contribute")
        bits = task.one_hot or task.length * (2 * task.bound).bit_length()
        if bits > MOST_BITS:
            raise ParamError(
                f"Prio3 proves every bit of an input, and {bits} bits are more than {MOST_BITS}",
                then="choose the scheme masks, or shorter or smaller vectors",
            )
        return _ballot(task)

    @property
    def width(self) -> int:
        """Entries of one report's output."""
        return self.prio3.circuit.output


@lru_cache(maxsize=8)
def _ballot(task: AggregationTask) -> Ballot:
    ctx = label("prio3", task_digest(task))
    if task.one_hot:
        circuit = Histogram(length=task.one_hot, chunk=max(1, round(task.one_hot**0.5)))
        return Ballot(Prio3(circuit, ctx=ctx), task.length // task.one_hot, 0)
    most = 2 * task.bound
    chunk = max(1, round((task.length * most.bit_length()) ** 0.5))
    return Ballot(Prio3(SumVec(length=task.length, most=most, chunk=chunk), ctx=ctx), 1, task.bound)


def encodings(task: AggregationTask, vector: np.ndarray) -> dict[int, list[int]]:
    """Runs on a contributor: the encoding of each of its reports, by place, from 1. A vote is its own encoding."""
    modulus = FIELD128.modulus
    if not task.one_hot:
        values = [int(x) + task.bound for x in vector]
        if task.checked:
            return {1: Ballot.of(task).prio3.circuit.encode(values)}
        bits = (2 * task.bound).bit_length()
        return {1: [x for v in values for x in (v % modulus, *[0] * (bits - 1))]}
    votes = vector.reshape(-1, task.one_hot)
    return {int(i) + 1: [int(x) % modulus for x in votes[i]] for i in np.flatnonzero(votes.any(axis=1))}


def pack_verifiers(task: AggregationTask, key: bytes, verifiers: Mapping[int, Mapping[int, bytes]]) -> bytes:
    """Runs on aggregator-1: the verification key, and the verifiers of all contributors, by index and place."""
    parts = [key, pack_members(verifiers, n=task.contributors)]
    for held in verifiers.values():
        parts += (pack_members(held, n=Ballot.of(task).places), *(held[p] for p in sorted(held)))
    return b"".join(parts)


class Voter(Role[AggregationTask]):
    """Runs on a contributor: all of its reports in round 1, one share of each to each server."""

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on a contributor: check the vector, shard it, and send."""
        if self.secret is None:
            return Abort("it has no vector to contribute")
        task, ballot = self.seat.task, Ballot.of(self.seat.task)
        check_contribution(task, self.seat.party, self.secret.open(self.seat))
        vector = np.asarray(self.secret.open(self.seat))  # unweighted: servers multiply by public weights
        about = encodings(task, vector)
        reports = [self._report(ballot, about[place]) for place in sorted(about)]
        places = pack_members(about, n=ballot.places)
        self.secret = None
        wires = [Wire(s, "report", SHARE, places + b"".join(r[i] for r in reports)) for i, s in enumerate(SERVERS)]
        return Done(wires=tuple(wires))

    def _report(self, ballot: Ballot, encoded: list[int]) -> list[bytes]:
        prio3 = ballot.prio3
        nonce, rand = self.seat.random.bytes(NONCE_BYTES), self.seat.random.bytes(prio3.randomness)
        public, shares = prio3.shard_encoded(encoded, nonce, rand)
        return [nonce + public + share for share in shares]


@dataclass(frozen=True)
class Held:
    """One report on a server: what verification left there, by place."""

    states: Mapping[int, State]
    verifiers: Mapping[int, bytes]


class Verifier(Server):
    """Runs on either server: reads reports, and adds the shares of those that both found valid."""

    _number: int

    def begin(self, secret: Secret[Any] | None) -> None:
        """Runs on either server: a new run, with nothing left of the last one."""
        super().begin(secret)
        self._ballot = Ballot.of(self.seat.task)
        self._held: dict[int, Held] = {}
        self._arrived: set[int] = set()

    def take(self, wire: Wire) -> None:
        """Runs on either server: take a contributor's reports as they arrive; a second time, or late, refuses it."""
        index = self._refusals.sender(wire)
        if index is None:
            return
        if index in self._arrived or self._round >= REPORTS_UNTIL:
            self._refusals.add(index, f"its {wire.kind} came twice, late or out of turn")
            return
        self._arrived.add(index)
        self._read(index, wire.body)

    @abstractmethod
    def _read(self, index: int, body: bytes) -> None:
        """Runs on either server: the reports of one contributor, in one body."""

    def _late(self, inbox: Sequence[Wire], round_: int) -> None:
        """Runs on either server: a round begins, and whatever of a contributor is in its inbox is out of turn."""
        self._round = round_
        for wire in inbox:
            if (index := self._refusals.sender(wire)) is not None:
                self._refusals.add(index, f"its {wire.kind} came late or out of turn")

    def _shares(self, body: bytes, *, size: int) -> Iterator[tuple[int, bytes, bytes, bytes]]:
        """The place, nonce, public share and input share of each report of a wire; WireError for what is none."""
        reader = Reader(body, "its reports")
        places = read_members(reader, n=self._ballot.places)
        for place in places:
            yield place, reader.take(NONCE_BYTES), reader.take(PUBLIC_SHARE), reader.take(size)
        reader.end()

    def _started(self, body: bytes, key: bytes, *, size: int) -> Held:
        """Runs on either server: the first step of verification, for all reports of one contributor."""
        states, verifiers = {}, {}
        for place, nonce, public, share in self._shares(body, size=size):
            states[place], verifiers[place] = self._ballot.prio3.verify_init(key, self._number, nonce, public, share)
        return Held(states, verifiers)

    def _ended(self, held: Held, messages: Mapping[int, bytes]) -> dict[int, list[int]]:
        """Runs on either server: the last step of verification; shares of outputs by place."""
        return {place: self._ballot.prio3.verify_next(state, messages[place]) for place, state in held.states.items()}

    def _summed(self, included: Sequence[int], outputs: Mapping[int, Mapping[int, list[int]]]) -> Wire:
        """Runs on either server: the weighted sum of its shares, for the collector."""
        task, width = self.seat.task, self._ballot.width
        total = [0] * task.length
        for index in included:
            weight = task.weight(contributor(index))
            for place, share in outputs[index].items():
                for at, x in enumerate(share, start=(place - 1) * width):
                    total[at] += weight * x
        body = FIELD128.encode([x % FIELD128.modulus for x in total])
        return Wire(COLLECTOR, "sum-share", SHARE, pack_roll(tuple(included), self._refusals.by_name(), body=body))


class Leader(Verifier):
    """Runs on aggregator-1, which draws the verification key."""

    _number = 0

    def begin(self, secret: Secret[Any] | None) -> None:
        """Runs on aggregator-1: a fresh verification key, which no contributor learns."""
        super().begin(secret)
        self._key = self.seat.random.bytes(SEED_BYTES)
        self._nonces: set[bytes] = set()

    def _read(self, index: int, body: bytes) -> None:
        """Runs on aggregator-1: start to verify a contributor's reports."""
        circuit = self._ballot.prio3.circuit
        size = (circuit.measured + circuit.proof) * circuit.field.size + SEED_BYTES
        try:
            nonces = [nonce for _, nonce, _, _ in self._shares(body, size=size)]
            if len(set(nonces)) < len(nonces) or not self._nonces.isdisjoint(nonces):
                raise WireError("a report of it has a nonce that was used before")
            self._nonces.update(nonces)
            self._held[index] = self._started(body, self._key, size=size)
        except (MalformedError, WireError) as error:
            self._refusals.add(index, f"its report is none: {error}")

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on aggregator-1: its half of the verification in round 2, the sum of its shares in round 4."""
        self._late(inbox, round_)
        if round_ == 2:
            return self._offered()
        return self._settled(inbox) if round_ == 4 else ()

    def _offered(self) -> StepResult:
        refused = self._refusals.by_name()
        members = [i for i in sorted(self._held) if contributor(i).name not in refused]
        if short := self._short(members, "sent a report"):
            return short
        verifiers = {index: self._held[index].verifiers for index in members}
        return [Wire(HELPER, "verifiers", SHARE, pack_verifiers(self.seat.task, self._key, verifiers))]

    def _settled(self, inbox: Sequence[Wire]) -> StepResult:
        body = self._message(inbox, kind="verdicts")
        if body is None:
            return Abort("the other server did not say whose reports are valid")
        reader, outputs = Reader(body, "the other server's verdicts"), dict[int, dict[int, list[int]]]()
        for index in read_members(reader, n=self.seat.task.contributors):
            if index not in self._held:
                return Abort("the other server named somebody who sent no report")
            held = self._held[index]
            messages = {place: reader.take(SEED_BYTES) for place in sorted(held.states)}
            try:
                outputs[index] = self._ended(held, messages)
            except MalformedError as error:
                self._refusals.add(index, f"its report does not hold: {error}")
        reader.end()
        for index in self._held.keys() - outputs.keys():
            self._refusals.add(index, "the other server found its report invalid, or got none")
        included = tuple(sorted(outputs))
        if short := self._short(included, "sent a valid report"):
            return short
        agreed = Wire(HELPER, "included", PUBLIC, pack_members(included, n=self.seat.task.contributors))
        return Done(wires=(agreed, self._summed(included, outputs)))


class Helper(Verifier):
    """Runs on aggregator-2, which decides whose reports are valid."""

    _number = 1

    def begin(self, secret: Secret[Any] | None) -> None:
        """Runs on aggregator-2: a new run."""
        super().begin(secret)
        self._reports: dict[int, bytes] = {}
        self._outputs: dict[int, dict[int, list[int]]] = {}

    def _read(self, index: int, body: bytes) -> None:
        """Runs on aggregator-2: keep reports until the key comes."""
        self._reports[index] = body

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on aggregator-2: decide in round 3, once the key came, and add up in round 5."""
        self._late(inbox, round_)
        if round_ == 3:
            return self._decided(inbox)
        return self._added(inbox) if round_ == 5 else ()

    def _decided(self, inbox: Sequence[Wire]) -> StepResult:
        body = self._message(inbox, kind="verifiers")
        if body is None:
            return Abort("the other server did not verify")
        task, prio3 = self.seat.task, self._ballot.prio3
        size = prio3.circuit.verifier * prio3.circuit.field.size + SEED_BYTES
        reader, messages = Reader(body, "the other server's verifiers"), dict[int, list[bytes]]()
        key = reader.take(SEED_BYTES)
        refused = self._refusals.by_name()
        for index in read_members(reader, n=task.contributors):
            theirs = {place: reader.take(size) for place in read_members(reader, n=self._ballot.places)}
            if contributor(index).name in refused:
                continue
            try:
                messages[index] = self._verified(index, theirs, key)
            except (MalformedError, WireError) as error:
                self._refusals.add(index, f"its report is not valid: {error}")
        reader.end()
        self._reports = {}
        parts = [pack_members(messages, n=task.contributors)]
        for index in sorted(messages):
            parts += messages[index]
        return [Wire(LEADER, "verdicts", SHARE, b"".join(parts))]

    def _verified(self, index: int, theirs: Mapping[int, bytes], key: bytes) -> list[bytes]:
        """The verifier messages of one contributor's reports, which are valid; its output shares are kept."""
        if index not in self._reports:
            raise WireError("it sent none to the second server")
        held = self._started(self._reports[index], key, size=2 * SEED_BYTES)
        if held.states.keys() != theirs.keys():
            raise WireError("it voted on other things at the first server")
        prio3, places = self._ballot.prio3, sorted(theirs)
        found = {p: prio3.verifier_shares_to_message([theirs[p], held.verifiers[p]]) for p in places}
        self._outputs[index] = self._ended(held, found)
        return [found[p] for p in places]

    def _added(self, inbox: Sequence[Wire]) -> StepResult:
        included = self._reply(inbox, kind="included")
        if included is None or not set(included) <= self._outputs.keys():
            return Abort("the other server did not say whose reports are in the sum, or named one that is not valid")
        if short := self._short(included, "sent a valid report"):
            return short
        return Done(wires=(self._summed(included, self._outputs),))


class Unsharder(Joiner):
    """Runs on the collector: adds the two servers' shares of the sum, once they are over the same contributors."""

    def _joined(self, left: bytes, right: bytes, included: tuple[int, ...]) -> Ints:
        """The sum, int64 (length,), from the shares of both servers, less what made entries positive."""
        task = self.seat.task
        try:
            shares = [FIELD128.decode(bytes(part), length=task.length) for part in (left, right)]
        except MalformedError as error:
            raise WireError(f"a server's share of the sum is none: {error}") from None
        lift = Ballot.of(task).offset * sum(task.weight(contributor(i)) for i in included)
        counted = [x - lift for x in FIELD128.add(*shares)]
        if max(map(abs, counted)) >= 2**62:
            raise WireError("the sum exceeds its bound")
        return np.array(counted, dtype=np.int64)
