"""What Prio3 shows of the inside of a test run: shares that add up, seeds, and what randomness is bound to.

For the conformance kit alone: it alone knows what parties drew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backends.smpc.formats import Reader, read_members
from backends.smpc.prio3.proof import prove
from backends.smpc.prio3.roles import HELPER, LEADER, PUBLIC_SHARE, Ballot, encodings, pack_verifiers
from backends.smpc.prio3.vdaf import NONCE_BYTES, Prio3
from backends.smpc.prio3.xof import SEED_BYTES
from privacy.plugin import AggregationTask, BoundValue, DrawnSeeds, KnownAnswer, KnownRun, MaskedVector, Message, Party

_OTHER = bytes(range(1, SEED_BYTES + 1))
"""Stands for any other key, nonce or blind."""


@dataclass(frozen=True)
class Report:
    """One report as both servers got it, read with the secrets of both."""

    place: int
    nonce: bytes
    public: bytes
    shares: tuple[bytes, bytes]


def shown_reports(task: AggregationTask, messages: Sequence[Message], run: KnownRun) -> Iterator[KnownAnswer]:
    """Of each contributor its shares, proof and seeds, and of the servers what they ask of a proof."""
    ballot = Ballot.of(task)
    bodies = {(m.sender, m.receiver): m.sample for m in messages if m.kind == "report"}
    offered = next((m.sample for m in messages if m.kind == "verifiers"), b"")
    key = offered[:SEED_BYTES]
    reports: dict[Party, list[Report]] = {}
    for party in task.roster:
        if all((party, server) in bodies for server in (LEADER, HELPER)):
            reports[party] = _read(ballot, bodies[party, LEADER], bodies[party, HELPER])
            yield from _of_contributor(task, ballot, party, reports[party], run)
    if not key:
        return
    yield DrawnSeeds(LEADER, "the verification key", (key,))
    prio3 = ballot.prio3
    verifiers = {
        party.index or 0: {
            one.place: prio3.verify_init(key, 0, one.nonce, one.public, one.shares[0])[1] for one in held
        }
        for party, held in reports.items()
    }
    yield BoundValue("what the first server asks of proofs", offered, pack_verifiers(task, key, verifiers))
    for party, held in reports.items():
        for one in held:
            yield _questions(prio3, party, one, key)


def _read(ballot: Ballot, first: bytes, second: bytes) -> list[Report]:
    """The reports of one contributor. Both wires name the same places, nonces and public shares."""
    c = ballot.prio3.circuit
    readers = [Reader(body, "its reports") for body in (first, second)]
    places = [read_members(reader, n=ballot.places) for reader in readers]
    sizes = ((c.measured + c.proof) * c.field.size + SEED_BYTES, 2 * SEED_BYTES)
    found = []
    for place in places[0]:
        heads = [(reader.take(NONCE_BYTES), reader.take(PUBLIC_SHARE), reader.take(size))
                 for reader, size in zip(readers, sizes, strict=True)]  # fmt: skip
        (nonce, public, leader), (_, _, helper) = heads
        found.append(Report(place, nonce, public, (leader, helper)))
    return found


def _of_contributor(
    task: AggregationTask, ballot: Ballot, party: Party, reports: Sequence[Report], run: KnownRun
) -> Iterator[KnownAnswer]:
    prio3, about = ballot.prio3, encodings(task, np.asarray(run.inputs[party]))
    field, drawn = prio3.circuit.field, b"".join(run.drawn.get(party, ()))
    for one in reports:
        leader, helper = (prio3.opened(i, share) for i, share in enumerate(one.shares))
        blinding = field.add(leader[1], helper[1])[: prio3.circuit.arity]
        seed = _seed_of(prio3, blinding, drawn)
        seeds = (one.nonce, one.shares[1][:SEED_BYTES], helper[2], leader[2], seed)
        yield DrawnSeeds(party, "the nonces, seeds and blinds of reports", seeds)
        yield BoundValue(
            f"what blinds a proof of {party}",
            field.encode(blinding),
            field.encode(prio3.blinding(seed)),
            {"its seed": field.encode(prio3.blinding(_OTHER))},
        )
        parts = [prio3.joint_part(i, blind, part, one.nonce) for i, (part, _, blind) in enumerate((leader, helper))]
        for number, (part, (measured, _, blind)) in enumerate(zip(parts, (leader, helper), strict=True)):
            other = [(x + 1) % field.modulus for x in measured]
            yield BoundValue(
                f"the joint randomness that {party} gives server {number + 1}",
                one.public[number * SEED_BYTES : (number + 1) * SEED_BYTES],
                part,
                {
                    "the report's nonce": prio3.joint_part(number, blind, measured, _OTHER[:NONCE_BYTES]),
                    "the share of the measurement": prio3.joint_part(number, blind, other, one.nonce),
                    "the blind": prio3.joint_part(number, _OTHER, measured, one.nonce),
                },
            )
        encoded = about[one.place]
        proof = prove(prio3.circuit, encoded, blinding, prio3.joint(b"".join(parts)))
        for hidden, plain, theirs in zip(leader[:2], (encoded, proof), helper[:2], strict=True):
            sent, whole, mask = (np.array(x, dtype=object) for x in (hidden, plain, theirs))
            yield MaskedVector(party, sent, whole, field.modulus, -mask, {})


def _seed_of(prio3: Prio3, blinding: Sequence[int], drawn: bytes) -> bytes:
    """The seed that a proof's blinding follows from, where its contributor drew it; else nothing."""
    starts = range(0, len(drawn) - SEED_BYTES + 1, NONCE_BYTES)
    seeds = (drawn[at : at + SEED_BYTES] for at in starts)
    return next((seed for seed in seeds if prio3.blinding(seed) == list(blinding)), b"")


def _questions(prio3: Prio3, party: Party, one: Report, key: bytes) -> BoundValue:
    def asks(verify_key: bytes, nonce: bytes) -> bytes:
        return prio3.circuit.field.encode(prio3.questions(verify_key, nonce))

    value = asks(key, one.nonce)
    others: Mapping[str, bytes] = {
        "the verification key": asks(_OTHER, one.nonce),
        "the report's nonce": asks(key, _OTHER[:NONCE_BYTES]),
    }
    return BoundValue(f"the query of a report of {party}", value, value, others)
