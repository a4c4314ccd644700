"""CKKS parameter sets of HE scoring, and the SEAL objects that belong to one of them.

A preset is public. Clients and servers compute with its numbers alone; SEAL's objects (context, encoder, evaluator) are
what that computation is held against. They hold no key and may be shared by all of a process.

Sources: Albrecht et al., "Homomorphic Encryption Standard" (HomomorphicEncryption.org, 2018), table for a
ternary secret at 128-bit classical security; Cheon et al. 2017 for CKKS; SEAL 4 for the checks it repeats.
"""

import functools
import importlib
import math
import struct
from dataclasses import dataclass
from typing import Any

SECURITY_BITS = 128
# Most bits of the modulus for each degree at 128, 192 and 256 bits (Homomorphic Encryption Standard, ternary secret).
STANDARD_CAPS = {1024: (27, 19, 14), 2048: (54, 37, 29), 4096: (109, 75, 58), 8192: (218, 152, 118)}


class ParameterError(ValueError):
    """A parameter set that is unknown, or that does not reach 128-bit security."""


@dataclass(frozen=True)
class Preset:
    """One public choice: ring degree n, a power of two, and sizes of primes in bits; of several, the last is reserved.

    `primes` are those of a ciphertext, as SEAL chooses them for these sizes; empty where SEAL is asked. `limit` is how
    far a decrypted score may lie from the exact one, in steps of scores: below half a step, scores are exact integers.
    `headroom` is how many standard deviations of a coefficient fit between zero and overflow.
    """

    name: str
    poly_modulus_degree: int
    coeff_modulus_bits: tuple[int, ...]
    summary: str
    primes: tuple[int, ...] = ()
    limit: float = 0.4
    headroom: float = 12.0

    @property
    def degree(self) -> int:
        """Polynomial degree n: coefficients of a polynomial, and rows of a block."""
        return self.poly_modulus_degree

    @property
    def security_bits(self) -> int:
        """Classical security in bits that the standard's table gives for this degree and the modulus of ciphertexts."""
        caps = STANDARD_CAPS[self.degree]
        return max(bits for bits, cap in zip((128, 192, 256), caps, strict=True) if self._modulus_bits() <= cap)

    def _modulus_bits(self) -> int:
        # The reserved prime is SEAL's alone: nothing of ours is encrypted modulo it.
        return self.modulus.bit_length() if self.primes else sum(self.coeff_modulus_bits)

    @property
    def exact(self) -> bool:
        """Whether scores come out as the exact integers."""
        return self.limit < 0.5

    @property
    def modulus(self) -> int:
        """The modulus q of ciphertexts."""
        return math.prod(self.primes)

    @property
    def width(self) -> int:
        """Residues of one polynomial: n for each prime, those of one after those of another."""
        return self.poly_modulus_degree * len(self.primes)


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "exact",
            4096,
            (27, 27, 52),
            "every score is the exact integer: degree 4096, two primes of 27 bits",
            primes=(134111233, 134176769),
        ),
        Preset(
            "fast",
            2048,
            (29,),
            "a quarter of the bytes, and scores off by about .001: degree 2048, one prime of 29 bits",
            primes=(536813569,),
            limit=1024.0,
            headroom=8.0,
        ),
    )
}
# On the wire a preset is a number; 0 is never used, so that a blank header is refused, and 1 and 2 are retired.
_WIRE_IDS = {"exact": 3, "fast": 4}


@dataclass(frozen=True, eq=False)
class Context:
    """SEAL's context of one preset with its keyless helpers; ciphertexts live at `modulus`, the product of `primes`."""

    preset: Preset
    api: Any
    seal: Any
    encoder: Any
    evaluator: Any
    primes: tuple[int, ...]
    parms_id: tuple[int, ...]

    @property
    def degree(self) -> int:
        """Polynomial degree n: coefficients of a polynomial, and items per ciphertext before the sentinel."""
        return self.preset.poly_modulus_degree

    @property
    def modulus(self) -> int:
        """The modulus q of ciphertexts."""
        return math.prod(self.primes)

    @property
    def width(self) -> int:
        """Residues of one polynomial: n for each prime, those of one after those of another."""
        return self.degree * len(self.primes)

    @property
    def parms_bytes(self) -> bytes:
        """SEAL's 32-byte name of the level on which fresh ciphertexts live."""
        return struct.pack("<4Q", *self.parms_id)


def wire_id(preset: Preset) -> int:
    """The number that stands for this preset in wire headers; ParameterError when it is not in `PRESETS`."""
    if PRESETS.get(preset.name) != preset:
        raise ParameterError(f"preset {preset.name!r} is not one of {', '.join(PRESETS)}; pick one of those.")
    return _WIRE_IDS[preset.name]


def check_standard(preset: Preset) -> None:
    """Refuse a parameter set above the standard's 128-bit caps, whatever SEAL itself would say."""
    degree, bits = preset.poly_modulus_degree, sum(preset.coeff_modulus_bits)
    if degree not in STANDARD_CAPS:
        known = ", ".join(str(known) for known in STANDARD_CAPS)
        raise ParameterError(f"preset {preset.name!r}: degree {degree} is not in the table ({known}).")
    cap = STANDARD_CAPS[degree][0]
    if bits > cap:
        raise ParameterError(
            f"preset {preset.name!r}: {bits} modulus bits at degree {degree} exceed the {cap} that give "
            f"{SECURITY_BITS}-bit security; take smaller primes or a larger degree."
        )


def check_randomness(api: Any, parms: Any) -> None:
    """Refuse a build of SEAL whose default generator has a fixed seed: it would repeat keys."""
    # With no generator set, SEAL takes its default factory.
    if parms.random_generator() is not None or not api.Blake2xbPRNGFactory.DefaultFactory().use_random_seed():
        raise ParameterError("this build of SEAL does not seed its randomness from the operating system.")


@functools.lru_cache(maxsize=8)
def context(preset: Preset) -> Context:
    """SEAL's objects for a preset, built once per process; ParameterError when it is refused."""
    check_standard(preset)
    api: Any = importlib.import_module("tenseal.sealapi")
    parms = api.EncryptionParameters(api.SCHEME_TYPE.CKKS)
    parms.set_poly_modulus_degree(preset.poly_modulus_degree)
    try:
        primes = api.CoeffModulus.Create(preset.poly_modulus_degree, list(preset.coeff_modulus_bits))
    except (RuntimeError, ValueError) as error:
        raise ParameterError(f"preset {preset.name!r}: SEAL finds no such primes ({error}).") from error
    parms.set_coeff_modulus(primes)
    check_randomness(api, parms)
    seal = api.SEALContext(parms, True, api.SEC_LEVEL_TYPE.TC128)
    if not seal.parameters_set():
        raise ParameterError(f"preset {preset.name!r} refused by SEAL: {seal.parameters_error_message()}")
    level = tuple(int(prime.value()) for prime in seal.first_context_data().parms().coeff_modulus())
    if preset.primes and level != preset.primes:
        raise ParameterError(f"this build of SEAL takes the primes {level} where {preset.primes} were expected.")
    return Context(
        preset=preset,
        api=api,
        seal=seal,
        encoder=api.CKKSEncoder(seal),
        evaluator=api.Evaluator(seal),
        primes=level,
        parms_id=tuple(int(word) for word in seal.first_parms_id()),
    )
