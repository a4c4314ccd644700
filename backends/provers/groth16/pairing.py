"""The pairing of BN254 over Python's integers: whether a product of pairings is one.

The optimal ate pairing (Vercauteren 2010) with the usual twist: a number of degree 12 is six coefficients over the
field of G2's coordinates, of 1, w, ..., w^5, where w^6 = 9 + i. Four pairings take some 30 ms.
"""

from collections.abc import Iterable
from functools import lru_cache

from backends.provers.groth16.curve import G1Point, G2Point, Pair, inverse, slope2, third2, times
from backends.provers.groth16.field import Q

Number = list[Pair]

_X = 4965661367192848881
"""The number that the curve was made from."""
_LOOP = 6 * _X + 2
_XI: Pair = (9, 1)
_ONE: Number = [(1, 0)] + [(0, 0)] * 5


def product_is_one(pairs: Iterable[tuple[G1Point, G2Point]]) -> bool:
    """Whether the pairings of these points of G1 and of G2 multiply to one."""
    total = _miller([(p, s) for p, s in pairs if p is not None and s is not None])
    return _final(total) == _ONE


def _multiply(a: Number, b: Number) -> Number:
    real, imaginary = [0] * 11, [0] * 11
    for i, (a0, a1) in enumerate(a):
        if not (a0 or a1):
            continue
        for j, (b0, b1) in enumerate(b):
            if b0 or b1:
                real[i + j] += a0 * b0 - a1 * b1
                imaginary[i + j] += a0 * b1 + a1 * b0
    for at in range(5):
        above, beside = real[at + 6], imaginary[at + 6]
        real[at] += 9 * above - beside
        imaginary[at] += 9 * beside + above
    return [(real[at] % Q, imaginary[at] % Q) for at in range(6)]


@lru_cache(maxsize=1)
def _turns() -> list[Pair]:
    """xi^(k (Q - 1) / 6) for each k below 6: what the Frobenius map multiplies the coefficient of w^k by."""
    found, base = [(1, 0)], _power(_XI, (Q - 1) // 6)
    for _ in range(5):
        found.append(times(found[-1], base))
    return found


def _power(base: Pair, exponent: int) -> Pair:
    total: Pair = (1, 0)
    for bit in bin(exponent)[2:]:
        total = times(total, total)
        if bit == "1":
            total = times(total, base)
    return total


def _frobenius(a: Number) -> Number:
    return [times((one[0], -one[1] % Q), turn) for one, turn in zip(a, _turns(), strict=True)]


def _turned(point: tuple[Pair, Pair]) -> tuple[Pair, Pair]:
    """The Frobenius map on the twist."""
    (x, y), turns = point, _turns()
    return times((x[0], -x[1] % Q), turns[2]), times((y[0], -y[1] % Q), turns[3])


Line = tuple[Pair, Pair]
"""A line over the twist: its slope, and how far below zero it meets the axis."""


@lru_cache(maxsize=16)
def _lines(s: tuple[Pair, Pair]) -> tuple[Line, ...]:
    """The lines that the loop passes through for a point of G2, in order: those of a key's own points are kept."""
    found: list[Line] = []
    at = s

    def step(other: tuple[Pair, Pair]) -> None:
        nonlocal at
        slope = slope2(at, other)
        assert slope is not None  # of order R, and the loop is shorter
        product = times(slope, at[0])
        found.append((slope, ((product[0] - at[1][0]) % Q, (product[1] - at[1][1]) % Q)))
        at = third2(at, other, slope)

    for bit in bin(_LOOP)[3:]:
        step(at)
        if bit == "1":
            step(s)
    first = _turned(s)
    x, (y0, y1) = _turned(first)
    step(first)
    step((x, (-y0 % Q, -y1 % Q)))
    return tuple(found)


def _miller(pairs: list[tuple[tuple[int, int], tuple[Pair, Pair]]]) -> Number:
    total = _ONE
    ways = [(p, iter(_lines(s))) for p, s in pairs]

    def step() -> None:
        nonlocal total
        for (x, y), lines in ways:
            slope, rest = next(lines)
            # The line at a point of G1, as y - slope x w + rest w^3.
            value = [(y, 0), (-slope[0] * x % Q, -slope[1] * x % Q), (0, 0), rest, (0, 0), (0, 0)]
            total = _multiply(total, value)

    for bit in bin(_LOOP)[3:]:
        total = _multiply(total, total)
        step()
        if bit == "1":
            step()
    step()
    step()
    return total


def _conjugate(a: Number) -> Number:
    """a to the power Q^6."""
    return [one if at % 2 == 0 else (-one[0] % Q, -one[1] % Q) for at, one in enumerate(a)]


def _inverted(a: Number) -> Number:
    """The inverse: by its conjugate over the half field of 1, w^2 and w^4, and by that one's adjugate."""
    beside = _conjugate(a)
    c0, _, c1, _, c2, _ = _multiply(a, beside)

    def less(x: Pair, y: Pair) -> Pair:
        return (x[0] - y[0]) % Q, (x[1] - y[1]) % Q

    t0 = less(times(c0, c0), times(_XI, times(c1, c2)))
    t1 = less(times(_XI, times(c2, c2)), times(c0, c1))
    t2 = less(times(c1, c1), times(c0, c2))
    norm = times(c0, t0)
    for other, part in ((c2, t1), (c1, t2)):
        turned = times(_XI, times(other, part))
        norm = ((norm[0] + turned[0]) % Q, (norm[1] + turned[1]) % Q)
    scale = inverse(norm)
    parts = [times(one, scale) for one in (t0, t1, t2)]
    return _multiply(beside, [parts[0], (0, 0), parts[1], (0, 0), parts[2], (0, 0)])


def _raised(a: Number) -> Number:
    """a to the power of the curve's own x."""
    total = a
    for bit in bin(_X)[3:]:
        total = _multiply(total, total)
        if bit == "1":
            total = _multiply(total, a)
    return total


def _final(a: Number) -> Number:
    """a to the power (Q^12 - 1) / R: its last part by powers of x (Scott and others 2009)."""
    a = _multiply(_conjugate(a), _inverted(a))
    a = _multiply(_frobenius(_frobenius(a)), a)
    first = _raised(a)
    second = _raised(first)
    third = _raised(second)
    turned = _frobenius(a)
    twice = _frobenius(turned)
    y0 = _multiply(_multiply(turned, twice), _frobenius(twice))
    y1, y2 = _conjugate(a), _frobenius(_frobenius(second))
    y3, y5 = _conjugate(_frobenius(first)), _conjugate(second)
    y4 = _conjugate(_multiply(first, _frobenius(second)))
    y6 = _conjugate(_multiply(third, _frobenius(third)))
    # y0 y1^2 y2^6 y3^12 y4^18 y5^30 y6^36, in the fewest steps (Olivos 1981).
    low = _multiply(_multiply(_multiply(y6, y6), y4), y5)
    high = _multiply(_multiply(y3, y5), low)
    low = _multiply(low, y2)
    high = _multiply(_multiply(high, high), low)
    high = _multiply(high, high)
    low, high = _multiply(high, y1), _multiply(high, y0)
    return _multiply(_multiply(low, low), high)
