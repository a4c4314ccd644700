"""The two groups of BN254 over Python's integers: for the few points of a proof, and what each must be.

A point is its affine coordinates, (x, y), and None is infinity. A coordinate of G1 is a number modulo Q, one of G2
a pair (a, b) for a + b i.
"""

from backends.provers.groth16.field import Q, R

Pair = tuple[int, int]
G1Point = tuple[int, int] | None
G2Point = tuple[Pair, Pair] | None

G1: tuple[int, int] = (1, 2)
G2: tuple[Pair, Pair] = (
    (
        10857046999023057135944570762232829481370756359578518086990519993285655852781,
        11559732032986387107991004021392285783925812861821192530917403151452391805634,
    ),
    (
        8495653923123431417604973247489272438418190587263600148770280649306958101930,
        4082367875863433681332203403145435568316851327593401208105741076214120093531,
    ),
)
"""The generator that EIP-197 names."""


def times(a: Pair, b: Pair) -> Pair:
    """A product in the field of G2's coordinates."""
    low, high = a[0] * b[0], a[1] * b[1]
    return (low - high) % Q, ((a[0] + a[1]) * (b[0] + b[1]) - low - high) % Q


def inverse(a: Pair) -> Pair:
    norm = pow(a[0] * a[0] + a[1] * a[1], -1, Q)
    return a[0] * norm % Q, -a[1] * norm % Q


TWIST = times((3, 0), inverse((9, 1)))
"""G2 lies on y^2 = x^3 + 3 / (9 + i)."""


def on_curve1(point: tuple[int, int]) -> bool:
    """Whether two coordinates below Q are a point of G1: all of that curve is in the group."""
    x, y = point
    return 0 <= x < Q and 0 <= y < Q and (y * y - x * x * x - 3) % Q == 0


def on_curve2(point: tuple[Pair, Pair]) -> bool:
    """Whether coordinates below Q lie on the curve of G2, which has more points than the group."""
    x, y = point
    if not all(0 <= part < Q for part in (*x, *y)):
        return False
    left, right = times(y, y), times(times(x, x), x)
    return all((left[at] - right[at] - TWIST[at]) % Q == 0 for at in range(2))


def in_group2(point: tuple[Pair, Pair]) -> bool:
    """Whether coordinates are a point of G2: on the curve, and of order R."""
    return on_curve2(point) and mul2(point, R) is None


def neg1(p: G1Point) -> G1Point:
    return None if p is None else (p[0], -p[1] % Q)


def add1(p: G1Point, s: G1Point) -> G1Point:
    """The sum of two points of G1."""
    if p is None or s is None:
        return s if p is None else p
    if p[0] == s[0]:
        if (p[1] + s[1]) % Q == 0:
            return None
        slope = 3 * p[0] * p[0] * pow(2 * p[1], -1, Q)
    else:
        slope = (s[1] - p[1]) * pow(s[0] - p[0], -1, Q)
    x = (slope * slope - p[0] - s[0]) % Q
    return x, (slope * (p[0] - x) - p[1]) % Q


def mul1(p: G1Point, scalar: int) -> G1Point:
    """A point of G1, `scalar` times."""
    lifted = None if p is None else ((p[0], 0), (p[1], 0))
    found = mul2(lifted, scalar % R)
    return None if found is None else (found[0][0], found[1][0])


def _minus(a: Pair, b: Pair) -> Pair:
    return (a[0] - b[0]) % Q, (a[1] - b[1]) % Q


def slope2(p: tuple[Pair, Pair], s: tuple[Pair, Pair]) -> Pair | None:
    """The slope of the line through two points of G2, or of the tangent; None where it is upright."""
    if p[0] != s[0]:
        return times(_minus(s[1], p[1]), inverse(_minus(s[0], p[0])))
    if p[1] != s[1] or p[1] == (0, 0):
        return None
    square = times(p[0], p[0])
    return times((3 * square[0], 3 * square[1]), inverse((2 * p[1][0], 2 * p[1][1])))


def third2(p: tuple[Pair, Pair], s: tuple[Pair, Pair], slope: Pair) -> tuple[Pair, Pair]:
    """The sum of two points of G2 that lie on a line of that slope."""
    x = _minus(_minus(times(slope, slope), p[0]), s[0])
    return x, _minus(times(slope, _minus(p[0], x)), p[1])


def add2(p: G2Point, s: G2Point) -> G2Point:
    """The sum of two points of the curve of G2."""
    if p is None or s is None:
        return s if p is None else p
    slope = slope2(p, s)
    return None if slope is None else third2(p, s, slope)


def mul2(p: G2Point, scalar: int) -> G2Point:
    """A point of the curve of G2, `scalar` times: it is not taken modulo R, as the point need not be in the group.

    Of any curve y^2 = x^3 + b over that field, in fact. Its steps are Jacobian, so that one inversion is enough.
    """
    if p is None or not scalar:
        return None
    x, y, z = *p, (1, 0)
    for bit in bin(scalar)[3:]:
        x, y, z = _double(x, y, z)
        if bit == "1":
            x, y, z = _joined(x, y, z, p)
    if z == (0, 0):
        return None
    away = inverse(z)
    square = times(away, away)
    return times(x, square), times(y, times(square, away))


def _double(x: Pair, y: Pair, z: Pair) -> tuple[Pair, Pair, Pair]:
    squared, fourth = times(x, x), times(y, y)
    middle = times(x, fourth)
    middle = (4 * middle[0], 4 * middle[1])
    slope = (3 * squared[0], 3 * squared[1])
    high = times(slope, slope)
    x3 = ((high[0] - 2 * middle[0]) % Q, (high[1] - 2 * middle[1]) % Q)
    eighth, rest = times(fourth, fourth), times(slope, _minus(middle, x3))
    last = times(y, z)
    return x3, ((rest[0] - 8 * eighth[0]) % Q, (rest[1] - 8 * eighth[1]) % Q), (2 * last[0] % Q, 2 * last[1] % Q)


def _joined(x: Pair, y: Pair, z: Pair, p: tuple[Pair, Pair]) -> tuple[Pair, Pair, Pair]:
    """A Jacobian point and an affine one."""
    if z == (0, 0):
        return *p, (1, 0)
    square = times(z, z)
    apart = _minus(times(p[0], square), x)
    rise = _minus(times(p[1], times(square, z)), y)
    if apart == (0, 0):
        return _double(x, y, z) if rise == (0, 0) else ((1, 0), (1, 0), (0, 0))
    second = times(apart, apart)
    third, middle = times(second, apart), times(x, second)
    x3 = _minus(_minus(times(rise, rise), third), (2 * middle[0], 2 * middle[1]))
    return x3, _minus(times(rise, _minus(middle, x3)), times(y, third)), times(z, apart)
