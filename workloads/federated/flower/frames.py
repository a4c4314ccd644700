"""What travels in Flower's messages and to the ServerApp, as bytes: frames of JSON and binary parts, never a pickle."""

import io
from typing import Any

from privacy.plugin import WireError, processes


def to_bytes(message: dict[str, Any]) -> bytes:
    """A message of plain values, arrays and bytes."""
    stream = io.BytesIO()
    processes.write(stream, message)
    return stream.getvalue()


def of_bytes(body: bytes) -> dict[str, Any]:
    """What `to_bytes` wrote. WireError for any other bytes."""
    stream = io.BytesIO(body)
    try:
        found = processes.decode(*processes.read(stream))
    except (EOFError, OverflowError, MemoryError):
        raise WireError("a frame is malformed") from None
    if not isinstance(found, dict) or stream.read(1):
        raise WireError("a frame is malformed")
    return found
