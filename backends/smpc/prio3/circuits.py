"""What a valid input is, as arithmetic circuits: they give zeros for valid inputs and, on shares, shares of zeros.

Every product goes through the circuit's one gadget, of degree two. Source: draft-irtf-cfrg-vdaf-20, sections 7.4 and A.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from backends.smpc.prio3.field import FIELD64, FIELD128, Field

Gate = Callable[[Sequence[int]], int]
"""Takes the inputs of one call of the gadget, and gives its output."""


def next_power_of_two(n: int) -> int:
    return 1 << (n - 1).bit_length()


class Circuit(ABC):
    """A validity circuit: `encode` an input, `check` a (share of an) encoding, `truncate` it to what is added up.

    `algorithm` is Prio3's identifier of the instance, `arity` the inputs of the gadget, `calls` how often it is called,
    `measured` the length of an encoding, `output` that of what is added up, `results` the number of outputs.
    """

    algorithm: int
    field: Field = FIELD128
    arity: int
    calls: int
    measured: int
    joint: int = 0
    output: int
    results: int = 1

    @property
    def wire(self) -> int:
        """The values of a wire's polynomial: one for the prover's blinding and one for each call, to a power of two."""
        return next_power_of_two(1 + self.calls)

    @property
    def proof(self) -> int:
        """Field elements of a proof: the blinding of each wire, and a polynomial of degree 2 (wire - 1)."""
        return self.arity + 2 * self.wire - 1

    @property
    def query(self) -> int:
        """Field elements of the query's randomness: one for each output where there are several, and the test point."""
        return 1 + (self.results if self.results > 1 else 0)

    @property
    def verifier(self) -> int:
        """Field elements of a verifier: the output, the wires at the test point, and the gadget there."""
        return self.arity + 2

    @abstractmethod
    def gadget(self, inputs: Sequence[int]) -> int:
        """The gadget's value; its product of inputs is of degree two."""

    @abstractmethod
    def encode(self, measurement: Any) -> list[int]:
        """Runs on the client: the measurement as `measured` elements. ValueError for none that is valid."""

    @abstractmethod
    def check(self, encoded: Sequence[int], joint: Sequence[int], gate: Gate, *, shares: int) -> list[int]:
        """`results` elements, all zero for a valid input; on shares of one, shares of them."""

    def truncate(self, encoded: Sequence[int]) -> list[int]:
        """What is added up of an encoding."""
        return list(encoded[: self.output])


class Count(Circuit):
    """Zero or one."""

    algorithm, field, arity, calls, measured, output = 1, FIELD64, 2, 1, 1, 1

    def gadget(self, inputs: Sequence[int]) -> int:
        return inputs[0] * inputs[1] % self.field.modulus

    def encode(self, measurement: int) -> list[int]:
        return [measurement]

    def check(self, encoded: Sequence[int], joint: Sequence[int], gate: Gate, *, shares: int) -> list[int]:
        return [(gate([encoded[0], encoded[0]]) - encoded[0]) % self.field.modulus]


class Sum(Circuit):
    """A whole number from 0 to `most`."""

    algorithm, field, arity, output = 2, FIELD64, 1, 1

    def __init__(self, most: int) -> None:
        self._weights = weights_of(most)
        self.calls = self.measured = self.results = len(self._weights)

    def gadget(self, inputs: Sequence[int]) -> int:
        return inputs[0] * (inputs[0] - 1) % self.field.modulus

    def encode(self, measurement: int) -> list[int]:
        return bits_of(measurement, self._weights)

    def check(self, encoded: Sequence[int], joint: Sequence[int], gate: Gate, *, shares: int) -> list[int]:
        return [gate([bit]) for bit in encoded]

    def truncate(self, encoded: Sequence[int]) -> list[int]:
        return [value_of(encoded, self._weights) % self.field.modulus]


class Bits(Circuit):
    """The base of circuits whose encoding is bits, which the gadget checks `chunk` at a time."""

    def _chunked(self, *, measured: int, chunk: int) -> None:
        self.measured, self.chunk = measured, chunk
        self.arity = 2 * chunk
        self.calls = self.joint = -(-measured // chunk)

    def gadget(self, inputs: Sequence[int]) -> int:
        """A sum of products."""
        return sum(a * b for a, b in zip(inputs[::2], inputs[1::2], strict=True)) % self.field.modulus

    def bits_off(self, encoded: Sequence[int], joint: Sequence[int], gate: Gate, *, part: int) -> int:
        """Zero, but for a chance of the joint randomness, where every entry is a bit. `part` is a share of one."""
        m, off = self.field.modulus, 0
        for call, r in enumerate(joint):
            inputs: list[int] = []
            power = r
            entries = encoded[call * self.chunk : (call + 1) * self.chunk]
            for x in (*entries, *[0] * (self.chunk - len(entries))):
                inputs += (power * x % m, (x - part) % m)
                power = power * r % m
            off += gate(inputs)
        return off % m

    def check(self, encoded: Sequence[int], joint: Sequence[int], gate: Gate, *, shares: int) -> list[int]:
        part = self.field.inverse(shares)
        return [self.bits_off(encoded, joint, gate, part=part), *self.also(encoded, part=part)]

    def also(self, encoded: Sequence[int], *, part: int) -> list[int]:
        """More outputs that must be zero, linear in the encoding. The usual: none."""
        return []


class SumVec(Bits):
    """`length` whole numbers from 0 to `most`."""

    algorithm = 3

    def __init__(self, *, length: int, most: int, chunk: int) -> None:
        self._weights = weights_of(most)
        self.output = length
        self._chunked(measured=length * len(self._weights), chunk=chunk)

    def encode(self, measurement: Sequence[int]) -> list[int]:
        if len(measurement) != self.output:
            raise ValueError(f"{len(measurement)} numbers where {self.output} were due")
        return [bit for value in measurement for bit in bits_of(value, self._weights)]

    def truncate(self, encoded: Sequence[int]) -> list[int]:
        n, m = len(self._weights), self.field.modulus
        return [value_of(encoded[i : i + n], self._weights) % m for i in range(0, len(encoded), n)]


class Histogram(Bits):
    """One of `length` buckets: a vector of zeros and a single one."""

    algorithm, results = 4, 2

    def __init__(self, *, length: int, chunk: int) -> None:
        self.output = length
        self._chunked(measured=length, chunk=chunk)

    def encode(self, measurement: int) -> list[int]:
        if not 0 <= measurement < self.output:
            raise ValueError(f"there is no bucket {measurement}")
        return [int(i == measurement) for i in range(self.output)]

    def also(self, encoded: Sequence[int], *, part: int) -> list[int]:
        return [(sum(encoded) - part) % self.field.modulus]


class MultihotCountVec(Bits):
    """`length` bits of which at most `most` are one."""

    algorithm, results = 5, 2

    def __init__(self, *, length: int, most: int, chunk: int) -> None:
        self._weights = weights_of(most)
        self.output = length
        self._chunked(measured=length + len(self._weights), chunk=chunk)

    def encode(self, measurement: Sequence[bool]) -> list[int]:
        if len(measurement) != self.output:
            raise ValueError(f"{len(measurement)} bits where {self.output} were due")
        bits = [int(bool(x)) for x in measurement]
        return [*bits, *bits_of(sum(bits), self._weights)]

    def also(self, encoded: Sequence[int], *, part: int) -> list[int]:
        found, claimed = encoded[: self.output], encoded[self.output :]
        return [(sum(found) - value_of(claimed, self._weights)) % self.field.modulus]


def weights_of(most: int) -> list[int]:
    """The weights of bits that add up to any number from 0 to `most`, and to no other."""
    bits = most.bit_length()
    return [1 << i for i in range(bits - 1)] + [most - (1 << (bits - 1)) + 1]


def bits_of(value: int, weights: Sequence[int]) -> list[int]:
    """`value` as bits of these weights. ValueError where it is out of range."""
    if not 0 <= value <= sum(weights):
        raise ValueError(f"{value} is not between 0 and {sum(weights)}")
    last = int(value > sum(weights[:-1]))
    rest = value - last * weights[-1]
    return [(rest >> i) & 1 for i in range(len(weights) - 1)] + [last]


def value_of(bits: Sequence[int], weights: Sequence[int]) -> int:
    """The number that bits, or shares of them, stand for."""
    return sum(w * b for w, b in zip(weights, bits, strict=True))
