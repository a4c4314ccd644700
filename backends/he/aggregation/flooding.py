"""Noise flooding: what the collector adds to a CKKS sum before it lets go of it.

A decrypted CKKS value is the message plus the encryption error, and who knows the ciphertexts and enough such
values solves for the key (Li and Micciancio, "On the Security of Homomorphic Encryption on Approximate Numbers",
EUROCRYPT 2021). The aggregator has the ciphertexts, so a sum that is published needs IND-CPA-D: indistinguishability
with decryptions. Li, Micciancio, Schultz and Sorrell ("Securing Approximate Homomorphic Encryption Using
Differential Privacy", CRYPTO 2022) get it by Gaussian noise on every coefficient of what is decrypted, of

    sigma = sqrt(12 tau) * 2^(s / 2) * t

for tau released decryptions, statistical parameter s, and a bound t on the error. A Gaussian on a vector hides a shift
by its Euclidean norm, so t here bounds the norm of the error over all that one release shows (`sum_noise.Noise`).

s is bit security in the sense of Micciancio and Walter (EUROCRYPT 2018), where an advantage counts by its square. As
a distance: the Kullback-Leibler divergence of all releases is at most tau t^2 / (2 sigma^2) = 2^-s / 24, so by Pinsker
nobody, however much they compute, tells them from error-free ones with an advantage above 2^(-s/2) / sqrt(48).

Rounding to steps comes after and replaces nothing: rounded outputs that carry no noise still show, near the border of
two steps, on which side the error fell. Adding a rounded Gaussian to a whole number is a rounding of the sum, so what
is proved for the Gaussian holds for it.
"""

import math

import numpy as np
import numpy.typing as npt

from privacy.plugin import AggregationTask, Seat

Integers = npt.NDArray[np.int64]


def flooding_deviation(*, norm: float, bits: int, releases: int) -> float:
    """The standard deviation sigma for an error of at most this Euclidean norm; 0 bits means none."""
    return math.sqrt(12 * releases) * 2 ** (bits / 2) * norm


def distinguishing_bits(bits: int) -> float:
    """-log2 of the most that all releases together help anybody to distinguish (Pinsker)."""
    return bits / 2 + math.log2(48) / 2


def gaussian(seat: Seat[AggregationTask], count: int, *, deviation: float) -> Integers:
    """Runs on the collector: rounded Gaussians int64 (count,) from the party's randomness (Box and Muller, 1958).

    The uniforms have 53 bits, so a value reaches 8.57 deviations and has finer steps than 1 up to 2^48 deviations.
    """
    half = (count + 1) // 2
    words = np.frombuffer(seat.random.bytes(16 * half), dtype="<u8").reshape(2, half) >> np.uint64(11)
    radius = np.sqrt(-2 * np.log((words[0] + np.uint64(1)) * 2.0**-53)) * deviation
    angle = words[1] * (2 * math.pi * 2.0**-53)
    both = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]
    rounded: Integers = np.rint(both).astype(np.int64)
    return rounded
