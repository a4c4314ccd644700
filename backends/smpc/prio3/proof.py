"""Fully linear proofs that a secret-shared input is valid.

The prover writes down every product of the circuit as one polynomial; each verifier evaluates its share of it, and of
the wires, at a random point. Source: draft-irtf-cfrg-vdaf-20, section 7.3 (Boneh et al., CRYPTO 2019, theorem 4.3).
"""

from collections.abc import Sequence

from backends.smpc.prio3.circuits import Circuit
from backends.smpc.prio3.field import powers


class _Wires:
    """Records the inputs of each call of the gadget: on every wire, its blinding first."""

    def __init__(self, circuit: Circuit, blinding: Sequence[int]) -> None:
        self.values = [[b] + [0] * (circuit.wire - 1) for b in blinding]
        self._call = 0

    def note(self, inputs: Sequence[int]) -> int:
        """Write one call's inputs down; its number, from 1."""
        self._call += 1
        for wire, x in zip(self.values, inputs, strict=True):
            wire[self._call] = x
        return self._call


def prove(circuit: Circuit, encoded: Sequence[int], blinding: Sequence[int], joint: Sequence[int]) -> list[int]:
    """Runs on the client: the proof, `circuit.proof` elements. `blinding` are `circuit.arity` random ones."""
    wires = _Wires(circuit, blinding)

    def gate(inputs: Sequence[int]) -> int:
        wires.note(inputs)
        return circuit.gadget(inputs)

    circuit.check(encoded, joint, gate, shares=1)
    points = zip(*(circuit.field.doubled(wire) for wire in wires.values), strict=True)
    polynomial = [circuit.gadget(inputs) for inputs in points]
    return [*blinding, *polynomial[:-1]]


def query(
    circuit: Circuit, encoded: Sequence[int], proof: Sequence[int], randomness: Sequence[int], joint: Sequence[int],
    *, shares: int,
) -> list[int]:  # fmt: skip
    """Runs on an aggregator: its share of the verifier, `circuit.verifier` elements.

    MalformedError where the test point would give the input away, which happens by chance alone.
    """
    m, wires = circuit.field.modulus, _Wires(circuit, proof[: circuit.arity])
    polynomial = _completed(circuit, proof[circuit.arity :])
    outputs = circuit.check(encoded, joint, lambda inputs: polynomial[2 * wires.note(inputs)], shares=shares)
    if circuit.results > 1:
        output = sum(r * x for r, x in zip(randomness[:-1], outputs, strict=True)) % m
    else:
        (output,) = outputs
    point = randomness[-1]
    weights = circuit.field.at(point, n=circuit.wire)
    ends = [sum(w * x for w, x in zip(weights, wire, strict=True)) % m for wire in wires.values]
    wide = circuit.field.at(point, n=2 * circuit.wire)
    return [output, *ends, sum(w * x for w, x in zip(wide, polynomial, strict=True)) % m]


def decide(circuit: Circuit, verifier: Sequence[int]) -> bool:
    """Runs on the aggregators together: whether the input is valid."""
    output, *ends, found = verifier
    return output == 0 and circuit.gadget(ends) == found


def _completed(circuit: Circuit, polynomial: Sequence[int]) -> list[int]:
    """All 2 `wire` values of the gadget's polynomial: its degree is one too low for the last to be free."""
    roots, m = powers(circuit.field, 2 * circuit.wire), circuit.field.modulus
    last = -sum(v * roots[i + 1] for i, v in enumerate(polynomial)) % m
    return [*polynomial, last]
