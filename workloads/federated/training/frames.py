"""Frames between the host and a process that trains: never a pickle."""

import json
import struct
from dataclasses import dataclass, field
from typing import Any, BinaryIO

_START = struct.Struct("<IQ")


@dataclass(frozen=True)
class Frame:
    """A JSON header, and bytes."""

    head: dict[str, Any]
    body: bytes = field(default=b"", repr=False)


def write(stream: BinaryIO, frame: Frame) -> None:
    head = json.dumps(frame.head).encode()
    stream.write(_START.pack(len(head), len(frame.body)) + head)
    stream.write(frame.body)
    stream.flush()


def read(stream: BinaryIO) -> Frame | None:
    """The next frame; None where the other side has gone, also in the middle of one."""
    start = stream.read(_START.size)
    if len(start) < _START.size:
        return None
    head, body = _START.unpack(start)
    text, rest = stream.read(head), stream.read(body)
    return Frame(json.loads(text), rest) if len(text) == head and len(rest) == body else None
