"""What HE lookup shows of the inside of a test run: the secret and the error of every query.

For the conformance kit alone. The secrets come from the client's key box, which no party of a real run can look into.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from backends.he.aggregation.ring import coefficients, spectrum
from backends.he.lookup.bound import STEP_BITS
from backends.he.lookup.hint import Hint
from backends.he.lookup.wires import decode_query
from privacy.plugin import CLIENT, DrawnNumbers, KnownRun, LookupTask, Message

SECRET = "secret of query "
_NEAR, _LARGEST, _VARIANCE = 0.85, 21, 21 / 2


def drawn_numbers(task: LookupTask, messages: Sequence[Message], run: KnownRun) -> Iterator[DrawnNumbers]:
    """The secrets of all queries end to end, and what of each query is neither selection nor mask."""
    keys = run.keys.get(CLIENT, {})
    hints = [m.sample for m in messages if m.kind == "hint"]
    sent = [m.sample for m in messages if m.kind == "query"]
    names = [f"{SECRET}{row}" for row in range(task.count)]
    if not hints or not sent or not all(name in keys for name in names):
        return
    hint = Hint.from_bytes(hints[0], task)
    layout = hint.layout
    secrets = [np.frombuffer(keys[name], dtype=np.int8).astype(np.int64) for name in names]
    yield DrawnNumbers("the secrets of the queries", np.concatenate(secrets), 0.0, most=1, ternary=True)
    left = []
    words = decode_query(sent[-1], layout, hint.name, count=task.count).astype(np.int64)
    for row, secret, index in zip(words, secrets, np.asarray(run.inputs[CLIENT]).ravel(), strict=True):
        row -= coefficients(hint.matrix * spectrum(secret)).reshape(-1)[: layout.columns]
        row[int(index) // layout.per_column] -= 1 << STEP_BITS
        left.append((row + (1 << 31)) % (1 << 32) - (1 << 31))
    yield DrawnNumbers("the errors of the queries", np.concatenate(left), _NEAR * math.sqrt(_VARIANCE), most=_LARGEST)
