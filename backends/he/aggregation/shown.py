"""What HE aggregation shows of the inside of a test run: its secret key, the error of its key and of ciphertexts, and
the noise that floods a CKKS sum.

For the conformance kit alone. The secret key comes from the collector's key box, which no party of a real run can look
into, and the noise from what the collector drew.
"""

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from backends.he.aggregation.keys import SumEncryptor
from backends.he.aggregation.noise import ERROR_VARIANCE, TERNARY_VARIANCE
from backends.he.aggregation.packing import from_cells, to_cells
from backends.he.aggregation.plan import CKKS, SumPlan
from backends.he.aggregation.ring import Integers, centred, limbs, product, spectrum
from backends.he.aggregation.roles import TOTAL, released
from backends.he.aggregation.wires import chunks, decode_blocks, decode_key
from backends.he.sampling import Sampler
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

Whole = npt.NDArray[Any]
"""Python's whole numbers (dtype object): products of two residues are too wide for int64."""

SECRET = "secret key, form "
_NEAR = 0.85
"""Of a declared standard deviation, what numbers so many must show at least."""
_ERROR = 21
_SEED = 32
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
                drawn = run.drawn.get(m.sender, ())
                yield from _blinds(plan, cells, pair, (first, second), drawn=drawn, whose=m.sender)
                left = pair[0, 0].view(np.int64) - cells[0] * plan.delta
                yield from masks_if_alike(plan, (first, second), (left, pair[0, 1].view(np.int64)), whose=m.sender)
        values = np.concatenate([centred(part, plan.preset.modulus).ravel() for part in rest])
        yield DrawnNumbers(f"the error of the ciphertext of {m.sender}", values, least, most=plan.noise.largest)
    bodies = [m.sample for m in messages if m.kind == TOTAL and m.receiver == COLLECTOR]
    if plan.scheme == CKKS and bodies:
        yield from _flooding(plan, task, bodies[-1], secret, run)


def _blinds(
    plan: SumPlan, cells: Integers, pair: Residues, key: tuple[Residues, Residues], *, drawn: Sequence[bytes],
    whose: Party,
) -> Iterator[KnownAnswer]:  # fmt: skip
    """What blinds a contribution's first ciphertexts, by the draw that gives them again.

    Numbers that are not balanced look much like others once they are multiplied with the key's error.
    """
    encryptor = SumEncryptor(plan.preset, np.stack(key))
    seeds = [one for one in drawn if len(one) == _SEED]
    made = [encryptor.encrypt(cells, Sampler(_Replay(one).bytes), delta=plan.delta).tobytes() for one in seeds]
    if not made:
        return
    sent = pair.tobytes()
    at = made.index(sent) if sent in made else 0
    yield BoundValue(f"the ciphertext of {whose}", sent, made[at])
    mask = Sampler(_Replay(seeds[at]).bytes).ternary(cells.shape).ravel()
    yield DrawnNumbers(f"what blinds the ciphertext of {whose}", mask, 0.0, most=1, ternary=True)


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
        below = _inverses(tuple(half.tobytes() for half in key), sign, q)
        if below is None:
            continue  # a root of the key's difference: at most once in 2^40 keys
        above = _values(halves[0].astype(object) - sign * halves[1].astype(object), q)
        mask = centred(_coefficients(above * below % q, q).astype(np.int64), q)
        yield DrawnNumbers(f"what blinds the ciphertext of {whose}, if its halves had {name},", mask, q / 4)


@functools.lru_cache(maxsize=4)
def _inverses(key: tuple[bytes, bytes], sign: int, q: int) -> Whole | None:
    """One over the values of p0 - p1, or p0 + p1, which every contribution is held against; None where one is 0."""
    first, second = (np.frombuffer(half, dtype=np.uint64).astype(object) for half in key)
    values = _values(first - sign * second, q)
    return np.array([pow(x, -1, q) for x in values], dtype=object) if values.all() else None


def _values(coefficients: Whole, q: int) -> Whole:
    """The values of a polynomial at the odd powers of a primitive 2n-th root of unity modulo a prime q = 1 mod 2n."""
    turns = _powers(2 * len(coefficients), q)
    return _transform(coefficients * turns[: len(coefficients)] % q, turns[::2], q)


def _coefficients(values: Whole, q: int) -> Whole:
    """The polynomial of these values."""
    n = len(values)
    back = np.roll(_powers(2 * n, q)[::-1], 1)
    found: Whole = _transform(values, back[::2], q) * back[:n] % q * pow(n, -1, q) % q
    return found


@functools.lru_cache(maxsize=4)
def _powers(n: int, q: int) -> Whole:
    """All powers of a primitive n-th root of unity, n a power of two."""
    root = next(r for base in range(2, q) if pow(r := pow(base, (q - 1) // n, q), n // 2, q) == q - 1)
    found = [1]
    for _ in range(n - 1):
        found.append(found[-1] * root % q)
    return np.array(found, dtype=object)


def _transform(values: Whole, powers: Whole, q: int) -> Whole:
    """The cyclic transform: the sum of value j times root^(i j), for every i, by all powers of the root."""
    n = len(values)
    order = np.zeros(1, dtype=np.intp)
    while len(order) < n:
        order = np.concatenate([2 * order, 2 * order + 1])
    parts = values[order].reshape(n, 1)
    while len(parts) > 1:
        half = parts.shape[1]
        even, odd = parts[::2], parts[1::2] * powers[:: len(powers) // (2 * half)][:half] % q
        parts = np.concatenate([even + odd, even - odd], axis=1) % q
    found: Whole = parts[0]
    return found


def _pairs(plan: SumPlan, body: bytes) -> Iterator[tuple[int, int, Residues]]:
    for (start, blocks), part in zip(chunks(plan), decode_blocks(plan, body), strict=True):
        yield start, blocks, part.reshape(blocks, 2, plan.preset.degree)


def phases(plan: SumPlan, first: Residues, second: Residues, secret: Integers) -> Integers:
    """c0 + c1 s for blocks (b, n) of c0 and c1, centred."""
    low, high = limbs(second)
    values = product(spectrum(low), spectrum(high), spectrum(secret), plan.preset.modulus)
    return centred(values + first.view(np.int64), plan.preset.modulus)
