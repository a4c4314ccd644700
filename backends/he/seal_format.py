"""Strict reader and writer of the objects that SEAL 4 serialises, kept in memory.

Only this process's own SEAL objects are read (`ScratchFile.save`, then the readers), and only objects rebuilt
here from checked numbers are loaded (the writers, then `ScratchFile.load`). A peer's bytes never reach SEAL's
parser: the TenSEAL wheel embeds SEAL 4.3, and 4.4.0 was a security update for deserialising untrusted input.

SEAL compresses what it saves with Zstandard and its Python binding offers no other mode; the reader undoes
that with pyarrow. The writers emit SEAL's uncompressed mode, which needs no codec.

Source: SEAL 4 `serialization.h`, `ciphertext.cpp`, `plaintext.cpp`, `randomgen.cpp` (layout of the objects).
"""

import importlib
import os
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from backends.he.scoring.presets import Context

Residues = npt.NDArray[np.uint64]

SEED_BYTES = 64
BLAKE2XB = 1  # SEAL's prng_type of its default generator

_MAGIC = 0xA15E
_VERSION = (4, 3)
_HEADER = struct.Struct("<HBBBBHQ")  # magic, own size, major, minor, compression, reserved, total size
_CIPHERTEXT = struct.Struct("<32sBQQQdQ")  # parms id, NTT form, size, degree, primes, scale, correction
_PLAINTEXT = struct.Struct("<32sQd")  # parms id, coefficients, scale
_COUNT = struct.Struct("<Q")
_SEED = struct.Struct(f"<B{SEED_BYTES}s")
_NONE, _ZSTD = 0, 2  # SEAL's compr_mode; 1 is zlib, which this build of SEAL never chooses


class MalformedCiphertext(ValueError):
    """Bytes that are not what the layout demands; nothing of them was handed to SEAL."""


class ScratchFile:
    """A memory-backed path for SEAL's file-only save and load; one per operation, never shared by threads.

    Where the system has no `memfd_create` a temporary file that only this user can read stands in for it.
    """

    def __init__(self) -> None:
        self._descriptor: int | None = None
        if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
            self._descriptor = os.memfd_create("veilbench-he")
            self._path = f"/proc/self/fd/{self._descriptor}"
        else:
            descriptor, self._path = tempfile.mkstemp(prefix="veilbench-he-")  # mode 0600
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
        else:
            Path(self._path).unlink(missing_ok=True)

    def save(self, item: Any) -> bytes:
        """The bytes that SEAL writes for one of this process's own objects."""
        item.save(self._path)
        with open(self._path, "rb", buffering=0) as file:
            return file.read()

    def load(self, item: Any, context: Context, blob: bytes) -> Any:
        """Fill a SEAL object from a blob of this module's writers; MalformedCiphertext if SEAL refuses."""
        with open(self._path, "wb", buffering=0) as file:
            file.write(blob)
        try:
            item.load(context.seal, self._path)
        except (RuntimeError, ValueError) as error:
            raise MalformedCiphertext(f"SEAL refused a rebuilt ciphertext: {error}") from error
        return item


@dataclass(frozen=True, eq=False)
class Polynomials:
    """What the readers return: SEAL's name of the level, the declared scale, residues (k, L n), any seed."""

    parms_id: bytes
    scale: float
    residues: Residues
    seed: bytes | None = None


def read_plaintext(blob: bytes, *, degree: int, primes: int = 1) -> Polynomials:
    """One own plaintext or secret key: residues of shape (primes, degree)."""
    count = degree * primes
    body = _body(blob, _PLAINTEXT.size + _vector_size(count))
    parms_id, coefficients, scale = _PLAINTEXT.unpack_from(body)
    if coefficients != count:
        raise MalformedCiphertext(f"a plaintext has {coefficients} coefficients; {count} expected.")
    vector = _vector(body[_PLAINTEXT.size :], count)
    return Polynomials(parms_id, scale, vector.reshape(primes, degree))


def read_ciphertext(blob: bytes, context: Context, *, seeded: bool, ntt: bool = True) -> Polynomials:
    """One own two-part ciphertext: residues (2, L n), or (1, L n) and a 64-byte seed of the second part.

    Of L primes, the residues of one follow those of another. They are those of SEAL's transform, or with `ntt` False
    those of the coefficients.
    """
    count = context.width * (1 if seeded else 2)
    tail = _HEADER.size + _SEED.size if seeded else 0
    body = _body(blob, _CIPHERTEXT.size + _vector_size(count) + tail)
    parms_id, form, size, degree, primes, scale, correction = _CIPHERTEXT.unpack_from(body)
    if (form, size, degree, primes, correction) != (int(ntt), 2, context.degree, len(context.primes), 1):
        raise MalformedCiphertext(
            f"a ciphertext declares NTT form {form}, {size} parts, degree {degree}, {primes} primes and "
            f"correction {correction}; {int(ntt)}, 2, {context.degree}, {len(context.primes)} and 1 expected."
        )
    if parms_id != context.parms_bytes:
        raise MalformedCiphertext("a ciphertext belongs to other parameters than this context.")
    end = len(body) - tail
    residues = _vector(body[_CIPHERTEXT.size : end], count).reshape(-1, context.width)
    return Polynomials(parms_id, scale, residues, _read_seed(body[end:]) if seeded else None)


def write_ciphertext(context: Context, residues: Residues, *, seed: bytes | None = None) -> bytes:
    """The blob of a ciphertext of scale 1: residues (2, L n), or (1, L n) and the seed of the second part."""
    if residues.shape != (1 if seed else 2, context.width):
        raise MalformedCiphertext(f"a ciphertext cannot have residues of shape {residues.shape}.")
    head = _CIPHERTEXT.pack(context.parms_bytes, 1, 2, context.degree, len(context.primes), 1.0, 1)
    inner = _COUNT.pack(residues.size) + residues.astype("<u8", copy=False).tobytes()
    tail = b""
    if seed is not None:
        if len(seed) != SEED_BYTES:
            raise MalformedCiphertext(f"a seed has {len(seed)} bytes; {SEED_BYTES} expected.")
        tail = _wrap(_SEED.pack(BLAKE2XB, seed))
    return _wrap(head + _wrap(inner) + tail)


def write_plaintext(context: Context, residues: Residues) -> bytes:
    """The blob of a plaintext of scale 1 in SEAL's transform: residues (L n,)."""
    if residues.shape != (context.width,):
        raise MalformedCiphertext(f"a plaintext cannot have residues of shape {residues.shape}.")
    inner = _COUNT.pack(residues.size) + residues.astype("<u8", copy=False).tobytes()
    return _wrap(_PLAINTEXT.pack(context.parms_bytes, residues.size, 1.0) + _wrap(inner))


def residue_bytes(primes: Sequence[int]) -> int:
    """Bytes of one residue on a wire: as many as the largest prime takes."""
    return -(-max(primes).bit_length() // 8)


def pack_residues(residues: Residues, *, size: int) -> bytes:
    """Residues, in any shape, as `size` little-endian bytes each."""
    octets = np.ascontiguousarray(residues, dtype="<u8").reshape(-1, 1).view(np.uint8)
    return octets[:, :size].tobytes()


def _wrap(body: bytes) -> bytes:
    return _HEADER.pack(_MAGIC, _HEADER.size, *_VERSION, _NONE, 0, _HEADER.size + len(body)) + body


def _body(blob: bytes, size: int) -> bytes:
    """The `size` bytes inside one serialised object, decompressed; never more than was asked for."""
    if len(blob) < _HEADER.size:
        raise MalformedCiphertext(f"{len(blob)} bytes are too few for a SEAL header.")
    magic, header, major, minor, mode, _, total = _HEADER.unpack_from(blob)
    if (magic, header, total) != (_MAGIC, _HEADER.size, len(blob)):
        raise MalformedCiphertext(f"a SEAL header declares {total} bytes for an object of {len(blob)}.")
    if (major, minor) != _VERSION:
        raise MalformedCiphertext(
            f"SEAL {major}.{minor} wrote an object; this layout is {_VERSION[0]}.{_VERSION[1]}'s. "
            "Install the TenSEAL release that the requirements pin."
        )
    body = blob[_HEADER.size :]
    if mode == _ZSTD:
        body = _zstd(body, size)
    elif mode != _NONE:
        raise MalformedCiphertext(f"a SEAL object uses compression {mode}; {_NONE} or {_ZSTD} expected.")
    if len(body) != size:
        raise MalformedCiphertext(f"a SEAL object holds {len(body)} bytes; {size} expected.")
    return body


def _zstd(body: bytes, size: int) -> bytes:
    arrow: Any = importlib.import_module("pyarrow")
    try:
        return bytes(arrow.Codec("zstd").decompress(body, decompressed_size=size, asbytes=True))
    except (OSError, ValueError) as error:
        raise MalformedCiphertext(f"a SEAL object does not decompress to {size} bytes: {error}") from error


def _vector_size(count: int) -> int:
    return _HEADER.size + _COUNT.size + 8 * count


def _vector(blob: bytes, count: int) -> Residues:
    inner = _body(blob, _COUNT.size + 8 * count)
    if _COUNT.unpack_from(inner)[0] != count:
        raise MalformedCiphertext(f"a SEAL vector does not hold the {count} residues expected.")
    return np.frombuffer(inner, dtype="<u8", offset=_COUNT.size).astype(np.uint64, copy=False)


def _read_seed(blob: bytes) -> bytes:
    kind, seed = _SEED.unpack(_body(blob, _SEED.size))
    if kind != BLAKE2XB:
        raise MalformedCiphertext(f"a seed is for generator {kind}; {BLAKE2XB} (BLAKE2Xb) expected.")
    return bytes(seed)
