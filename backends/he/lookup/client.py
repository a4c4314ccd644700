"""The input and result party of a fetch: it makes queries that look random, and reads the answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backends.he.aggregation.ring import coefficients, spectrum
from backends.he.lookup.bound import KEPT_BITS, STEP_BITS
from backends.he.lookup.hint import Hint
from backends.he.lookup.kernels import open_rows
from backends.he.lookup.layout import DEGREE
from backends.he.lookup.wires import decode_answer, encode_query
from backends.he.sampling import Sampler

Records = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Question:
    """What opens one answer: the secret, int8 (n,), and the place of the wanted record in its column."""

    secret: npt.NDArray[np.int8]
    place: int


def ask(hint: Hint, indices: Integers, sampler: Sampler) -> tuple[bytes, list[Question]]:
    """Runs on the client: the wire that asks for records by index, and what opens its answers.

    Each has a secret and an error of its own. One secret for two queries would show both: their difference is small
    everywhere but in the two columns that they select.
    """
    layout = hint.layout
    words = np.empty((len(indices), layout.columns), dtype=np.uint32)
    questions = []
    for row, index in enumerate(indices):
        secret = sampler.ternary((DEGREE,))
        masked = coefficients(hint.matrix * spectrum(secret)).reshape(-1)[: layout.columns]
        masked += sampler.errors((layout.columns,))
        column, place = divmod(int(index), layout.per_column)
        masked[column] += 1 << STEP_BITS
        words[row] = (masked & 0xFFFFFFFF).astype(np.uint32)
        questions.append(Question(secret.astype(np.int8), place))
    return encode_query(hint.name, words), questions


def read(hint: Hint, questions: Sequence[Question], body: bytes) -> Records:
    """Runs on the client: the records with their digests, uint8 (k, row bytes); WireError if it is no answer."""
    layout = hint.layout
    answers = decode_answer(body, layout, hint.name, count=len(questions)).astype(np.int64)
    found = np.empty((len(questions), layout.row_bytes), dtype=np.uint8)
    for row, (question, answer) in enumerate(zip(questions, answers, strict=True)):
        rows = slice(question.place * layout.row_bytes, (question.place + 1) * layout.row_bytes)
        left = (answer[rows] - _product(hint.rows[rows], question.secret)) & 0xFFFF
        # The nearest step, of 2^8 in the 16 bits that are kept, and the centred byte back to an unsigned one.
        step = 1 << (STEP_BITS - KEPT_BITS)
        found[row] = (((left + step // 2) // step) & 0xFF).astype(np.uint8) ^ np.uint8(128)
    return found


def _product(rows: npt.NDArray[np.int16], secret: npt.NDArray[np.int8]) -> Integers:
    """Rows (r, n) times a ternary secret (n,), int64 (r,)."""
    out = np.empty(len(rows), dtype=np.int32)
    open_rows(rows, secret, out)
    return out.astype(np.int64)
