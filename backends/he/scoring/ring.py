"""Polynomials modulo X^n + 1 and a prime below 2^30, in SEAL's order: the transform, and the encoding of CKKS.

SEAL evaluates a polynomial at the odd powers of the *least* primitive 2n-th root of unity, in bit-reversed order. What
is made here is therefore what SEAL's Evaluator, and SEAL's Decryptor, take as their own.

Sources: Longa and Naehrig 2016 (the transform); Shoup's quotients, as in Harvey 2014, section 2 (a product modulo q
without a division); Cheon, Kim, Kim and Song 2017 (slots at the powers of 3 of the root).
"""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types, uint64, void

from privacy.plugin.compiled import compiled

Residues = npt.NDArray[np.uint64]

LARGEST_PRIME = 1 << 30  # a product with a quotient of 32 bits then stays below 2^64


@dataclass(frozen=True, eq=False)
class Ring:
    """Z_q[X] / (X^n + 1): powers of the root and of its inverse in bit-reversed order (n,), each with its quotients."""

    degree: int
    prime: int
    powers: tuple[Residues, Residues]
    inverses: tuple[Residues, Residues]

    def transform(self, rows: Residues) -> Residues:
        """The values (m, n) of polynomials (m, n) at the roots, in SEAL's order; the coefficients below q."""
        out = np.ascontiguousarray(rows, dtype=np.uint64).copy()
        _forward(out, *self.powers, np.uint64(self.prime))
        return out

    def inverse(self, rows: Residues) -> Residues:
        """The coefficients (m, n), from 0 up to q, of polynomials that have these values (m, n), in SEAL's order."""
        out = np.ascontiguousarray(rows, dtype=np.uint64).copy()
        _backward(out, *self.inverses, np.uint64(self.prime))
        return out * np.uint64(pow(self.degree, -1, self.prime)) % np.uint64(self.prime)


@functools.lru_cache(maxsize=16)
def ring(degree: int, prime: int) -> Ring:
    """The ring of this degree, a power of two, and this prime, 1 modulo 2n; ValueError for another."""
    if prime >= LARGEST_PRIME or prime % (2 * degree) != 1:
        raise ValueError(f"{prime} is not a prime below 2^30 that is 1 modulo {2 * degree}.")
    root = _least_root(degree, prime)
    return Ring(degree, prime, _powers(degree, prime, root), _powers(degree, prime, pow(root, -1, prime)))


def _powers(degree: int, prime: int, root: int) -> tuple[Residues, Residues]:
    powers = np.empty(degree, dtype=np.uint64)
    powers[bit_reversed(degree)] = [pow(root, i, prime) for i in range(degree)]
    return powers, (powers << np.uint64(32)) // np.uint64(prime)


def bit_reversed(count: int) -> npt.NDArray[np.intp]:
    """The numbers 0 to count - 1, each with its log2(count) bits in reverse."""
    found = np.zeros(1, dtype=np.intp)
    while len(found) < count:
        found = np.concatenate([found * 2, found * 2 + 1])
    return found


def _least_root(degree: int, prime: int) -> int:
    """The least primitive 2n-th root of unity modulo the prime."""
    for base in range(2, prime):
        root = pow(base, (prime - 1) // (2 * degree), prime)
        if pow(root, degree, prime) == prime - 1:
            return min(pow(root, i, prime) for i in range(1, 2 * degree, 2))
    raise ValueError(f"{prime} has no primitive root of order {2 * degree}.")


@functools.lru_cache(maxsize=8)
def _slots(degree: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.complex128]]:
    """Where slot i stands among the odd powers of the complex root, and the twist that makes a plain FFT of it."""
    places = np.empty(degree // 2, dtype=np.intp)
    power = 1
    for i in range(degree // 2):
        places[i] = (power - 1) // 2
        power = power * 3 % (2 * degree)
    return places, np.exp(-1j * np.pi * np.arange(degree) / degree)


def encode(slots: npt.NDArray[np.complex128]) -> npt.NDArray[np.float64]:
    """Coefficients (m, n), not rounded, of the real polynomials that have these values (m, n/2) in their slots."""
    degree = 2 * slots.shape[-1]
    places, twist = _slots(degree)
    values = np.empty((*slots.shape[:-1], degree), dtype=np.complex128)
    values[..., places] = slots
    values[..., degree - 1 - places] = slots.conj()
    return np.asarray((np.fft.fft(values, axis=-1) * twist).real / degree, dtype=np.float64)


def decode(coefficients: npt.NDArray[Any]) -> npt.NDArray[np.complex128]:
    """The slots (m, n/2) of real polynomials (m, n): what `encode` undoes."""
    degree = coefficients.shape[-1]
    places, twist = _slots(degree)
    values = np.fft.ifft(coefficients * twist.conj(), axis=-1)[..., places]
    return np.asarray(values * degree, dtype=np.complex128)


_rows = types.Array(uint64, 2, "C")
_table = types.Array(uint64, 1, "C", readonly=True)


@compiled(void(_rows, _table, _table, uint64))
def _forward(rows: Residues, powers: Residues, quotients: Residues, q: np.uint64) -> None:
    """Cooley and Tukey's butterflies, in place; all entries stay below q."""
    shift = np.uint64(32)
    degree = rows.shape[1]
    for r in range(rows.shape[0]):
        x = rows[r]
        groups, half = 1, degree // 2
        while half:
            for i in range(groups):
                w, quotient = powers[groups + i], quotients[groups + i]
                low = x[2 * i * half : (2 * i + 1) * half]
                high = x[(2 * i + 1) * half : (2 * i + 2) * half]
                for j in range(half):
                    v = w * high[j] - ((quotient * high[j]) >> shift) * q
                    v = min(v, v - q)  # v is below 2q: the difference wraps around where v was below q
                    a, b = low[j] + v, low[j] + q - v
                    low[j] = min(a, a - q)
                    high[j] = min(b, b - q)
            groups, half = groups * 2, half // 2


@compiled(void(_rows, _table, _table, uint64))
def _backward(rows: Residues, powers: Residues, quotients: Residues, q: np.uint64) -> None:
    """Gentleman and Sande's butterflies, in place, without the division by n; all entries stay below q."""
    shift = np.uint64(32)
    degree = rows.shape[1]
    for r in range(rows.shape[0]):
        x = rows[r]
        groups, half = degree // 2, 1
        while groups:
            for i in range(groups):
                w, quotient = powers[groups + i], quotients[groups + i]
                low = x[2 * i * half : (2 * i + 1) * half]
                high = x[(2 * i + 1) * half : (2 * i + 2) * half]
                for j in range(half):
                    a, b = low[j] + high[j], low[j] + q - high[j]
                    v = w * b - ((quotient * b) >> shift) * q
                    low[j] = min(a, a - q)
                    high[j] = min(v, v - q)
            groups, half = groups // 2, half * 2
