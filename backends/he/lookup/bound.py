"""How likely a byte comes out wrong, from the norms of one table.

What a client reads is a byte times `STEP`, plus three errors: the table's row times the query's error, the rounding of
the hint's row times the secret, and the rounding of the answer. The byte is right while they stay below half a step.

The query's error is a sum of 21 differences of two coins, so its moments are at most those of a normal variable of
variance 21/2; a uniform ternary entry's are at most those of one of variance 2/3. So for every row the first two errors
together exceed `ROOM` with probability at most 2 exp(-ROOM^2 / 2v), v = 21/2 |row|^2 + 2/3 |rounding|^2: no average
over tables, and no assumption on the table. A batch and a record are bounded by the sum over their bytes.
"""

import math

from privacy.plugin import ParamError

STEP_BITS = 24
KEPT_BITS = 16
"""Of 32 bits, the upper ones that a hint and an answer keep."""

ROOM = 2.0 ** (STEP_BITS - 1) - 2.0 ** (31 - KEPT_BITS)
REQUIRED_BITS = 40.0
_ERROR, _TERNARY = 21 / 2, 2 / 3


def failure_bits(*, row_norm2: float, rounding_norm2: float, row_bytes: int) -> float:
    """-log2 of a bound on the chance that a record of `row_bytes` comes out wrong, from the largest squared norms."""
    variance = max(1.0, _ERROR * row_norm2 + _TERNARY * rounding_norm2)
    return ROOM**2 / (2 * variance) / math.log(2) - 1 - math.log2(row_bytes)


def check_bound(bits: float) -> None:
    """Refuse a table whose records could come out wrong; ParamError."""
    if not bits >= REQUIRED_BITS:
        raise ParamError(
            f"a record of this table could come out wrong with a chance of 2^-{max(0.0, bits):.0f}, and 2^-"
            f"{REQUIRED_BITS:.0f} is required",
            then="split the table, or take the stack `local` or `smpc`",
        )
