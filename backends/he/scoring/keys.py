"""The client's key: symmetric encryption of whole numbers, and decryption of what a server made of them.

The textbook lines of Lyubashevsky, Peikert and Regev (2010) that CKKS is made of, in SEAL's transform and with the
distributions of the Homomorphic Encryption Standard: a uniform ternary secret, errors of 42 coins (standard deviation
3.24). SEAL does the same 3 times slower, and draws from seeds that no browser can expand. The tests hold encryption
against SEAL's Decryptor and decryption against SEAL's Encryptor.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from backends.he.sampling import Sampler
from backends.he.scoring.presets import Preset
from backends.he.scoring.ring import decode, ring
from backends.he.scoring.wires import RESIDUE_BYTES, SEED_BYTES, drawn_from
from backends.he.seal_format import Residues, pack_residues

Integers = npt.NDArray[np.int64]


class ScoringKey:
    """Runs on the input and result party: one fresh secret. `draw` gives random bytes, as many as it is told."""

    def __init__(self, preset: Preset, draw: Callable[[int], bytes], *, secret: Integers | None = None) -> None:
        """A fresh key; that of a `secret` (n,) where one is known."""
        self._preset, self._draw = preset, draw
        self._secret = Sampler(draw).ternary((preset.degree,)) if secret is None else secret
        self._transformed = self._by_prime(self._secret[None])[0]

    def encrypt(self, values: Integers) -> tuple[bytes, Residues]:
        """A seed, and residues (d, L n) of the ciphertexts of whole numbers (d,), each in every slot; all fresh."""
        preset, seed = self._preset, self._draw(SEED_BYTES)
        errors = Sampler(self._draw).errors((len(values), preset.degree))
        uniform = drawn_from(seed, preset, dims=len(values)).astype(np.uint64)
        q = self._moduli()
        # A number in every slot is a constant polynomial, whose transform is the number everywhere.
        plain = np.repeat(np.stack([values % prime for prime in preset.primes], axis=1), preset.degree, axis=1)
        masks = uniform * self._transformed % q
        return seed, (plain.astype(np.uint64) + self._by_prime(errors) + q - masks) % q

    def slots(self, ciphertexts: Residues) -> npt.NDArray[np.complex128]:
        """The slots (blocks, n / 2) of ciphertexts, residues (blocks, 2, L n)."""
        return decode(self.phases(ciphertexts))

    def phases(self, ciphertexts: Residues) -> Integers:
        """What ciphertexts, residues (blocks, 2, L n), hold with their errors: coefficients (blocks, n), centred."""
        preset, q = self._preset, self._moduli()
        phases = (ciphertexts[:, 0] + ciphertexts[:, 1] * self._transformed) % q
        parts = np.split(phases, len(preset.primes), axis=1)
        rows = [
            ring(preset.degree, prime).inverse(part).astype(np.int64)
            for prime, part in zip(preset.primes, parts, strict=True)
        ]
        return self._composed(rows)

    def forms(self) -> list[bytes]:
        """The key in the forms in which it could slip into a wire: its coefficients, and its residues."""
        levels = np.split(self._transformed, len(self._preset.primes))
        plain = [self._secret.astype(np.int8).tobytes(), self._secret.astype("<i8").tobytes()]
        wide = [level.astype("<u8").tobytes() for level in levels]
        return [*plain, *wide, *(pack_residues(level, size=RESIDUE_BYTES) for level in levels)]

    def _moduli(self) -> Residues:
        return np.repeat(np.array(self._preset.primes, dtype=np.uint64), self._preset.degree)

    def _by_prime(self, rows: Integers) -> Residues:
        """Polynomials (m, n) of small coefficients as residues (m, L n) in SEAL's transform."""
        preset = self._preset
        parts = [ring(preset.degree, q).transform((rows % q).astype(np.uint64)) for q in preset.primes]
        return np.concatenate(parts, axis=1)

    def _composed(self, rows: list[Integers]) -> Integers:
        """Coefficients (blocks, n) within half the modulus of zero, from their residues by each prime (Garner 1959)."""
        value, product = rows[0], self._preset.primes[0]
        for q, other in zip(self._preset.primes[1:], rows[1:], strict=True):
            digit = (other - value) % q * pow(product, -1, q) % q
            value, product = value + product * digit, product * q
        return value - product * (value > product // 2)
