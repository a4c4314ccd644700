"""CKKS parameter sets of the HE backend, and the SEAL objects that belong to one of them.

A preset is public. What is cached here (context, encoder, evaluator) holds no key and may be shared by every
client and server of a process. Keys are made in `client.py` and never enter this module.

Sources: Albrecht et al., "Homomorphic Encryption Standard" (HomomorphicEncryption.org, 2018), table for a
ternary secret at 128-bit classical security; Cheon et al. 2017 for CKKS; SEAL 4 for the checks it repeats.
"""

import functools
import importlib
import struct
from dataclasses import dataclass
from typing import Any

SECURITY_BITS = 128
# Most coefficient-modulus bits for each polynomial degree at 128 bits (Homomorphic Encryption Standard).
STANDARD_CAPS = {1024: 27, 2048: 54, 4096: 109, 8192: 218}


class ParameterError(ValueError):
    """A parameter set that is unknown, or that does not reach 128-bit security."""


@dataclass(frozen=True)
class Preset:
    """One public choice: ring degree (a power of two), and prime sizes in bits (of two, one is reserved)."""

    name: str
    poly_modulus_degree: int
    coeff_modulus_bits: tuple[int, ...]
    summary: str

    @property
    def security_bits(self) -> int:
        """Classical security in bits that the standard's table gives for this degree and modulus."""
        return SECURITY_BITS


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("compact", 2048, (53,), "smallest upload: degree 2048, one 53-bit prime"),
        Preset(
            "roomy",
            4096,
            (54, 55),
            "twice the degree, so more distance to the best known lattice attacks, for twice the upload",
        ),
    )
}
# On the wire a preset is a number; 0 is never used, so that a blank header is refused.
_WIRE_IDS = {name: number for number, name in enumerate(PRESETS, start=1)}


@dataclass(frozen=True, eq=False)
class Context:
    """SEAL's context of one preset with its keyless helpers; ciphertexts live at `modulus`, one prime."""

    preset: Preset
    api: Any
    seal: Any
    encoder: Any
    evaluator: Any
    modulus: int
    parms_id: tuple[int, ...]

    @property
    def degree(self) -> int:
        """Polynomial degree n: coefficients of a polynomial, and items per ciphertext before the sentinel."""
        return self.preset.poly_modulus_degree

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
    cap = STANDARD_CAPS.get(degree)
    if cap is None:
        known = ", ".join(str(known) for known in STANDARD_CAPS)
        raise ParameterError(f"preset {preset.name!r}: degree {degree} is not in the table ({known}).")
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
    level = seal.first_context_data().parms().coeff_modulus()
    if len(level) != 1:
        raise ParameterError(
            f"preset {preset.name!r}: {len(level)} primes remain for ciphertexts; the wires carry one."
        )
    return Context(
        preset=preset,
        api=api,
        seal=seal,
        encoder=api.CKKSEncoder(seal),
        evaluator=api.Evaluator(seal),
        modulus=int(level[0].value()),
        parms_id=tuple(int(word) for word in seal.first_parms_id()),
    )
