"""A proof of Groth16 (2016) from a proving key and the wires of a witness: two points of G1 and one of G2."""

import secrets
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from backends.provers.groth16 import kernel
from backends.provers.groth16.curve import G1Point, G2Point
from backends.provers.groth16.field import R, root
from backends.provers.groth16.kernel import Limbs
from backends.provers.groth16.points import ONE, TWO, Group, cores, joined, points1, points2, spans, total
from backends.provers.groth16.rows import limbs, montgomery, powers
from backends.provers.groth16.zkey import Zkey
from privacy.plugin.provers import Report, silent

STEPS = 4

Points = tuple[G1Point, G2Point, G1Point]


def prove(key: Zkey, wires: Sequence[int], *, report: Report = silent) -> Points:
    """The points A, B and C for an assignment of all wires, which must satisfy the circuit. Fresh coins each time."""
    coin, other = secrets.randbelow(R), secrets.randbelow(R)
    values = limbs(wires)
    private = values[key.inputs + 1 :]
    coins = limbs([1, coin, other])
    with cores() as pool:
        report(0, STEPS, "summing the points of the wires")

        def sums(points: Limbs, scalars: Limbs, group: Group) -> list[Future[Limbs]]:
            # In more parts than cores, so that no core waits long for another.
            return [pool.submit(total, points[a:b], scalars[a:b], group) for a, b in spans(len(points), 4)]

        own = _with(key.b2, key, ("beta2", "delta2")), np.concatenate([values, coins[[0, 2]]])
        in_two = sums(*own, TWO)
        in_a = sums(_with(key.a, key, ("alpha1", "delta1")), np.concatenate([values, coins[[0, 1]]]), ONE)
        in_b = sums(_with(key.b1, key, ("beta1", "delta1")), np.concatenate([values, coins[[0, 2]]]), ONE)
        in_c = sums(key.c, private, ONE)
        quotient = _quotient(key, values, pool)
        report(1, STEPS, "summing the points of the quotient")
        in_h = sums(key.h, quotient, ONE)
        a = joined([one.result() for one in in_a], ONE)
        b1 = joined([one.result() for one in in_b], ONE)
        b2 = joined([one.result() for one in in_two], TWO)
        report(2, STEPS, "summing the points of the quotient")
        blinding = total(np.concatenate([a, b1, key.part("delta1")]), limbs([other, coin, -coin * other % R]), ONE)
        c = joined([*(one.result() for one in (*in_c, *in_h)), blinding], ONE)
    report(3, STEPS, "putting the proof together")
    return points1(a)[0], points2(b2)[0], points1(c)[0]


def _with(rows: Limbs, key: Zkey, names: tuple[str, ...]) -> Limbs:
    return np.concatenate([rows, *(key.part(name) for name in names)])


def _quotient(key: Zkey, values: Limbs, pool: ThreadPoolExecutor) -> Limbs:
    """a b - c at the odd points of the domain twice as fine: what is left there is the quotient's."""
    rows = key.coefficients["row"].astype(np.int64)
    columns = key.coefficients["wire"].astype(np.int64)
    sides = []
    for matrix in range(2):
        own = key.coefficients["matrix"] == matrix
        out = np.zeros((key.domain, 4), np.uint64)
        kernel.sparse(rows[own], columns[own], key.coefficients["value"][own].astype(np.uint64), values, out)
        sides.append(out)
    product = np.empty_like(sides[0])
    kernel.products(sides[0], sides[1], product)
    step = root(key.domain)
    back, forth = (powers(base, max(1, key.domain // 2)) for base in (pow(step, -1, R), step))
    turn = powers(root(2 * key.domain), key.domain)
    kernel.products(turn, montgomery([pow(key.domain, -1, R)]), turn)

    def shifted(side: Limbs) -> Limbs:
        kernel.transform(side, back)
        kernel.products(side, turn, side)
        kernel.transform(side, forth)
        return side

    a, b, c = pool.map(shifted, (*sides, product))
    out = np.empty_like(a)
    kernel.rest(a, b, c, out)
    return out
