"""The input and result party of HE scoring: holds the key, encrypts a vector, checks and decrypts scores."""

import math
import secrets
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from backends.he.scoring.keys import ScoringKey
from backends.he.scoring.layout import (
    MARGIN,
    CatalogueScales,
    Integers,
    IntegrityFailure,
    item_rows,
    sentinel_rows,
    sentinels,
    signs,
)
from backends.he.scoring.presets import Preset
from backends.he.scoring.wires import decode_answer, encode_query


class ScoringClient:
    """Runs on the input and result party: one fresh key, dropped by `forget` or by a failed check.

    `draw` gives random bytes, as many as it is told: the operating system's, but for tests.
    """

    def __init__(
        self, preset: Preset, published: bytes, *, draw: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        """Check the server's published scales and make a key; MalformedCiphertext for unsound scales."""
        self.scales = CatalogueScales.from_bytes(published, preset)
        self.last_rounding_error: float = math.nan
        self._preset = preset
        self._key: ScoringKey | None = ScoringKey(preset, draw)
        self._expected: Integers | None = None

    def query(self, vector: Integers) -> bytes:
        """Runs on the input party: an integer vector (d,) as a query wire; ValueError if it is unusable."""
        key = self._live()
        self._check_vector(vector)
        values = vector.astype(np.int64)
        # The scores that the sentinels must have; 2 a block, computed here from public rows.
        self._expected = sentinels(blocks=self.scales.blocks, dims=self.scales.dims) @ values
        return encode_query(self._preset, *key.encrypt(values * self.scales.scale_user))

    def scores(self, answer: bytes) -> npt.NDArray[np.float64]:
        """Runs on the result party: scores (N,) of the last query, each within the preset's limit of the exact one.

        They are not rounded here, so that whoever asked can measure the error.

        MalformedCiphertext when the bytes are not an answer; IntegrityFailure when what they decrypt to
        contradicts the sentinels or cannot be scores, and then the key is gone: make a new client.
        """
        key = self._live()
        if self._expected is None:
            raise ValueError("there is no query that this answer could belong to; call query first.")
        scales, degree = self.scales, self._preset.degree
        slots = key.slots(decode_answer(self._preset, answer, dims=scales.dims, blocks=scales.blocks))
        rows = np.concatenate([slots.real, slots.imag], axis=1) / scales.product
        rows *= signs(blocks=scales.blocks, degree=degree)
        self._check(rows, self._expected)
        return rows[:, item_rows(degree)].reshape(-1)[: scales.items]

    def secret_key_bytes(self) -> list[bytes]:
        """Runs on the input party: the key in every form in which it could slip into a wire."""
        return self._live().forms()

    def forget(self) -> None:
        """Runs on the input party: drop the key; the object can encrypt and decrypt no more."""
        self._key = self._expected = None

    def _live(self) -> ScoringKey:
        if self._key is None:
            raise ValueError("this client has dropped its key; make a new one, which encrypts afresh.")
        return self._key

    def _check_vector(self, vector: Any) -> None:
        dims, norm = self.scales.dims, self.scales.vector_norm
        if not isinstance(vector, np.ndarray) or vector.dtype.kind != "i":
            raise ValueError("a vector is an array of signed integers; quantise it first.")
        if vector.shape != (dims,):
            raise ValueError(f"a vector of shape {vector.shape} does not fit; ({dims},) expected.")
        if sum(int(value) ** 2 for value in vector) > norm**2:
            # The norm found is not named: it is private, and errors end up in logs.
            raise ValueError(
                f"a vector is longer than the norm of {norm} that the catalogue's scales allow; "
                "quantise it from unit norm, or ask the server for scales that allow more."
            )

    def _check(self, rows: npt.NDArray[np.float64], expected: Integers) -> None:
        """Check the sentinels (blocks, 2) of every block, and that every row (blocks, n) can be a score at all."""
        limit = self._preset.limit if self._preset.exact else MARGIN * self.scales.error
        found = rows[:, list(sentinel_rows(self._preset.degree))]
        wrong = np.flatnonzero(~(np.abs(found - expected) <= limit).all(axis=1))
        self.last_rounding_error = float(np.abs(rows - np.rint(rows)).max())
        if self._preset.exact:
            possible = self.last_rounding_error <= limit
        else:
            possible = float(np.abs(rows).max()) <= self.scales.largest_score + limit
        if wrong.size or not possible:
            self.forget()
            where = f"sentinel of block {wrong[0]}" if wrong.size else "values that are no scores"
            raise IntegrityFailure(
                f"an answer failed its check ({where}): altered, made under another key, or overflowed. "
                "None of its scores was used and the key was dropped; make a new client and query again."
            )
