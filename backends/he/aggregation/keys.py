"""The collector's key pair, and what a contributor does with the public half.

SEAL makes the key pair; encryption and decryption are the textbook lines of Lyubashevsky, Peikert and Regev (2010) that
CKKS and BFV share, on whole chunks of blocks in NumPy. SEAL's own encryption took 5.5 times as long, measured: a call
for each block, and its binding hands ciphertexts out only as compressed files. This way, too, nothing that the network
brings ever reaches SEAL. The tests hold encryption against SEAL's Decryptor and decryption against SEAL's Encryptor.
"""

import numpy as np

from backends.he.aggregation.packing import pack_bits
from backends.he.aggregation.presets import SumPreset, sum_context
from backends.he.aggregation.ring import Integers, centred, limbs, product, residues, spectrum
from backends.he.sampling import Sampler
from backends.he.scoring.presets import Context
from backends.he.seal_format import (
    Residues,
    ScratchFile,
    pack_residues,
    read_ciphertext,
    read_plaintext,
    residue_bytes,
    write_ciphertext,
)


class SumEncryptor:
    """Runs on a contributor: encrypts under a public key whose residues (2, n), by coefficients, have been checked."""

    def __init__(self, preset: SumPreset, public: Residues) -> None:
        self._modulus = preset.modulus
        self._public = [[spectrum(limb) for limb in limbs(half)] for half in public]

    def encrypt(self, cells: Integers, sampler: Sampler, *, delta: int) -> Residues:
        """Fresh ciphertexts (blocks, 2, n) of delta times the cells (blocks, n), |delta * cell| < q / 2."""
        out = np.empty((len(cells), 2, cells.shape[1]), dtype=np.uint64)
        mask = spectrum(sampler.ternary(cells.shape))
        for part, (low, high) in enumerate(self._public):
            values = product(low, high, mask, self._modulus)
            values += sampler.errors(cells.shape)
            if part == 0:
                values += cells * np.int64(delta)
            out[:, part] = residues(values, self._modulus)
        return out


class SumKeys:
    """Runs on the collector: one fresh key pair. The secret half never leaves this object but for the key box."""

    def __init__(self, preset: SumPreset) -> None:
        context = sum_context(preset)
        self._modulus = context.modulus
        generator = context.api.KeyGenerator(context.seal)
        public = context.api.PublicKey()
        generator.create_public_key(public)
        with ScratchFile() as scratch:
            self._blob: bytes = scratch.save(generator.secret_key())
            self._transformed = read_plaintext(self._blob, degree=context.degree).residues
            pair = read_ciphertext(scratch.save(public), context, seeded=False).residues
            self.public = _by_coefficient(context, pair, scratch)
            twice = np.concatenate([self._transformed, self._transformed])
            secret = _by_coefficient(context, twice, scratch)[0]
        self._secret = centred(secret.view(np.int64), self._modulus)
        self._spectrum = spectrum(self._secret)

    def phases(self, first: Residues, second: Residues) -> Integers:
        """c0 + c1 s for blocks (b, n) of c0 and c1, centred: within half the modulus of zero."""
        low, high = limbs(second)
        values = product(spectrum(low), spectrum(high), self._spectrum, self._modulus)
        return centred(values + first.view(np.int64), self._modulus)

    def secret_key_bytes(self) -> list[bytes]:
        """The key in the forms in which it could slip into a wire: SEAL's, residues, and its coefficients."""
        bits, size = self._modulus.bit_length(), residue_bytes([self._modulus])
        forms = [self._blob, self._secret.astype(np.int8).tobytes(), self._secret.astype("<i8").tobytes()]
        for form in (self._transformed, residues(self._secret, self._modulus)):
            forms += [form.astype("<u8").tobytes(), pack_residues(form, size=size), pack_bits(form, bits=bits)]
        return forms


def _by_coefficient(context: Context, pair: Residues, scratch: ScratchFile) -> Residues:
    """A pair (2, n) of SEAL's transform by coefficients: SEAL transforms ciphertexts back, so it passes for one."""
    one = scratch.load(context.api.Ciphertext(), context, write_ciphertext(context, pair))
    context.evaluator.transform_from_ntt_inplace(one)
    return read_ciphertext(scratch.save(one), context, seeded=False, ntt=False).residues
