"""The compiled arithmetic: both fields of BN254, sums of points, and transforms, on arrays of 64-bit limbs.

A number is four limbs, the lowest first. Unless said otherwise it is in Montgomery's form (times 2^256, modulo its
prime), as a `.zkey` has it. A point is its affine coordinates, 8 limbs in G1 and 16 in G2; zeros stand for infinity.
Inside, points are Jacobian: x = X / Z^2, y = Y / Z^3 (formulas: hyperelliptic.org/EFD, short Weierstrass, a = 0).

All of it stands in one file: what is kept on disk is compiled anew when the file of a loop changes, and only then.
Time and memory tell of the numbers that the loops work on: prove on a machine of your own.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import int32, int64, njit, types, uint64, void
from numba.extending import intrinsic

from backends.provers.groth16.field import Q, R
from privacy.plugin.compiled import compiled

Limbs = npt.NDArray[np.uint64]
Digits = npt.NDArray[np.int32]

BYTE = 8
"""Bits of a digit where the base is fixed."""

Element = Any
_Tuple: Any = types.UniTuple
_TWO, _FOUR = (_Tuple(types.uint64, count) for count in (2, 4))


def _inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of compiled code that writes its own instructions."""
    found: Callable[..., Any] = intrinsic(function)
    return found


def _limbs(value: int) -> tuple[Any, ...]:
    return tuple(np.uint64(value >> 64 * at & 0xFFFFFFFFFFFFFFFF) for at in range(4))


_Q, _R = _limbs(Q), _limbs(R)
_Q_TURN, _R_TURN = (np.uint64(-pow(one, -1, 1 << 64) % (1 << 64)) for one in (Q, R))
_Q_ONE, _R_ONE = _limbs((1 << 256) % Q), _limbs((1 << 256) % R)
_NONE = _limbs(0)
_LAST = _limbs(Q - 2)
"""The exponent of an inverse."""


@_inlined
def _mac(typing: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """a b + c + d as two limbs, low and high: it is never more."""

    def made(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide, limb = ir.IntType(128), ir.IntType(64)
        first, second, third, fourth = (builder.zext(one, wide) for one in args)
        total = builder.add(builder.add(builder.mul(first, second), third), fourth)
        low, high = builder.trunc(total, limb), builder.trunc(builder.lshr(total, wide(64)), limb)
        return context.make_tuple(builder, signature.return_type, (low, high))

    return _TWO(*[types.uint64] * 4), made


def _wide(context: Any, builder: Any, value: Any) -> Any:
    kind = ir.IntType(256)
    total = kind(0)
    for at in range(4):
        part = builder.zext(builder.extract_value(value, at), kind)
        total = builder.or_(total, builder.shl(part, kind(64 * at)))
    return total


def _narrow(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    whole, limb = ir.IntType(256), ir.IntType(64)
    parts = [builder.trunc(builder.lshr(value, whole(64 * at)), limb) for at in range(4)]
    return context.make_tuple(builder, kind, parts)


@_inlined
def _plus(typing: Any, a: Any, b: Any, prime: Any) -> Any:
    """a + b, less the prime where it is as much: both primes leave two bits free, so that nothing is lost above."""

    def made(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        first, second, modulus = (_wide(context, builder, one) for one in args)
        total = builder.add(first, second)
        less = builder.select(builder.icmp_unsigned(">=", total, modulus), builder.sub(total, modulus), total)
        return _narrow(context, builder, signature.return_type, less)

    return _FOUR(_FOUR, _FOUR, _FOUR), made


@_inlined
def _minus(typing: Any, a: Any, b: Any, prime: Any) -> Any:
    """a - b, and the prime more where that is below zero."""

    def made(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        first, second, modulus = (_wide(context, builder, one) for one in args)
        rest = builder.sub(first, second)
        more = builder.select(builder.icmp_unsigned("<", first, second), builder.add(rest, modulus), rest)
        return _narrow(context, builder, signature.return_type, more)

    return _FOUR(_FOUR, _FOUR, _FOUR), made


@njit(nogil=True)
def _times(a: Element, b: Element, prime: Element, turn: Any) -> Element:
    """a b / 2^256 modulo a prime of at most 254 bits (Montgomery 1985; its inner sums need no fifth limb)."""
    zero = np.uint64(0)
    t0, t1, t2, t3 = zero, zero, zero, zero
    for x in b:
        t0, above = _mac(a[0], x, t0, zero)
        m = t0 * turn
        _, carry = _mac(m, prime[0], t0, zero)
        t1, above = _mac(a[1], x, t1, above)
        t0, carry = _mac(m, prime[1], t1, carry)
        t2, above = _mac(a[2], x, t2, above)
        t1, carry = _mac(m, prime[2], t2, carry)
        t3, above = _mac(a[3], x, t3, above)
        t2, carry = _mac(m, prime[3], t3, carry)
        t3 = carry + above
    return _plus((t0, t1, t2, t3), (zero, zero, zero, zero), prime)


@njit(nogil=True)
def _mul(a: Element, b: Element) -> Element:
    return _times(a, b, _Q, _Q_TURN)


@njit(nogil=True)
def _add(a: Element, b: Element) -> Element:
    return _plus(a, b, _Q)


@njit(nogil=True)
def _sub(a: Element, b: Element) -> Element:
    return _minus(a, b, _Q)


@njit(nogil=True)
def _zero(a: Element) -> Any:
    return (a[0] | a[1] | a[2] | a[3]) == np.uint64(0)


@njit(nogil=True)
def _inverse(a: Element) -> Element:
    found = _Q_ONE
    for limb in range(3, -1, -1):
        for bit in range(63, -1, -1):
            found = _mul(found, found)
            if _LAST[limb] >> np.uint64(bit) & np.uint64(1):
                found = _mul(found, a)
    return found


@njit(nogil=True)
def _mul2(a: Element, b: Element) -> Element:
    """A product of a0 + a1 i and b0 + b1 i, where i^2 = -1: three of the base field (Karatsuba)."""
    low, high = _mul(a[0], b[0]), _mul(a[1], b[1])
    cross = _mul(_add(a[0], a[1]), _add(b[0], b[1]))
    return _sub(low, high), _sub(_sub(cross, low), high)


@njit(nogil=True)
def _add2(a: Element, b: Element) -> Element:
    return _add(a[0], b[0]), _add(a[1], b[1])


@njit(nogil=True)
def _sub2(a: Element, b: Element) -> Element:
    return _sub(a[0], b[0]), _sub(a[1], b[1])


@njit(nogil=True)
def _zero2(a: Element) -> Any:
    return _zero(a[0]) and _zero(a[1])


@njit(nogil=True)
def _inverse2(a: Element) -> Element:
    norm = _inverse(_add(_mul(a[0], a[0]), _mul(a[1], a[1])))
    return _mul(a[0], norm), _sub(_NONE, _mul(a[1], norm))


_ONE2, _NONE2 = (_Q_ONE, _NONE), (_NONE, _NONE)


def _formulas(mul: Any, add: Any, sub: Any, zero: Any, inverse: Any, one: Element, none: Element) -> Any:
    """Doubling, adding, adding an affine point, negating one, and making affine: over either field."""

    @njit(nogil=True)
    def double(p: Element) -> Element:
        x, y, z = p
        a, b = mul(x, x), mul(y, y)
        c = mul(b, b)
        d = add(x, b)
        d = sub(sub(mul(d, d), a), c)
        d = add(d, d)
        e = add(add(a, a), a)
        x3 = sub(mul(e, e), add(d, d))
        c = add(c, c)
        c = add(c, c)
        c = add(c, c)
        y3 = sub(mul(e, sub(d, x3)), c)
        z3 = mul(y, z)
        return x3, y3, add(z3, z3)

    @njit(nogil=True)
    def joined(x1: Element, y1: Element, h: Element, r: Element, z3: Element) -> Element:
        """What both additions end in: `h` and `r` are how far the points lie apart in x and in y."""
        hh = mul(h, h)
        hhh, v = mul(h, hh), mul(x1, hh)
        x3 = sub(sub(mul(r, r), hhh), add(v, v))
        return x3, sub(mul(r, sub(v, x3)), mul(y1, hhh)), z3

    @njit(nogil=True)
    def plus(p: Element, s: Element) -> Element:
        if zero(p[2]):
            return s
        if zero(s[2]):
            return p
        zz1, zz2 = mul(p[2], p[2]), mul(s[2], s[2])
        x1, x2 = mul(p[0], zz2), mul(s[0], zz1)
        y1, y2 = mul(p[1], mul(s[2], zz2)), mul(s[1], mul(p[2], zz1))
        h, r = sub(x2, x1), sub(y2, y1)
        if zero(h):
            return double(p) if zero(r) else (one, one, none)
        return joined(x1, y1, h, r, mul(mul(p[2], s[2]), h))

    @njit(nogil=True)
    def mixed(p: Element, x2: Element, y2: Element) -> Element:
        if zero(p[2]):
            return x2, y2, one
        zz = mul(p[2], p[2])
        h, r = sub(mul(x2, zz), p[0]), sub(mul(y2, mul(p[2], zz)), p[1])
        if zero(h):
            return double(p) if zero(r) else (one, one, none)
        return joined(p[0], p[1], h, r, mul(p[2], h))

    @njit(nogil=True)
    def affine(p: Element, inverse_z: Element) -> Element:
        zz = mul(inverse_z, inverse_z)
        return mul(p[0], zz), mul(p[1], mul(inverse_z, zz))

    return double, plus, mixed, affine


_double1, _plus1, _mixed1, _affine1 = _formulas(_mul, _add, _sub, _zero, _inverse, _Q_ONE, _NONE)
_double2, _plus2, _mixed2, _affine2 = _formulas(_mul2, _add2, _sub2, _zero2, _inverse2, _ONE2, _NONE2)


@njit(nogil=True)
def _get(row: Limbs, at: int) -> Element:
    return row[at], row[at + 1], row[at + 2], row[at + 3]


@njit(nogil=True)
def _put(row: Limbs, at: int, value: Element) -> None:
    row[at], row[at + 1], row[at + 2], row[at + 3] = value


@njit(nogil=True)
def _get1(row: Limbs) -> Element:
    return _get(row, 0), _get(row, 4), _get(row, 8)


@njit(nogil=True)
def _put1(row: Limbs, p: Element) -> None:
    for at, part in enumerate(p):
        _put(row, 4 * at, part)


@njit(nogil=True)
def _pair(row: Limbs, at: int) -> Element:
    return _get(row, at), _get(row, at + 4)


@njit(nogil=True)
def _get2(row: Limbs) -> Element:
    return _pair(row, 0), _pair(row, 8), _pair(row, 16)


@njit(nogil=True)
def _put2(row: Limbs, p: Element) -> None:
    for at, part in enumerate(p):
        _put(row, 8 * at, part[0])
        _put(row, 8 * at + 4, part[1])


@njit(nogil=True)
def _absent(row: Limbs) -> Any:
    """Whether an affine point is infinity: no point of either curve has zeros for coordinates."""
    found = np.uint64(0)
    for limb in row:
        found |= limb
    return found == np.uint64(0)


_ROWS = types.Array(uint64, 2, "C", readonly=True)
_OUT = types.Array(uint64, 2, "C")
_DIGITS = types.Array(int32, 2, "C")
_READ_DIGITS = types.Array(int32, 2, "C", readonly=True)


@compiled(void(_ROWS, int64, _DIGITS))
def digits(scalars: Limbs, width: int, out: Digits) -> None:
    """Plain scalars (n, 4) below 2^255 in signed digits (windows, n) of `width` bits, the lowest first."""
    mask, half = (1 << width) - 1, 1 << (width - 1)
    for i in range(scalars.shape[0]):
        carry = 0
        for w in range(out.shape[0]):
            low = w * width
            limb, shift = low >> 6, low & 63
            found = np.uint64(0)
            if limb < 4:
                found = scalars[i, limb] >> np.uint64(shift)
                if shift + width > 64 and limb < 3:
                    found |= scalars[i, limb + 1] << np.uint64(64 - shift)
            digit = (np.int64(found) & mask) + carry
            carry = 0
            if digit > half:
                digit -= 1 << width
                carry = 1
            out[w, i] = digit


@compiled(void(_ROWS, _READ_DIGITS, int64, _OUT))
def sum1(points: Limbs, digits: Digits, width: int, out: Limbs) -> None:
    """Adds up points (n, 8) of G1 times their digits (windows, n), by buckets (Pippenger): Jacobian (1, 12)."""
    half = 1 << (width - 1)
    buckets = np.zeros((half + 1, 12), np.uint64)
    total = (_Q_ONE, _Q_ONE, _NONE)
    for w in range(digits.shape[0] - 1, -1, -1):
        for _ in range(width):
            total = _double1(total)
        highest = 0
        for i in range(points.shape[0]):
            digit = digits[w, i]
            if digit and not _absent(points[i]):
                at = abs(digit)
                highest = max(highest, at)
                y = _get(points[i], 4)
                _put1(
                    buckets[at],
                    _mixed1(_get1(buckets[at]), _get(points[i], 0), y if digit > 0 else _sub(_NONE, y)),
                )
        running = (_Q_ONE, _Q_ONE, _NONE)
        for at in range(highest, 0, -1):
            running = _plus1(running, _get1(buckets[at]))
            total = _plus1(total, running)
            buckets[at, :] = np.uint64(0)
    _put1(out[0], total)


@compiled(void(_ROWS, _READ_DIGITS, int64, _OUT))
def sum2(points: Limbs, digits: Digits, width: int, out: Limbs) -> None:
    """The same of points (n, 16) of G2, into (1, 24)."""
    half = 1 << (width - 1)
    buckets = np.zeros((half + 1, 24), np.uint64)
    total = (_ONE2, _ONE2, _NONE2)
    for w in range(digits.shape[0] - 1, -1, -1):
        for _ in range(width):
            total = _double2(total)
        highest = 0
        for i in range(points.shape[0]):
            digit = digits[w, i]
            if digit and not _absent(points[i]):
                at = abs(digit)
                highest = max(highest, at)
                y = _pair(points[i], 8)
                _put2(
                    buckets[at],
                    _mixed2(_get2(buckets[at]), _pair(points[i], 0), y if digit > 0 else _sub2(_NONE2, y)),
                )
        running = (_ONE2, _ONE2, _NONE2)
        for at in range(highest, 0, -1):
            running = _plus2(running, _get2(buckets[at]))
            total = _plus2(total, running)
            buckets[at, :] = np.uint64(0)
    _put2(out[0], total)


@compiled(void(_ROWS, _OUT))
def affine1(jacobian: Limbs, out: Limbs) -> None:
    """Jacobian points (n, 12) as affine ones (n, 8), with one inversion for all (Montgomery 1987)."""
    n = jacobian.shape[0]
    before = np.empty((n, 4), np.uint64)
    product = _Q_ONE
    for i in range(n):
        _put(before[i], 0, product)
        z = _get(jacobian[i], 8)
        if not _zero(z):
            product = _mul(product, z)
    left = _inverse(product)
    for i in range(n - 1, -1, -1):
        p = _get1(jacobian[i])
        if _zero(p[2]):
            out[i, :] = np.uint64(0)
            continue
        x, y = _affine1(p, _mul(left, _get(before[i], 0)))
        left = _mul(left, p[2])
        _put(out[i], 0, x)
        _put(out[i], 4, y)


@compiled(void(_ROWS, _OUT))
def affine2(jacobian: Limbs, out: Limbs) -> None:
    """The same of G2: (n, 24) as (n, 16)."""
    n = jacobian.shape[0]
    before = np.empty((n, 8), np.uint64)
    product = _ONE2
    for i in range(n):
        _put(before[i], 0, product[0])
        _put(before[i], 4, product[1])
        z = _pair(jacobian[i], 16)
        if not _zero2(z):
            product = _mul2(product, z)
    left = _inverse2(product)
    for i in range(n - 1, -1, -1):
        p = _get2(jacobian[i])
        if _zero2(p[2]):
            out[i, :] = np.uint64(0)
            continue
        x, y = _affine2(p, _mul2(left, _pair(before[i], 0)))
        left = _mul2(left, p[2])
        for at, part in enumerate((x, y)):
            _put(out[i], 8 * at, part[0])
            _put(out[i], 8 * at + 4, part[1])


@compiled(void(_ROWS, _OUT))
def powers1(base: Limbs, out: Limbs) -> None:
    """The Jacobian multiples 1 to 255 of an affine base (1, 8) times 2^8w, into (32 * 255, 12), for `fixed1`."""
    point = (_get(base[0], 0), _get(base[0], 4), _Q_ONE)
    per = (1 << BYTE) - 1
    for w in range(out.shape[0] // per):
        total = point
        for i in range(per):
            _put1(out[w * per + i], total)
            total = _plus1(total, point)
        point = total


@compiled(void(_ROWS, _OUT))
def powers2(base: Limbs, out: Limbs) -> None:
    """The same of G2: (1, 16) into (32 * 255, 24)."""
    point = (_pair(base[0], 0), _pair(base[0], 8), _ONE2)
    per = (1 << BYTE) - 1
    for w in range(out.shape[0] // per):
        total = point
        for i in range(per):
            _put2(out[w * per + i], total)
            total = _plus2(total, point)
        point = total


@compiled(void(_ROWS, _ROWS, _OUT))
def fixed1(table: Limbs, scalars: Limbs, out: Limbs) -> None:
    """A fixed base times plain scalars (n, 4), Jacobian (n, 12): `table` has its affine multiples (32 * 255, 8)."""
    per = (1 << BYTE) - 1
    for i in range(scalars.shape[0]):
        total = (_Q_ONE, _Q_ONE, _NONE)
        for w in range(32):
            digit = np.int64(scalars[i, w >> 3] >> np.uint64(BYTE * (w & 7)) & np.uint64(per))
            if digit:
                row = table[w * per + digit - 1]
                total = _mixed1(total, _get(row, 0), _get(row, 4))
        _put1(out[i], total)


@compiled(void(_ROWS, _ROWS, _OUT))
def fixed2(table: Limbs, scalars: Limbs, out: Limbs) -> None:
    """The same of G2: (n, 4) and (32 * 255, 16) into (n, 24)."""
    per = (1 << BYTE) - 1
    for i in range(scalars.shape[0]):
        total = (_ONE2, _ONE2, _NONE2)
        for w in range(32):
            digit = np.int64(scalars[i, w >> 3] >> np.uint64(BYTE * (w & 7)) & np.uint64(per))
            if digit:
                row = table[w * per + digit - 1]
                total = _mixed2(total, _pair(row, 0), _pair(row, 8))
        _put2(out[i], total)


@njit(nogil=True)
def _rmul(a: Element, b: Element) -> Element:
    return _times(a, b, _R, _R_TURN)


@compiled(void(_ROWS, _ROWS, _OUT))
def products(a: Limbs, b: Limbs, out: Limbs) -> None:
    """a b / 2^256 modulo R, row by row (n, 4); with one row of `b`, all of `a` times that row."""
    one = b.shape[0] == 1
    for i in range(a.shape[0]):
        _put(out[i], 0, _rmul(_get(a[i], 0), _get(b[0 if one else i], 0)))


@compiled(void(_ROWS, _ROWS, _ROWS, _OUT))
def rest(a: Limbs, b: Limbs, c: Limbs, out: Limbs) -> None:
    """a b - c modulo R, row by row (n, 4), and plain: no longer in Montgomery's form."""
    one = (np.uint64(1), np.uint64(0), np.uint64(0), np.uint64(0))
    for i in range(a.shape[0]):
        _put(
            out[i], 0, _rmul(_minus(_rmul(_get(a[i], 0), _get(b[i], 0)), _get(c[i], 0), _R), one),
        )  # fmt: skip


@compiled(void(_ROWS, _OUT))
def powers(base: Limbs, out: Limbs) -> None:
    """base^0, base^1, ... (n, 4) of a number of R (1, 4)."""
    total = _R_ONE
    for i in range(out.shape[0]):
        _put(out[i], 0, total)
        total = _rmul(total, _get(base[0], 0))


@compiled(void(_OUT, _ROWS))
def transform(values: Limbs, roots: Limbs) -> None:
    """The number-theoretic transform of (n, 4), n a power of two, in place; `roots` (n / 2, 4) are powers of one."""
    n = values.shape[0]
    j = 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j |= bit
        if i < j:
            for limb in range(4):
                values[i, limb], values[j, limb] = values[j, limb], values[i, limb]
    half = 1
    while half < n:
        step = n // (2 * half)
        for start in range(0, n, 2 * half):
            for i in range(half):
                low = _get(values[start + i], 0)
                high = _rmul(_get(values[start + half + i], 0), _get(roots[i * step], 0))
                _put(values[start + i], 0, _plus(low, high, _R))
                _put(values[start + half + i], 0, _minus(low, high, _R))
        half *= 2


@compiled(
    void(types.Array(int64, 1, "C", readonly=True), types.Array(int64, 1, "C", readonly=True), _ROWS, _ROWS, _OUT)
)  # fmt: skip
def sparse(rows: Any, columns: Any, values: Limbs, vector: Limbs, out: Limbs) -> None:
    """Adds value / 2^256 times vector[column] to out[row], modulo R, for every entry of a sparse matrix."""
    for i in range(rows.shape[0]):
        product = _rmul(_get(values[i], 0), _get(vector[columns[i]], 0))
        _put(out[rows[i]], 0, _plus(_get(out[rows[i]], 0), product, _R))
