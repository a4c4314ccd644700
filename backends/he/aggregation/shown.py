"""What HE aggregation shows of the inside of a test run: its secret key, the error of its key and of ciphertexts.

For the conformance kit alone. The secret key comes from the collector's key box, which no party of a real run can look
into.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from backends.he.aggregation.noise import ERROR_VARIANCE, TERNARY_VARIANCE
from backends.he.aggregation.packing import to_cells
from backends.he.aggregation.plan import SumPlan
from backends.he.aggregation.ring import Integers, centred, limbs, product, spectrum
from backends.he.aggregation.wires import chunks, decode_blocks, decode_key
from backends.he.seal_format import Residues
from privacy.plugin import COLLECTOR, AggregationTask, DrawnNumbers, KnownRun, Message, check_contribution

SECRET = "secret key, form "
_NEAR = 0.85
"""Of a declared standard deviation, what numbers so many must show at least."""
_ERROR = 21


def drawn_numbers(
    plan: SumPlan, task: AggregationTask, messages: Sequence[Message], run: KnownRun
) -> Iterator[DrawnNumbers]:
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
        values = np.concatenate([centred(part, plan.preset.modulus).ravel() for part in rest])
        yield DrawnNumbers(f"the error of the ciphertext of {m.sender}", values, least, most=plan.noise.largest)


def _pairs(plan: SumPlan, body: bytes) -> Iterator[tuple[int, int, Residues]]:
    for (start, blocks), part in zip(chunks(plan), decode_blocks(plan, body), strict=True):
        yield start, blocks, part.reshape(blocks, 2, plan.preset.degree)


def phases(plan: SumPlan, first: Residues, second: Residues, secret: Integers) -> Integers:
    """c0 + c1 s for blocks (b, n) of c0 and c1, centred."""
    low, high = limbs(second)
    values = product(spectrum(low), spectrum(high), spectrum(secret), plan.preset.modulus)
    return centred(values + first.view(np.int64), plan.preset.modulus)
