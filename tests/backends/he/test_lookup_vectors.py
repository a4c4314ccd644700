"""Known answers of HE lookup, for any client in another language: held against a straight reading of the definitions.

Nothing here uses a transform or a compiled loop: polynomials are multiplied term by term in whole numbers.
"""

import hashlib
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

pytest.importorskip("tenseal")

from backends.he.lookup.client import ask, read
from backends.he.lookup.hint import Hint, public_matrix
from backends.he.lookup.table import table_of
from privacy.plugin import LookupTask, with_digests

VECTORS = json.loads((Path(__file__).parent / "lookup-vectors.json").read_text())
N = 2048
TASK = LookupTask(VECTORS["items"], VECTORS["record_bytes"], VECTORS["count"])
COLUMNS, ROWS = VECTORS["columns"], VECTORS["rows"]
NAME = bytes.fromhex(VECTORS["table"])
SECRETS = [np.array([int(digit) - 1 for digit in text]) for text in VECTORS["secrets"]]
ERRORS = [np.array([ord(letter) - ord("n") for letter in text]) for text in VECTORS["errors"]]


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))


def records():
    j = np.arange(TASK.items * TASK.record_bytes)
    return ((7 * j + j // 5) % 256).astype(np.uint8).reshape(TASK.items, -1)


def entries():
    """The matrix of the table, (columns, rows): centred bytes of whole records with their digests."""
    rows = with_digests(records())
    filled = np.full((COLUMNS * VECTORS["per_column"], rows.shape[1]), 128, dtype=np.uint8)
    filled[: len(rows)] = rows
    return filled.reshape(COLUMNS, ROWS).astype(np.int64) - 128


def elements():
    """The public matrix: AES-128 in counter mode from zero under the first half of the table's name."""
    blocks = -(-COLUMNS // N)
    stream = Cipher(algorithms.AES128(NAME[:16]), modes.CTR(bytes(16))).encryptor().update(bytes(4 * N * blocks))
    return np.frombuffer(stream, dtype="<i4").astype(np.int64).reshape(blocks, N)


def times(a, b):
    """The product modulo X^n + 1, in 64-bit integers: of entries below 2^31 and small ones that fits."""
    out = np.zeros(N, dtype=np.int64)
    for place in np.flatnonzero(b):
        rolled = np.roll(a, place)
        rolled[:place] *= -1
        out += b[place] * rolled
    return out


def test_the_names_the_matrix_and_the_digests_are_as_written():
    shape = struct.pack("<QQQ", TASK.items, TASK.record_bytes + 8, VECTORS["per_column"])
    assert hashlib.sha256(b"veilbench/he/lookup/2" + shape + records().tobytes()).digest() == NAME
    assert elements()[0, :4].tolist() == VECTORS["matrix_first"]
    assert (public_matrix(NAME, 2) == elements()).all()
    last = with_digests(records())[-1]
    place = (TASK.items - 1).to_bytes(8, "little")
    assert last[-8:].tobytes() == hashlib.sha256(place + records()[-1].tobytes()).digest()[:8]


def test_a_query_is_matrix_times_secret_and_error_and_one_step():
    words = []
    for secret, error, index in zip(SECRETS, ERRORS, VECTORS["indices"], strict=True):
        masked = np.concatenate([times(a, secret) for a in elements()])[:COLUMNS] + error
        masked[index // VECTORS["per_column"]] += 1 << 24
        words.append((masked & 0xFFFFFFFF).astype("<u4"))
    head = struct.pack("<4sHHIQ32s", b"VBLQ", 1, 0, TASK.count, COLUMNS, NAME)
    body = head + b"".join(w.tobytes() for w in words)
    assert hashlib.sha256(body).hexdigest() == VECTORS["query_sha256"]
    assert words[0][:4].tolist() == VECTORS["query_first"]
    table = table_of(records(), TASK)
    assert ask(table.hint, np.array(VECTORS["indices"]), Given())[0] == body
    products = [(entries() * w.astype(np.int64)[:, None]).sum(axis=0) & 0xFFFFFFFF for w in words]
    rounded = [((p + 2**15 & 0xFFFFFFFF) >> 16).astype("<u2").tobytes() for p in products]
    answer = struct.pack("<4sHHIQ32s", b"VBLA", 1, 0, TASK.count, ROWS, NAME) + b"".join(rounded)
    assert answer.hex() == VECTORS["answer"]
    assert table.answer(body, count=TASK.count) == answer


def test_the_hint_is_table_times_matrix_and_opens_the_answer():
    hint = table_of(records(), TASK).hint
    assert hashlib.sha256(hint.to_bytes()).hexdigest() == VECTORS["hint_sha256"]
    padded = np.zeros((2 * N, ROWS), dtype=np.int64)
    padded[:COLUMNS] = entries()
    for row in (0, 7, ROWS - 1):
        total = np.zeros(N, dtype=object)
        for block, a in enumerate(elements()):
            # <d, a s> = <a' d, s> with a'(X) = a(1 / X): a'_0 = a_0 and a'_i = -a_(n - i).
            adjoint = np.concatenate([a[:1], -a[:0:-1]])
            total = total + times(adjoint, padded[block * N : (block + 1) * N, row])
        low = np.array([((int(x) + 2**15) >> 16) & 0xFFFF for x in total], dtype=np.uint16).view(np.int16)
        assert (low == hint.rows[row]).all()
    again = Hint.from_bytes(hint.to_bytes(), TASK)
    _, questions = ask(again, np.array(VECTORS["indices"]), Given())
    found = read(again, questions, bytes.fromhex(VECTORS["answer"]))
    assert [row.tobytes().hex() for row in found] == VECTORS["found"]
    assert (found[:, : TASK.record_bytes] == records()[VECTORS["indices"]]).all()


class Given:
    """Draws what the vectors say."""

    def __init__(self):
        self._secrets, self._errors = iter(SECRETS), iter(ERRORS)

    def ternary(self, shape):
        return next(self._secrets)

    def errors(self, shape):
        return next(self._errors)
