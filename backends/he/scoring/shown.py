"""What HE scoring shows of the inside of a test run: its secret key, and the error of every coordinate.

For the conformance kit alone. The secret key comes from the client's key box, which no party of a real run can look
into.
"""

import math
import os
from collections.abc import Iterator, Sequence

import numpy as np

from backends.he.scoring.keys import ScoringKey
from backends.he.scoring.presets import Preset
from backends.he.scoring.wires import decode_query
from privacy.plugin import CLIENT, DrawnNumbers, KnownRun, Message, ScoringTask

SECRET = "secret key, form "
_NEAR, _LARGEST, _VARIANCE = 0.85, 21, 21 / 2


def drawn_numbers(
    preset: Preset, task: ScoringTask, messages: Sequence[Message], run: KnownRun
) -> Iterator[DrawnNumbers]:
    """The secret key, and what of each ciphertext of a query is neither message nor mask."""
    keys = run.keys.get(CLIENT, {})
    if f"{SECRET}0" not in keys:
        return
    secret = np.frombuffer(keys[f"{SECRET}0"], dtype=np.int8).astype(np.int64)
    yield DrawnNumbers("the secret key", secret, 0.0, most=1, ternary=True)
    key = ScoringKey(preset, os.urandom, secret=secret)
    for m in (m for m in messages if m.kind == "query"):
        held = key.phases(decode_query(preset, m.sample, dims=task.dims).astype(np.uint64))
        # A number in every slot is a constant polynomial: all of the message is in the first coefficient.
        least = _NEAR * math.sqrt(_VARIANCE)
        yield DrawnNumbers("the error of a query", held[:, 1:].ravel(), least, most=_LARGEST)
