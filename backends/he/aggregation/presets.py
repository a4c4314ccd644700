"""Parameter sets for sums: one prime for each ring, as additions need neither rescaling nor key switching.

The prime is the largest below 2^bits that is 1 modulo twice the degree; it is written out, so that a plan can be
made without SEAL, and `sum_context` checks that SEAL means the same one. All sets lie within the 128-bit caps of
the Homomorphic Encryption Standard (see `presets.py`).

SEAL's BFV context serves both schemes: all that SEAL does here is to make a key pair, and that is the same in CKKS and
in BFV.
"""

import functools
import importlib
from dataclasses import dataclass
from typing import Any

from backends.he.scoring.presets import (
    SECURITY_BITS,
    Context,
    ParameterError,
    Preset,
    check_randomness,
    check_standard,
)


@dataclass(frozen=True)
class SumPreset:
    """A ring of `degree` coefficients modulo one prime of `bits` bits; `number` names it on the wire."""

    number: int
    degree: int
    bits: int
    modulus: int

    @property
    def name(self) -> str:
        return f"degree {self.degree}, {self.bits}-bit modulus"

    @property
    def security_bits(self) -> int:
        """Classical security in bits by the standard's table."""
        return SECURITY_BITS

    @property
    def block_bytes(self) -> int:
        """Bytes of one ciphertext: two polynomials, every residue in `bits` bits."""
        return 2 * self.degree * self.bits // 8


# Smallest first. More modulus at one degree costs bytes in proportion and buys room for wider sums.
SUM_PRESETS: tuple[SumPreset, ...] = (
    SumPreset(1, 1024, 27, 134215681),
    SumPreset(2, 2048, 54, 18014398509404161),
    SumPreset(3, 4096, 60, 1152921504606830593),
)


@functools.lru_cache(maxsize=8)
def sum_context(preset: SumPreset) -> Context:
    """SEAL's keyless objects for a preset, built once per process; ParameterError when it is refused."""
    shape = Preset(preset.name, preset.degree, (preset.bits,), "sums")
    check_standard(shape)
    api: Any = importlib.import_module("tenseal.sealapi")
    parms = api.EncryptionParameters(api.SCHEME_TYPE.BFV)
    parms.set_poly_modulus_degree(preset.degree)
    parms.set_coeff_modulus(api.CoeffModulus.Create(preset.degree, [preset.bits]))
    parms.set_plain_modulus(2)  # SEAL wants one; keys do not depend on it
    check_randomness(api, parms)
    seal = api.SEALContext(parms, True, api.SEC_LEVEL_TYPE.TC128)
    if not seal.parameters_set():
        raise ParameterError(f"preset {preset.name!r} refused by SEAL: {seal.parameters_error_message()}")
    modulus = int(seal.first_context_data().parms().coeff_modulus()[0].value())
    if modulus != preset.modulus:
        raise ParameterError(f"this build of SEAL takes {modulus} where {preset.modulus} was expected.")
    return Context(
        preset=shape,
        api=api,
        seal=seal,
        encoder=None,
        evaluator=api.Evaluator(seal),
        primes=(modulus,),
        parms_id=tuple(int(word) for word in seal.first_parms_id()),
    )
