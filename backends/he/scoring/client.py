"""The input and result party of HE scoring: holds the key, encrypts a vector, checks and decrypts scores."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from backends.he.scoring.layout import (
    ROUNDING_LIMIT,
    CatalogueScales,
    Integers,
    IntegrityFailure,
    item_rows,
    sentinel_rows,
    sentinels,
    signs,
)
from backends.he.scoring.presets import Context, Preset, context
from backends.he.scoring.wires import decode_answer, encode_query
from backends.he.seal_format import (
    Polynomials,
    Residues,
    ScratchFile,
    pack_residues,
    read_ciphertext,
    read_plaintext,
    write_ciphertext,
)


class ScoringClient:
    """Runs on the input and result party: one fresh key, dropped by `forget` or by a failed check."""

    def __init__(self, preset: Preset, published: bytes) -> None:
        """Check the server's published scales and make a key; MalformedCiphertext for unsound scales."""
        self.scales = CatalogueScales.from_bytes(published, preset)
        self._context: Context = context(preset)
        self.last_rounding_error: float = math.nan
        api, seal = self._context.api, self._context.seal
        self._secret: Any = api.KeyGenerator(seal).secret_key()
        self._encryptor: Any = api.Encryptor(seal, self._secret)
        self._decryptor: Any = api.Decryptor(seal, self._secret)
        self._expected: Integers | None = None

    def query(self, vector: Integers) -> bytes:
        """Runs on the input party: an integer vector (d,) as a query wire; ValueError if it is unusable."""
        self._need_key()
        self._check_vector(vector)
        with ScratchFile() as scratch:
            coordinates = [self._encrypt(int(value), scratch) for value in vector]
        # The scores that the sentinels must have; 2 a block, computed here from public rows.
        self._expected = sentinels(blocks=self.scales.blocks, dims=self.scales.dims) @ vector.astype(np.int64)
        return encode_query(self._context, coordinates)

    def scores(self, answer: bytes) -> npt.NDArray[np.float64]:
        """Runs on the result party: scores (N,) of the last query, each nearer than `ROUNDING_LIMIT` to the exact one.

        They are not rounded here, so that whoever asked can measure the error.

        MalformedCiphertext when the bytes are not an answer; IntegrityFailure when what they decrypt to
        contradicts the sentinels or is not near integers, and then the key is gone: make a new client.
        """
        self._need_key()
        if self._expected is None:
            raise ValueError("there is no query that this answer could belong to; call query first.")
        scales, degree = self.scales, self._context.degree
        residues = decode_answer(self._context, answer, dims=scales.dims, blocks=scales.blocks)
        with ScratchFile() as scratch:
            slots = np.stack([self._decrypt(part, scratch) for part in residues])
        rows = np.concatenate([slots.real, slots.imag], axis=1) / scales.product
        rows *= signs(blocks=scales.blocks, degree=degree)
        self._check(rows, self._expected)
        return rows[:, item_rows(degree)].reshape(-1)[: scales.items]

    def secret_key_bytes(self) -> list[bytes]:
        """Runs on the input party: the key as SEAL saves it, then residues in 8 and in 7 bytes each."""
        self._need_key()
        with ScratchFile() as scratch:
            blob = scratch.save(self._secret)
        degree, primes = self._context.degree, len(self._context.preset.coeff_modulus_bits)
        levels = read_plaintext(blob, degree=degree, primes=primes).residues
        wide = [level.astype("<u8").tobytes() for level in levels]
        return [blob, *wide, *(pack_residues(level) for level in levels)]

    def forget(self) -> None:
        """Runs on the input party: drop the key; the object can encrypt and decrypt no more."""
        self._secret = self._encryptor = self._decryptor = self._expected = None

    def _need_key(self) -> None:
        if self._secret is None:
            raise ValueError("this client has dropped its key; make a new one, which encrypts afresh.")

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

    def _encrypt(self, value: int, scratch: ScratchFile) -> Polynomials:
        ctx, plaintext = self._context, self._context.api.Plaintext()
        # A constant polynomial: the value in every slot, exactly, as the scales keep it below 2^53.
        ctx.encoder.encode(float(value * self.scales.scale_user), 1.0, plaintext)
        return read_ciphertext(scratch.save(self._encryptor.encrypt_symmetric(plaintext)), ctx, seeded=True)

    def _decrypt(self, residues: Residues, scratch: ScratchFile) -> npt.NDArray[np.complex128]:
        ctx, plaintext = self._context, self._context.api.Plaintext()
        ciphertext = scratch.load(ctx.api.Ciphertext(), ctx, write_ciphertext(ctx, residues))
        self._decryptor.decrypt(ciphertext, plaintext)
        return np.array(ctx.encoder.decode_complex(plaintext), dtype=np.complex128)

    def _check(self, rows: npt.NDArray[np.float64], expected: Integers) -> None:
        """Check the sentinels (blocks, 2) of every block, and every row's distance to an integer."""
        found = rows[:, list(sentinel_rows(self._context.degree))]
        wrong = np.flatnonzero(~(np.abs(found - expected) <= ROUNDING_LIMIT).all(axis=1))
        self.last_rounding_error = float(np.abs(rows - np.rint(rows)).max())
        if wrong.size or not self.last_rounding_error <= ROUNDING_LIMIT:
            self.forget()
            where = f"sentinel of block {wrong[0]}" if wrong.size else "scores that are no integers"
            raise IntegrityFailure(
                f"an answer failed its check ({where}): altered, made under another key, or overflowed. "
                "None of its scores was used and the key was dropped; make a new client and query again."
            )
