"""The arithmetic under the prover, each part against another way to the same number, and against another library."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from py_ecc.optimized_bn128 import FQ, FQ2, FQ12
from py_ecc.optimized_bn128 import pairing as their_pairing

from backends.provers.groth16 import kernel, points, verifier
from backends.provers.groth16.curve import G1, G2, add1, add2, in_group2, mul1, mul2, neg1, on_curve1
from backends.provers.groth16.field import R, root
from backends.provers.groth16.malformed import malformed, outside
from backends.provers.groth16.pairing import product_is_one
from backends.provers.groth16.points import ONE, TWO, Base, cores, points1, points2, stacked, total
from backends.provers.groth16.poseidon import poseidon
from backends.provers.groth16.rows import TURN, limbs, montgomery, plain, powers
from backends.provers.groth16.setup import lagrange
from backends.provers.groth16.verifier import encode2, verify

EDGES = [0, 1, 2, R - 1, R - 2, (1 << 128) - 1, 1 << 128, 1 << 253]
RNG = random.Random(7)
MANY = [*EDGES, *(RNG.randrange(R) for _ in range(40))]


def test_products_of_the_field() -> None:
    out = np.empty((len(MANY), 4), np.uint64)
    kernel.products(montgomery(MANY), montgomery(MANY[::-1]), out)
    assert plain(out) == [a * b % R for a, b in zip(MANY, MANY[::-1], strict=True)]


@pytest.mark.parametrize(("group", "base", "mul", "read"), [(ONE, G1, mul1, points1), (TWO, G2, mul2, points2)])
def test_sums_of_points(group: Any, base: Any, mul: Any, read: Any) -> None:
    with cores() as pool:
        made = Base(base, group).times(limbs(MANY), pool)
    assert read(made) == [mul(base, one) for one in MANY]
    assert (stacked(read(made), group) == made).all()
    for scalars in (MANY[::-1], [one & 1 for one in MANY], [0] * len(MANY), [R - 1] * len(MANY), [1] * len(MANY)):
        expected = sum(a * b for a, b in zip(MANY, scalars, strict=True)) % R
        assert read(total(made, limbs(scalars), group)) == [mul(base, expected)]
    # One point many times over, and beside its negative: every exception of the formulas.
    same = np.repeat(made[1:2], 9, axis=0)
    assert read(total(same, limbs([5, 5, 5, 1, 1, R - 1, R - 1, 7, R - 7]), group)) == [mul(base, 15)]


def test_a_transform_evaluates() -> None:
    values = MANY[:16]
    rows, step = montgomery(values), root(16)
    kernel.transform(rows, powers(step, 8))
    assert plain(rows) == [sum(v * pow(step, i * j, R) for j, v in enumerate(values)) % R for i in range(16)]


def test_lagrange_polynomials_carry_a_polynomial() -> None:
    at = 123456789
    assert sum(w * pow(root(16), 5 * i, R) for i, w in enumerate(lagrange(16, at))) % R == pow(at, 5, R)


def test_points_add_up() -> None:
    assert add1(mul1(G1, 5), mul1(G1, R - 5)) is None
    assert add2(mul2(G2, 3), mul2(G2, 4)) == mul2(G2, 7)
    assert in_group2(G2)
    assert on_curve1(G1)
    assert mul2(G2, R) is None


def test_the_pairing_is_bilinear() -> None:
    a, b = 0xA5A5, R - 77
    left = mul1(G1, a), mul2(G2, b)
    assert product_is_one([left, (neg1(mul1(G1, a * b)), G2)])
    assert product_is_one([left, (mul1(G1, -a), mul2(G2, b))])
    assert not product_is_one([left, (neg1(mul1(G1, a * b + 1)), G2)])
    assert not product_is_one([(G1, G2)])
    assert product_is_one([(None, G2), (G1, None)])


GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text())


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["what"])
def test_another_implementation_says_the_same(case: dict[str, Any]) -> None:
    key, proof = (bytes.fromhex(text[2:]) for text in (GOLDEN["verifying"], case["proof"]))
    assert verify(key, [int(one, 16) for one in case["public"]], proof) is case["accepted"]


def test_another_librarys_pairing_says_the_same() -> None:
    def theirs(p: Any, s: Any) -> Any:
        return their_pairing((*(FQ2(list(c)) for c in s), FQ2.one()), (FQ(p[0]), FQ(p[1]), FQ(1)))

    p, s = mul1(G1, 31), mul2(G2, 17)
    assert theirs(p, s) * theirs(neg1(mul1(G1, 527)), G2) == FQ12.one()
    assert product_is_one([(p, s), (neg1(mul1(G1, 527)), G2)])
    assert theirs(p, s) * theirs(neg1(mul1(G1, 528)), G2) != FQ12.one()


def test_poseidon_is_circomlibs() -> None:
    # The values that circomlib's own tests have.
    assert poseidon([1, 2]) == 7853200120776062878684798364095072458815029376092732009249414926327459813530
    assert poseidon([1, 2, 3, 4]) == 18821383157269793795438455681495246036402687001665670618754263018637548127333


def test_parts_cover_a_row() -> None:
    assert points.spans(10, 3) == [(0, 3), (3, 6), (6, 10)]
    assert points.spans(1, 4) == [(0, 1)]
    assert TURN % R


def test_what_is_malformed_is_refused_before_any_pairing(monkeypatch: pytest.MonkeyPatch) -> None:
    case = GOLDEN["cases"][0]
    key, proof = (bytes.fromhex(text[2:]) for text in (GOLDEN["verifying"], case["proof"]))
    public = [int(one, 16) for one in case["public"]]
    # The same number of the field, written otherwise, would be the same proof once more.
    assert not any(verify(key, [*public[:at], public[at] + R, *public[at + 1 :]], proof) for at in range(4))
    monkeypatch.setattr(verifier, "product_is_one", lambda pairs: True)
    assert verify(key, public, proof)
    assert [what for what, wrong in malformed(proof) if verify(key, public, wrong)] == []
    assert not any(verify(key, [*public[:at], value, *public[at + 1 :]], proof) for at in range(4) for value in (R, -1))
    assert not verify(key, public[:3], proof)
    keys = [key[:at] + bytes(64) + key[at + 64 :] for at in range(0, len(key), 64)]
    outside_group = key[: 2 * 32] + encode2(outside()) + key[6 * 32 :]
    assert not any(verify(one, public, proof) for one in (*keys, outside_group, key[:-64], key[:-1], b""))
