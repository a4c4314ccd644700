"""What HE aggregation shows of the inside of a test run: its secret key, the error of its key and of ciphertexts, and
the noise that floods a CKKS sum.

For the conformance kit alone. The secret key comes from the collector's key box, which no party of a real run can look
into, and the noise from what the collector drew.
"""

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from backends.he.aggregation.noise import ERROR_VARIANCE, TERNARY_VARIANCE
from backends.he.aggregation.packing import from_cells, to_cells
from backends.he.aggregation.plan import CKKS, SumPlan
from backends.he.aggregation.ring import Integers, centred, limbs, product, spectrum
from backends.he.aggregation.roles import TOTAL, released
from backends.he.aggregation.wires import chunks, decode_blocks, decode_key
from backends.he.seal_format import Residues
from privacy.plugin import (
    COLLECTOR,
    AggregationTask,
    BoundValue,
    DrawnNumbers,
    KnownAnswer,
    KnownRun,
    Message,
    Party,
    Seat,
    Sum,
    check_contribution,
    unpack_roll,
)

SECRET = "secret key, form "
_NEAR = 0.85
"""Of a declared standard deviation, what numbers so many must show at least."""
_ERROR = 21
_MANY = 1 << 17
"""Draws of the noise's law that show where its tails end."""


def drawn_numbers(
    plan: SumPlan, task: AggregationTask, messages: Sequence[Message], run: KnownRun
) -> Iterator[KnownAnswer]:
    """The secret key, the public key's error, and what of each contribution is neither message nor mask."""
    keys = run.keys.get(COLLECTOR, {})
    public = next((m.sample for m in messages if m.kind == "public-key"), b"")
    if f"{SECRET}1" not in keys or not public:
        return
    secret = np.frombuffer(keys[f"{SECRET}1"], dtype=np.int8).astype(np.int64)
    yield DrawnNumbers("the secret key", secret, 0.0, most=1, ternary=True)
    first, second = decode_key(plan, public)
    error = phases(plan, first[None], second[None], secret).ravel()
    yield DrawnNumbers("the error of the public key", error, _NEAR * math.sqrt(ERROR_VARIANCE), most=_ERROR)
    # -e u + e0 + e1 s: given e and s, by the variances of the three that are drawn anew.
    fresh = ERROR_VARIANCE * (float(secret @ secret) + 1)
    least = _NEAR * math.sqrt(TERNARY_VARIANCE * float(error @ error) + fresh)
    for m in (m for m in messages if m.kind == "contribution" and m.sender in run.inputs):
        vector = check_contribution(task, m.sender, run.inputs[m.sender])
        rest = []
        for start, blocks, pair in _pairs(plan, m.sample):
            cells = to_cells(plan, vector, start=start, blocks=blocks)
            rest.append(phases(plan, pair[:, 0], pair[:, 1], secret) - cells * plan.delta)
            if not start:
                left = pair[0, 0].view(np.int64) - cells[0] * plan.delta
                yield from masks_if_alike(plan, (first, second), (left, pair[0, 1].view(np.int64)), whose=m.sender)
        values = np.concatenate([centred(part, plan.preset.modulus).ravel() for part in rest])
        yield DrawnNumbers(f"the error of the ciphertext of {m.sender}", values, least, most=plan.noise.largest)
    bodies = [m.sample for m in messages if m.kind == TOTAL and m.receiver == COLLECTOR]
    if plan.scheme == CKKS and bodies:
        yield from _flooding(plan, task, bodies[-1], secret, run)


class _Replay:
    """Gives once more what a seat drew; zeros once that is at its end, and says so."""

    seeded = True

    def __init__(self, drawn: bytes) -> None:
        self._left, self.short = drawn, False

    def bytes(self, count: int) -> bytes:
        given, self._left = self._left[:count], self._left[count:]
        self.short |= len(given) < count
        return given.ljust(count, b"\0")


def _flooding(
    plan: SumPlan, task: AggregationTask, body: bytes, secret: Integers, run: KnownRun
) -> Iterator[KnownAnswer]:
    """The noise that the collector added before it let go of the sum, by what it drew, and more of that law."""
    drawn = b"".join(run.drawn.get(COLLECTOR, ()))
    _, _, rest = unpack_roll(body, task)
    sums = [(start, phases(plan, pair[:, 0], pair[:, 1], secret)[:, :-1]) for start, _, pair in _pairs(plan, rest)]
    # At a scale of 1 nothing is rounded away, and nothing but the noise is released of zeros.
    bare, again = replace(plan, delta=1), _Replay(drawn)
    seat: Seat[AggregationTask] = Seat(COLLECTOR, task, random=again)
    noise = np.concatenate([released(bare, np.zeros_like(part), seat).ravel() for _, part in sums])
    name = "the noise that floods the sum"
    yield DrawnNumbers(name, noise * (not again.short), plan.deviation, gaussian=True)
    many = released(bare, np.zeros(_MANY, dtype=np.int64), Seat(COLLECTOR, task))
    yield DrawnNumbers(f"{name}, drawn again,", many, plan.deviation, gaussian=True)
    seat = Seat(COLLECTOR, task, random=_Replay(drawn))
    total = np.empty(plan.length, dtype=np.int64)
    for start, part in sums:
        from_cells(plan, released(plan, part, seat), total, start=start)
    yield BoundValue("the sum that is released", Sum.of(run.output).total.astype(np.int64).tobytes(), total.tobytes())


def masks_if_alike(
    plan: SumPlan, key: tuple[Residues, Residues], halves: tuple[Integers, Integers], *, whose: Party
) -> Iterator[DrawnNumbers]:
    """What u would be, had both halves p0 u + e0 and p1 u + e1 one error, or one the other's negative.

    Then the errors fall out of the difference, or the sum, and u is small. Else it lies all over the modulus.
    """
    q = plan.preset.modulus
    for sign, name in ((1, "one error"), (-1, "opposite errors")):
        above, below = (_values(a.astype(object) - sign * b.astype(object), q) for a, b in (halves, key))
        quotient = [x * pow(y, -1, q) % q for x, y in zip(above, below, strict=True) if y]
        if len(quotient) < len(above):
            continue  # a root of the key's difference: at most once in 2^40 keys
        mask = centred(np.array(_coefficients(quotient, q), dtype=np.int64), q)
        yield DrawnNumbers(f"what blinds the ciphertext of {whose}, if its halves had {name},", mask, q / 4)


def _values(coefficients: Sequence[int], q: int) -> list[int]:
    """The values of a polynomial at the odd powers of a primitive 2n-th root of unity modulo a prime q = 1 mod 2n."""
    root = _root(len(coefficients), q)
    return _transform([c * pow(root, i, q) % q for i, c in enumerate(coefficients)], root * root % q, q)


def _coefficients(values: Sequence[int], q: int) -> list[int]:
    """The polynomial of these values."""
    n = len(values)
    back, share = pow(_root(n, q), -1, q), pow(n, -1, q)
    found = _transform(list(values), back * back % q, q)
    return [c * share * pow(back, i, q) % q for i, c in enumerate(found)]


@functools.lru_cache(maxsize=4)
def _root(n: int, q: int) -> int:
    return next(r for base in range(2, q) if pow(r := pow(base, (q - 1) // (2 * n), q), n, q) == q - 1)


def _transform(values: list[int], root: int, q: int) -> list[int]:
    """The cyclic transform: the sum of value j times root^(i j), for every i; in whole numbers of any size."""
    if len(values) == 1:
        return values
    even, odd = (_transform(values[part::2], root * root % q, q) for part in (0, 1))
    power, turned = 1, []
    for one in odd:
        turned.append(one * power % q)
        power = power * root % q
    pairs = list(zip(even, turned, strict=True))
    return [(a + b) % q for a, b in pairs] + [(a - b) % q for a, b in pairs]


def _pairs(plan: SumPlan, body: bytes) -> Iterator[tuple[int, int, Residues]]:
    for (start, blocks), part in zip(chunks(plan), decode_blocks(plan, body), strict=True):
        yield start, blocks, part.reshape(blocks, 2, plan.preset.degree)


def phases(plan: SumPlan, first: Residues, second: Residues, secret: Integers) -> Integers:
    """c0 + c1 s for blocks (b, n) of c0 and c1, centred."""
    low, high = limbs(second)
    values = product(spectrum(low), spectrum(high), spectrum(secret), plan.preset.modulus)
    return centred(values + first.view(np.int64), plan.preset.modulus)
