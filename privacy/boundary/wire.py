"""Wires: the only thing that passes from one party to another."""

import math
import re
import struct
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from privacy.boundary.party import Party
from privacy.errors import BoundaryError, WireError

_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}")
_MAGIC = b"VBA1"
_HEAD = struct.Struct("<4s4sB")
_DTYPES = {
    b"u1  ": "<u1",
    b"i2  ": "<i2",
    b"u4  ": "<u4",
    b"u8  ": "<u8",
    b"i4  ": "<i4",
    b"i8  ": "<i8",
    b"f4  ": "<f4",
    b"f8  ": "<f8",
}
_CODES = {np.dtype(v): k for k, v in _DTYPES.items()}


class Exposure(StrEnum):
    """What the sender declares that a receiver can read from a wire."""

    PUBLIC = "public"
    PLAINTEXT = "plaintext"
    RANDOMISED = "randomised"
    CIPHERTEXT = "ciphertext"
    SHARE = "share"
    EVALUATION_KEY = "evaluation key"


PUBLIC, PLAINTEXT, RANDOMISED = Exposure.PUBLIC, Exposure.PLAINTEXT, Exposure.RANDOMISED
CIPHERTEXT, SHARE, EVALUATION_KEY = Exposure.CIPHERTEXT, Exposure.SHARE, Exposure.EVALUATION_KEY


@dataclass(frozen=True, slots=True)
class Wire:
    """Bytes for one party: `kind` names the message of the protocol, `exposure` what it shows.

    `sender` is filled in by the channel. `via` names a party that relays the wire and so sees it too.
    """

    to: Party
    kind: str
    exposure: Exposure
    body: bytes
    sender: Party | None = None
    via: Party | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.body, bytes):
            raise BoundaryError(f"the body of wire {self.kind!r} is {type(self.body).__name__}", then="send bytes")
        if not _KIND.fullmatch(self.kind):
            raise BoundaryError("a wire's kind is up to 32 of a-z, 0-9 and '-'", then="keep data in the body")


def pack(array: npt.ArrayLike) -> bytes:
    """Serialise a numeric array of up to 8 axes for a wire: dtype, shape, then little-endian data."""
    a = np.asarray(array)
    code = _CODES.get(a.dtype.newbyteorder("<"))
    if code is None or a.ndim > 8:
        raise BoundaryError(f"cannot pack an array of {a.dtype} with {a.ndim} axes", then="use ints or floats")
    head = _HEAD.pack(_MAGIC, code, a.ndim) + struct.pack(f"<{a.ndim}Q", *a.shape)
    data = np.ascontiguousarray(a, dtype=a.dtype.newbyteorder("<"))
    return b"".join((head, data.data)) if data.size else head


def begins_packed(body: bytes) -> bool:
    """Whether `body`, or the first part of one, begins as a packed array does: for bodies kept in part."""
    return len(body) >= _HEAD.size and body.startswith(_MAGIC) and body[4:8] in _DTYPES


def unpack(
    body: bytes, *, shape: tuple[int | None, ...] | None = None, dtype: npt.DTypeLike | None = None
) -> npt.NDArray[np.generic]:
    """Parse the output of `pack`. `None` in `shape` admits any length of that axis.

    Raises WireError on anything but a well-formed array of that shape and dtype with finite entries.
    """
    try:
        magic, code, ndim = _HEAD.unpack_from(body)
        axes = struct.unpack_from(f"<{ndim}Q", body, _HEAD.size) if ndim <= 8 else ()
    except struct.error:
        raise WireError("a packed array is truncated") from None
    start = _HEAD.size + 8 * ndim
    kind = _DTYPES.get(code)
    if magic != _MAGIC or kind is None or len(axes) != ndim:
        raise WireError("a wire is not a packed array")
    if len(body) - start != math.prod(axes) * np.dtype(kind).itemsize:
        raise WireError("a packed array's length does not match its shape")
    if dtype is not None and np.dtype(dtype) != np.dtype(kind):
        raise WireError(f"a packed array holds {np.dtype(kind)}, not {np.dtype(dtype)}")
    if shape is not None and (len(shape) != ndim or any(s not in (None, a) for s, a in zip(shape, axes, strict=True))):
        raise WireError(f"a packed array has shape {axes}, not {shape}")
    try:
        array = np.frombuffer(body, dtype=kind, offset=start).reshape(axes)
    except (ValueError, OverflowError):  # no data, yet an axis longer than an array can have
        raise WireError("a packed array has an impossible shape") from None
    if not array.flags.aligned:  # as the header is odd: whatever is computed with it would take several times as long
        array = np.frombuffer(body[start:], dtype=kind).reshape(axes)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise WireError("a packed array holds NaN or infinity")
    return array
