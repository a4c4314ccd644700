"""Prio3 as a whole: a client shards its input, aggregators verify and add up, the collector unshards.

Messages are those of the draft, byte for byte. Source: draft-irtf-cfrg-vdaf-20, section 7.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from backends.smpc.prio3.circuits import Circuit
from backends.smpc.prio3.field import MalformedError
from backends.smpc.prio3.proof import decide, prove, query
from backends.smpc.prio3.xof import SEED_BYTES, seed_from, separation, vector_from

NONCE_BYTES = 16
_MEASUREMENT, _PROOF, _JOINT, _PROVE, _QUERY, _JOINT_SEED, _JOINT_PART = range(1, 8)
_ONE_PROOF = bytes((1,))


@dataclass(frozen=True)
class State:
    """What an aggregator keeps between the two steps of a verification: its share of the output, and the joint seed."""

    share: list[int] = field(repr=False)
    joint: bytes = field(repr=False)


class Prio3:
    """One instance: a circuit, the number of aggregators, and the application's context. It holds no secret."""

    def __init__(self, circuit: Circuit, *, shares: int = 2, ctx: bytes = b"") -> None:
        self.circuit, self.shares, self._ctx = circuit, shares, ctx

    @property
    def randomness(self) -> int:
        """Random bytes of a report."""
        return SEED_BYTES * self.shares * (2 if self.circuit.joint else 1)

    def shard(self, measurement: Any, nonce: bytes, rand: bytes) -> tuple[bytes, list[bytes]]:
        """Runs on the client: the public share, and an input share for each aggregator, the leader's first.

        ValueError for a measurement that the circuit does not have.
        """
        return self.shard_encoded(self.circuit.encode(measurement), nonce, rand)

    def shard_encoded(self, encoded: list[int], nonce: bytes, rand: bytes) -> tuple[bytes, list[bytes]]:
        """Runs on the client: `shard` of an encoding, valid or not."""
        if len(nonce) != NONCE_BYTES or len(rand) != self.randomness:
            raise ValueError("a report takes a nonce of 16 bytes and its own number of random bytes")
        c, joined = self.circuit, self.circuit.joint > 0
        seeds = [rand[i : i + SEED_BYTES] for i in range(0, len(rand), SEED_BYTES)]
        step, helpers = (2 if joined else 1), self.shares - 1
        keys = seeds[0 : step * helpers : step]
        blinds = seeds[1 : step * helpers : step] if joined else []
        own = seeds[step * helpers] if joined else b""
        shared = [self._measurement(i + 1, key) for i, key in enumerate(keys)]
        leader = encoded
        for one in shared:
            leader = c.field.subtract(leader, one)
        parts, joint = b"", list[int]()
        if joined:
            each = enumerate(zip([own, *blinds], [leader, *shared], strict=True))
            parts = b"".join(self.joint_part(i, blind, share, nonce) for i, (blind, share) in each)
            joint = self.joint(parts)
        proof = prove(c, encoded, self.blinding(seeds[-1]), joint)
        for i, key in enumerate(keys):
            proof = c.field.subtract(proof, self._proof(i + 1, key))
        first = c.field.encode(leader) + c.field.encode(proof) + own
        rest = [key + blind for key, blind in zip(keys, blinds or [b""] * helpers, strict=True)]
        return parts, [first, *rest]

    def verify_init(
        self, verify_key: bytes, aggregator: int, nonce: bytes, public_share: bytes, input_share: bytes
    ) -> tuple[State, bytes]:
        """Runs on an aggregator, the leader being 0: its state, and its verifier share for the others.

        MalformedError for shares that are none.
        """
        c = self.circuit
        measured, proof, blind = self.opened(aggregator, input_share)
        seed, part, joint = b"", b"", list[int]()
        if c.joint:
            if len(public_share) != SEED_BYTES * self.shares:
                raise MalformedError(f"a public share of {len(public_share)} bytes")
            part = self.joint_part(aggregator, blind, measured, nonce)
            start = aggregator * SEED_BYTES
            seed = self._joint_seed(public_share[:start] + part + public_share[start + SEED_BYTES :])
            joint = self._joint(seed)
        elif public_share:
            raise MalformedError("a public share where there is none")
        verifier = query(c, measured, proof, self.questions(verify_key, nonce), joint, shares=self.shares)
        return State(c.truncate(measured), seed), c.field.encode(verifier) + part

    def verifier_shares_to_message(self, verifier_shares: Sequence[bytes]) -> bytes:
        """Runs on the aggregators: the verifier message. MalformedError where the input is not valid."""
        c, parts = self.circuit, b""
        verifier = [0] * c.verifier
        for share in verifier_shares:
            size = c.verifier * c.field.size
            if len(share) != size + (SEED_BYTES if c.joint else 0):
                raise MalformedError(f"a verifier share of {len(share)} bytes")
            verifier = c.field.add(verifier, c.field.decode(share[:size], length=c.verifier))
            parts += share[size:]
        if not decide(c, verifier):
            raise MalformedError("the proof does not hold")
        return self._joint_seed(parts) if c.joint else b""

    def verify_next(self, state: State, message: bytes) -> list[int]:
        """Runs on an aggregator: its share of the output. MalformedError where the joint randomness was another."""
        if message != state.joint:
            raise MalformedError("the joint randomness is not that of the shares")
        return state.share

    def unshard(self, shares: Sequence[Sequence[int]]) -> list[int]:
        """Runs on the collector: the sum, `circuit.output` elements."""
        total = [0] * self.circuit.output
        for share in shares:
            total = self.circuit.field.add(total, share)
        return total

    def opened(self, aggregator: int, share: bytes) -> tuple[list[int], list[int], bytes]:
        """Runs on an aggregator: its input share as measurement, proof and blind."""
        c, blind = self.circuit, SEED_BYTES if self.circuit.joint else 0
        if aggregator:
            if len(share) != SEED_BYTES + blind:
                raise MalformedError(f"a helper's share of {len(share)} bytes")
            key = share[:SEED_BYTES]
            return self._measurement(aggregator, key), self._proof(aggregator, key), share[SEED_BYTES:]
        if len(share) != (c.measured + c.proof) * c.field.size + blind:
            raise MalformedError(f"a leader's share of {len(share)} bytes")
        middle, end = c.measured * c.field.size, (c.measured + c.proof) * c.field.size
        measured = c.field.decode(share[:middle], length=c.measured)
        return measured, c.field.decode(share[middle:end], length=c.proof), share[end:]

    def blinding(self, seed: bytes) -> list[int]:
        """Runs on the client: what blinds the wires of its proof, `circuit.arity` elements."""
        return vector_from(self.circuit.field, seed, self._tag(_PROVE), _ONE_PROOF, self.circuit.arity)

    def questions(self, verify_key: bytes, nonce: bytes) -> list[int]:
        """Runs on an aggregator: the randomness of the query, `circuit.query` elements, which no client foresees."""
        return vector_from(self.circuit.field, verify_key, self._tag(_QUERY), _ONE_PROOF + nonce, self.circuit.query)

    def joint(self, parts: bytes) -> list[int]:
        """The joint randomness of the parts of all aggregators, `circuit.joint` elements."""
        return self._joint(self._joint_seed(parts))

    def _tag(self, usage: int) -> bytes:
        return separation(self.circuit.algorithm, usage, self._ctx)

    def _measurement(self, aggregator: int, key: bytes) -> list[int]:
        c = self.circuit
        return vector_from(c.field, key, self._tag(_MEASUREMENT), bytes((aggregator,)), c.measured)

    def _proof(self, aggregator: int, key: bytes) -> list[int]:
        c = self.circuit
        return vector_from(c.field, key, self._tag(_PROOF), _ONE_PROOF + bytes((aggregator,)), c.proof)

    def joint_part(self, aggregator: int, blind: bytes, measured: Sequence[int], nonce: bytes) -> bytes:
        """One aggregator's part of the joint randomness: bound to its share of the measurement and to the report."""
        binder = bytes((aggregator,)) + nonce + self.circuit.field.encode(measured)
        return seed_from(blind, self._tag(_JOINT_PART), binder)

    def _joint_seed(self, parts: bytes) -> bytes:
        return seed_from(bytes(SEED_BYTES), self._tag(_JOINT_SEED), parts)

    def _joint(self, seed: bytes) -> list[int]:
        return vector_from(self.circuit.field, seed, self._tag(_JOINT), _ONE_PROOF, self.circuit.joint)
