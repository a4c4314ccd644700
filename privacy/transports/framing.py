"""Frames between a host and a party's process: length-prefixed JSON with binary parts, and size limits.

A frame is `header length, part count, part lengths, JSON header, parts`. In the header every JSON object is a
tag: bytes and arrays live in the parts, and a dataclass is named by `module:Class` with its fields. Nothing is
ever unpickled. Only the host names classes; what a party's process answers may name none.
"""

import dataclasses
import json
import struct
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import numpy as np

from privacy.boundary.wire import pack, unpack
from privacy.errors import BoundaryError, WireError

MAX_HEADER = 16 * 2**20
MAX_PARTS = 65_536
MAX_FRAME = 2 * 2**30

_START = struct.Struct("<II")
Rebuild = Callable[[str], type[Any]]
"""Finds the dataclass that a reference names."""


def reference(kind: type[Any]) -> str:
    """`module:Class` of a class that another process can import; BoundaryError for one inside a function."""
    if "." in kind.__qualname__ or kind.__module__ == "__main__":
        raise BoundaryError(
            f"{kind.__qualname__} cannot be found from another process", then="define it at the top of a module"
        )
    return f"{kind.__module__}:{kind.__qualname__}"


def write(stream: BinaryIO, message: Any) -> None:
    """Write one frame. BoundaryError, before anything is written, for a value that has no form in a frame."""
    parts: list[bytes] = []
    header = json.dumps(_encode(message, parts), separators=(",", ":")).encode()
    if len(header) > MAX_HEADER or len(parts) > MAX_PARTS or sum(map(len, parts)) > MAX_FRAME:
        raise BoundaryError("a message to or from a party's process is too large", then="send arrays or bytes")
    stream.write(_START.pack(len(header), len(parts)) + struct.pack(f"<{len(parts)}Q", *map(len, parts)) + header)
    for part in parts:
        stream.write(part)
    stream.flush()


def read(stream: BinaryIO) -> tuple[bytes, list[bytes]]:
    """Read one frame as header and parts. EOFError when the other side has gone, WireError if it is too large."""
    size, count = _START.unpack(_exactly(stream, _START.size))
    if size > MAX_HEADER or count > MAX_PARTS:
        raise WireError("a frame announces more than is allowed")
    lengths = struct.unpack(f"<{count}Q", _exactly(stream, 8 * count))
    if sum(lengths) > MAX_FRAME:
        raise WireError("a frame announces more than is allowed")
    header = _exactly(stream, size)
    return header, [_exactly(stream, length) for length in lengths]


def decode(header: bytes, parts: list[bytes], *, rebuild: Rebuild | None = None) -> Any:
    """The message of a frame; WireError for anything malformed.

    With `rebuild`, dataclasses are made of the classes that it returns; without it they are refused.
    """
    try:
        return _decode(json.loads(header), parts, rebuild)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise WireError("a frame is malformed") from None


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise EOFError
    return data


def _encode(value: Any, parts: list[bytes]) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, bytes):
        parts.append(value)
        return {"bytes": len(parts) - 1}
    if isinstance(value, np.ndarray):
        parts.append(pack(value))
        return {"array": len(parts) - 1}
    if isinstance(value, list):
        return [_encode(v, parts) for v in value]
    if isinstance(value, tuple):
        return {"tuple": [_encode(v, parts) for v in value]}
    if isinstance(value, Mapping) and all(isinstance(k, str) for k in value):
        return {"dict": {k: _encode(v, parts) for k, v in value.items()}}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _encode(getattr(value, f.name), parts) for f in dataclasses.fields(value) if f.init}
        return {"class": reference(type(value)), "fields": fields}
    raise BoundaryError(
        f"a {type(value).__name__} cannot move to another process", then="use arrays, bytes, numbers or text"
    )


def _decode(value: Any, parts: list[bytes], rebuild: Rebuild | None) -> Any:
    if isinstance(value, list):
        return [_decode(v, parts, rebuild) for v in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"bytes": int(index)}:
            return parts[index]
        case {"array": int(index)}:
            return unpack(parts[index])
        case {"tuple": list(items)}:
            return tuple(_decode(v, parts, rebuild) for v in items)
        case {"dict": dict(items)}:
            return {k: _decode(v, parts, rebuild) for k, v in items.items()}
        case {"class": str(name), "fields": dict(fields)} if rebuild is not None:
            kind = rebuild(name)
            if not dataclasses.is_dataclass(kind):
                raise WireError(f"{name} is not a dataclass")
            return kind(**{k: _decode(v, parts, rebuild) for k, v in fields.items()})
    raise WireError("a frame is malformed")
