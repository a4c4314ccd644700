"""Products of a residue polynomial and a small one modulo X^n + 1 and a prime, exact, many blocks at once.

The residues are cut into limbs of 30 bits and multiplied by floating-point transforms. With Euclidean norms |a| and
|u| the three transforms are off by about 3 log2(n) 2^-53 |a| |u|: for n = 4096 and |u| <= 64 less than 2^-5 even when
every limb is as large as can be, so that rounding gives the whole number. Reductions take the quotient in floating
point and the rest in wrapping 64-bit integers.
"""

import numpy as np
import numpy.typing as npt

from backends.he.seal_format import Residues

Integers = npt.NDArray[np.int64]
Spectrum = npt.NDArray[np.complex128]

LIMB_BITS = 30


def spectrum(rows: Integers | Residues) -> Spectrum:
    """Polynomials (..., n) at the n / 2 roots of X^(n/2) = i, which fix a real one modulo X^n + 1."""
    half = rows.shape[-1] // 2
    folded = np.empty((*rows.shape[:-1], half), dtype=np.complex128)
    folded.real, folded.imag = rows[..., :half], rows[..., half:]
    folded *= _twist(half)
    return np.fft.fft(folded)


def limbs(residues: Residues) -> list[Residues]:
    """Residues as limbs of `LIMB_BITS`, the lowest first; two hold 60 bits."""
    mask, shift = np.uint64((1 << LIMB_BITS) - 1), np.uint64(LIMB_BITS)
    return [residues & mask, residues >> shift]


def product(low: Spectrum, high: Spectrum, small: Spectrum, modulus: int) -> Integers:
    """The product of (low + 2^LIMB_BITS high) and a small polynomial: congruent to it.

    Within half the modulus and 2^43 of zero.
    """
    upper = coefficients(high * small)
    quotient = np.rint(upper * (2.0**LIMB_BITS / modulus)).astype(np.int64)
    out: Integers = (upper << LIMB_BITS) - quotient * modulus + coefficients(low * small)
    return out


def centred(values: Integers, modulus: int) -> Integers:
    """Residues nearest to zero, for values within a few moduli of it."""
    near: Integers = values - np.rint(values * (1.0 / modulus)).astype(np.int64) * modulus
    return near


def residues(values: Integers, modulus: int) -> Residues:
    """Residues from 0 up to the modulus, for values within a few moduli of zero."""
    near = centred(values, modulus)
    near += modulus * (near < 0)
    return near.view(np.uint64)


def _twist(half: int) -> Spectrum:
    twist: Spectrum = np.exp(0.5j * np.pi * np.arange(half) / half)
    return twist


def coefficients(values: Spectrum) -> Integers:
    """Real coefficients (..., n), rounded, of what `spectrum` gave."""
    folded = np.fft.ifft(values)
    folded *= _twist(values.shape[-1]).conj()
    half = folded.shape[-1]
    out = np.empty((*folded.shape[:-1], 2 * half), dtype=np.int64)
    np.rint(folded.real, out=out[..., :half], casting="unsafe")
    np.rint(folded.imag, out=out[..., half:], casting="unsafe")
    return out
