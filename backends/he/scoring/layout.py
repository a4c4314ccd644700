"""Where items sit in the slots, the public rows and signs that guard them, and the scales of one catalogue.

A block is one ciphertext of the answer: n rows, two for each of its n/2 complex slots (row r is the real part
of slot r for r < n/2, and the imaginary part of slot r - n/2 above that). The last slot holds two *sentinel*
rows, public integers whose scores the client can compute itself; the other n - 2 rows hold items. Every row
is multiplied by a fixed public sign, so that a common mean of the items does not pile up in one coefficient.

Sentinels and signs come from AES-128 in counter mode under the hash of a fixed label: both sides, browsers too, have
them without a message. They catch accidents (a wrong key, a flipped bit, swapped blocks, an overflow). They are public:
a server that sets out to compute something else can keep them right and is not detected.

**Scales.** The client encrypts `scale_user * u_j` in every slot; the server multiplies by the polynomial that
holds `scale_item * w_j`. With P = scale_user * scale_item, G the Gram matrix of a block over n and lambda its
largest eigenvalue, a coefficient of the sum has a standard deviation of at most
P * |u| * sqrt(lambda) * sqrt(2 / n) over the signs, and its tail is below that of a Gaussian (Hoeffding 1963). The
preset's `headroom` of those fit below q/2: at 8, a coefficient of the worst catalogue overflows under the worst vector
once in 4e13, at 12 never; a sentinel catches it. What is left is error of two kinds, encryption noise (variance 10.5
a coefficient) times the two items w of a slot, and the rounding
of the encoded items (variance 1/12 a coefficient) times u:

    variance of a score = n * 10.5 * |w|^2 / scale_user^2 + (n / 24) * |u|^2 / scale_item^2

which for a given P is least at scale_user / scale_item = sqrt(252) * |w| / |u|.

Source: Cheon, Kim, Kim and Song 2017 (CKKS encoding); the noise variance is SEAL's centred binomial (21 / 2).
"""

import hashlib
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from backends.he.scoring.presets import Preset, wire_id
from backends.he.seal_format import MalformedCiphertext

Integers = npt.NDArray[np.int64]

MAX_DIMS = 4096
MAX_ITEMS = 1 << 24
MAX_MAGNITUDE = 1 << 20
MAX_NORM = 1 << 16
# Rows quantised from unit norm by 256 have norm 256 plus their rounding, at most sqrt(d) / 2.
VECTOR_NORM = 272

MARGIN = 8.0  # least standard deviations of a score's error before the preset's limit

_LABEL = b"veilbench/he/layout/2"
_SENTINEL_NORM = 256.0
_NOISE_VARIANCE = 10.5
_SCALES = struct.Struct("<4sBBHIIIIQQ")
_SCALES_MAGIC = b"VBHS"
_SCALES_VERSION = 1
_MAX_SCALE = 1 << 48


class IntegrityFailure(ValueError):
    """A decrypted answer that contradicts what the client knows about it; no score of it may be used."""


@dataclass(frozen=True)
class CatalogueScales:
    """What a server publishes about its catalogue: counts, scales, and the vector norm they allow."""

    preset: Preset
    items: int
    dims: int
    blocks: int
    vector_norm: int
    scale_user: int
    scale_item: int

    def __post_init__(self) -> None:
        """Refuse values no honest server publishes, before anything is allocated by their size."""
        capacity = items_per_block(self.preset.poly_modulus_degree)
        limit = self.preset.modulus // 2
        checks = (
            (1 <= self.items <= MAX_ITEMS, f"{self.items} items (1 to {MAX_ITEMS})"),
            (1 <= self.dims <= MAX_DIMS, f"{self.dims} dimensions (1 to {MAX_DIMS})"),
            (self.blocks == -(-self.items // capacity), f"{self.blocks} blocks for {self.items} items"),
            (1 <= self.vector_norm <= MAX_NORM, f"a vector norm of {self.vector_norm} (1 to {MAX_NORM})"),
            (1 <= self.scale_user < _MAX_SCALE, f"a user scale of {self.scale_user}"),
            (1 <= self.scale_item < _MAX_SCALE, f"an item scale of {self.scale_item}"),
            (self.scale_user * self.vector_norm < limit, "a user scale that overflows the modulus"),
            (self.product < limit, "scales whose product overflows the modulus"),
        )
        for holds, what in checks:
            if not holds:
                raise MalformedCiphertext(f"published scales are refused: {what}.")

    @property
    def product(self) -> int:
        """Factor between a score and what stands in its slot."""
        return self.scale_user * self.scale_item

    @property
    def error(self) -> float:
        """Standard deviation of a score's error, in steps, for a vector of the largest norm: both kinds are alike."""
        return self.vector_norm * math.sqrt(self.preset.poly_modulus_degree / 12) / self.scale_item

    @property
    def largest_score(self) -> float:
        """What no score exceeds: the norms of the longest vector and of the longest row, which the scales tell."""
        ratio = self.scale_user / self.scale_item
        return self.vector_norm**2 * ratio / math.sqrt(24 * _NOISE_VARIANCE)

    def to_bytes(self) -> bytes:
        """The fixed 40-byte form that goes to every client; public."""
        return _SCALES.pack(
            _SCALES_MAGIC, _SCALES_VERSION, wire_id(self.preset), 0, self.items, self.dims, self.blocks,
            self.vector_norm, self.scale_user, self.scale_item,
        )  # fmt: skip

    @classmethod
    def from_bytes(cls, body: bytes, preset: Preset) -> Self:
        """Read and check published scales for this preset; MalformedCiphertext on anything else."""
        if len(body) != _SCALES.size:
            raise MalformedCiphertext(f"published scales have {len(body)} bytes; {_SCALES.size} expected.")
        magic, version, number, reserved, items, dims, blocks, norm, user, item = _SCALES.unpack(body)
        if (magic, version, reserved) != (_SCALES_MAGIC, _SCALES_VERSION, 0):
            raise MalformedCiphertext("published scales do not start with this version's header.")
        if number != wire_id(preset):
            raise MalformedCiphertext(f"published scales are not for preset {preset.name!r}.")
        return cls(preset, items, dims, blocks, norm, user, item)


def items_per_block(degree: int) -> int:
    """Items that one ciphertext of this polynomial degree carries beside its sentinel slot."""
    return degree - 2


def item_rows(degree: int) -> npt.NDArray[np.intp]:
    """Row numbers (n - 2,) of a block that hold items, in item order."""
    half = degree // 2
    return np.concatenate([np.arange(half - 1), np.arange(half, degree - 1)])


def sentinel_rows(degree: int) -> tuple[int, int]:
    """The two row numbers of a block that hold its sentinels."""
    return degree // 2 - 1, degree - 1


def sentinels(*, blocks: int, dims: int) -> Integers:
    """Public non-zero integer rows (blocks, 2, d), other ones in each block, of norm about 256."""
    raw = _stream(struct.pack("<I", dims) + b"sentinel", 4 * blocks * dims)
    words = np.frombuffer(raw, dtype="<u2").astype(np.int64).reshape(blocks, 2, dims)
    # A uniform value in 1..m has root mean square about m / sqrt(3).
    most = max(1, round(_SENTINEL_NORM * math.sqrt(3 / dims)))
    return (1 + (words >> 1) % most) * (1 - 2 * (words & 1))


def _stream(label: bytes, size: int) -> bytes:
    key = hashlib.sha256(_LABEL + label).digest()[:16]
    return Cipher(algorithms.AES128(key), modes.CTR(bytes(16))).encryptor().update(bytes(size))


def signs(*, blocks: int, degree: int) -> Integers:
    """Public signs (blocks, n) of every row."""
    raw = _stream(b"signs", blocks * degree // 8)
    bits = np.unpackbits(np.frombuffer(raw, dtype=np.uint8)).astype(np.int64)
    return (1 - 2 * bits).reshape(blocks, degree)


def block_rows(catalogue: Integers, degree: int, *, first: int = 0) -> Iterator[Integers]:
    """The signed rows (n, d) of each block in turn; unused rows of the last block are zero.

    The blocks are numbered from `first`, for a catalogue that is a later part of another.
    """
    items, dims = catalogue.shape
    capacity = items_per_block(degree)
    blocks = -(-items // capacity)
    guards = sentinels(blocks=first + blocks, dims=dims)[first:]
    flips = signs(blocks=first + blocks, degree=degree)[first:]
    places = item_rows(degree)
    for block in range(blocks):
        part = catalogue[block * capacity : (block + 1) * capacity]
        rows = np.zeros((degree, dims), dtype=np.int64)  # a catalogue of smaller integers is widened block by block
        rows[places[: len(part)]] = part
        rows[list(sentinel_rows(degree))] = guards[block]
        yield rows * flips[block][:, None]


def check_catalogue(catalogue: Any) -> None:
    """Refuse anything but an integer matrix (N, d) within this layout's bounds."""
    if not isinstance(catalogue, np.ndarray) or catalogue.dtype.kind != "i" or catalogue.ndim != 2:
        raise ValueError("a catalogue is a two-dimensional array of signed integers; quantise it first.")
    items, dims = catalogue.shape
    if not (1 <= items <= MAX_ITEMS and 1 <= dims <= MAX_DIMS):
        raise ValueError(
            f"a catalogue of {items} items by {dims} dimensions is refused; "
            f"1 to {MAX_ITEMS} items by 1 to {MAX_DIMS} fit."
        )
    if int(catalogue.max()) > MAX_MAGNITUDE or int(catalogue.min()) < -MAX_MAGNITUDE:
        raise ValueError(f"a catalogue value lies beyond {MAX_MAGNITUDE}; quantise with a smaller scale.")


def derive_scales(
    preset: Preset, catalogue: Integers, *, vector_norm: int = VECTOR_NORM
) -> CatalogueScales:
    """The scales for this catalogue (N, d); ValueError when rounding could not make its scores exact."""
    if not 1 <= vector_norm <= MAX_NORM:
        raise ValueError(f"a vector norm of {vector_norm} is outside 1 to {MAX_NORM}.")
    degree, dims = preset.degree, catalogue.shape[1]
    blocks = -(-catalogue.shape[0] // items_per_block(degree))
    top, longest = _extent(catalogue, degree)
    spread = vector_norm * math.sqrt(top) * math.sqrt(2 / degree)
    product = preset.modulus / 2 / (preset.headroom * spread)
    ratio = math.sqrt(24 * _NOISE_VARIANCE) * longest / vector_norm
    user, item = math.floor(math.sqrt(product * ratio)), math.floor(math.sqrt(product / ratio))
    # A scale that came out below 1 would have to be 0; the error is then far above the limit too.
    noise, rounding = longest / max(user, 0.5), vector_norm / max(item, 0.5)
    error = math.sqrt(degree * (_NOISE_VARIANCE * noise**2 + rounding**2 / 24))
    if error * MARGIN > preset.limit:
        wanted = "exactly" if preset.exact else f"within {preset.limit:g} steps"
        raise ValueError(
            f"preset {preset.name!r} cannot score this catalogue {wanted}: the expected error of "
            f"{error:.3g} is too large; quantise with a smaller scale, or take another preset."
        )
    return CatalogueScales(preset, catalogue.shape[0], dims, blocks, vector_norm, user, item)


def _extent(catalogue: Integers, degree: int) -> tuple[float, float]:
    """The largest eigenvalue of any block's Gram matrix over n, and the norm of the longest item or sentinel.

    The latter bounds the mean of the two rows that share a slot.
    """
    top = longest = 0.0
    for rows in block_rows(catalogue, degree):
        values = rows.astype(np.float64)
        gram = values.T @ values if values.shape[1] <= degree else values @ values.T
        top = max(top, float(np.linalg.eigvalsh(gram)[-1]) / degree)
        longest = max(longest, float(np.einsum("ij,ij->i", values, values).max()))
    return top, math.sqrt(longest)
