"""Making a key for a circuit (Groth 2016): with five secret numbers, which are forgotten when it returns.

Whoever kept them could forge proofs, and only this machine can know that it did not: so it is a dev key.
"""

import secrets
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from backends.provers.groth16.curve import G1, G2
from backends.provers.groth16.field import TWO_ADICITY, R, inverses, root
from backends.provers.groth16.kernel import Limbs
from backends.provers.groth16.points import ONE, TWO, Base, cores
from backends.provers.groth16.r1cs import Shape
from backends.provers.groth16.rows import TURN, limbs
from backends.provers.groth16.zkey import COEFFICIENT, Zkey
from privacy.plugin.provers import DataError, Report, silent

STEPS = 5


def setup(shape: Shape, *, report: Report = silent) -> Zkey:
    """A proving key for a circuit. DataError where it has more rows than a transform can have."""
    domain = 1 << (len(shape.rows) + shape.inputs).bit_length()
    if domain.bit_length() - 1 >= TWO_ADICITY:
        raise DataError(f"a circuit of {len(shape.rows):,} rows is too large", then="prove a smaller catalogue")
    point, alpha, beta, gamma, delta = (1 + secrets.randbelow(R - 1) for _ in range(5))
    report(0, STEPS, "evaluating the circuit")
    a, b, c = _evaluated(shape, lagrange(domain, point))
    mixed = [(beta * x + alpha * y + z) % R for x, y, z in zip(a, b, c, strict=True)]
    per_gamma, per_delta = pow(gamma, -1, R), pow(delta, -1, R)
    shown = shape.inputs + 1
    odd = lagrange(2 * domain, point)[1::2]
    with cores() as pool:
        report(1, STEPS, "points of the first group")
        one = Base(G1, ONE)

        def points(scalars: Sequence[int]) -> Limbs:
            return one.times(limbs(scalars), pool)

        alpha1, beta1, delta1 = points([alpha, beta, delta])
        rows_a, rows_b = points(a), points(b)
        ic = points([x * per_gamma % R for x in mixed[:shown]])
        rows_c = points([x * per_delta % R for x in mixed[shown:]])
        report(2, STEPS, "points of the quotient")
        rows_h = points([x * per_delta % R for x in odd])
        report(3, STEPS, "points of the second group")
        two = Base(G2, TWO)
        beta2, gamma2, delta2 = two.times(limbs([beta, gamma, delta]), pool)
        rows_b2 = two.times(limbs(b), pool)
    report(4, STEPS, "putting the key together")
    head = np.concatenate([alpha1, beta1, beta2, gamma2, delta1, delta2])[None]
    return Zkey(shape.wires, shape.inputs, domain, head, ic, coefficients(shape), rows_a, rows_b, rows_b2, rows_c,
                rows_h)  # fmt: skip


def lagrange(size: int, point: int) -> list[int]:
    """The Lagrange polynomials of the roots of one of order `size`, at a point that is none of them, modulo R."""
    step, power, roots = root(size), 1, []
    for _ in range(size):
        roots.append(power)
        power = power * step % R
    scale = (pow(point, size, R) - 1) * pow(size, -1, R) % R
    apart = inverses([(point - one) % R for one in roots])
    return [scale * one % R * away % R for one, away in zip(roots, apart, strict=True)]


def _evaluated(shape: Shape, at: list[int]) -> tuple[list[int], list[int], list[int]]:
    """The polynomials of each wire in a, in b and in c, at the secret point."""
    found = ([0] * shape.wires, [0] * shape.wires, [0] * shape.wires)
    for row, value in zip(shape.rows, at, strict=False):
        for side, total in zip(row, found, strict=True):
            for wire, factor in side.items():
                total[wire] += factor * value
    # A row for each input by itself: without it, one that no constraint reads would not be bound.
    for wire in range(shape.inputs + 1):
        found[0][wire] += at[len(shape.rows) + wire]
    a, b, c = ([one % R for one in side] for side in found)
    return a, b, c


def coefficients(shape: Shape) -> npt.NDArray[np.void]:
    """The entries of a circuit's matrices a and b, as a key has them."""
    entries = [
        (matrix, at, wire, factor)
        for at, row in enumerate(shape.rows) for matrix, side in enumerate(row[:2]) for wire, factor in side.items()
    ]  # fmt: skip
    entries += [(0, len(shape.rows) + wire, wire, 1) for wire in range(shape.inputs + 1)]
    found = np.empty(len(entries), COEFFICIENT)
    for name, column in zip(("matrix", "row", "wire"), range(3), strict=True):
        found[name] = [entry[column] for entry in entries]
    found["value"] = limbs(entry[3] * TURN * TURN % R for entry in entries)
    return found
