"""What a host and a server say to one another: operations as frames, sealed wires as they are.

A frame (see `framing`) names the operation in its header and holds every sealed wire as a part of its own: the bytes
of a part are those of the envelope. All else of a body is overhead, and is counted as such.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from privacy.boundary.wire import Exposure
from privacy.errors import WireError
from privacy.transports import framing

PROTOCOL = 3
"""Counts up when hosts and servers of two versions no longer understand one another."""


@dataclass(frozen=True)
class Operation:
    """One operation of an endpoint, with what it is given."""

    operation: str
    given: Mapping[str, Any]


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 256


def _number(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**31


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _bytes(value: Any) -> bool:
    return isinstance(value, bytes)


def _wires(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, bytes) for one in value)


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _key(value: Any) -> bool:
    return isinstance(value, bytes) and 16 <= len(value) <= 64


def _held(value: Any) -> bool:
    """Wires as `wire_fields` writes them."""

    def fits(one: Any) -> bool:
        if not isinstance(one, tuple) or len(one) != 6:
            return False
        to, kind, exposure, body, *names = one
        plain = all(map(_text, (to, kind, exposure))) and isinstance(body, bytes)
        return plain and exposure in list(Exposure) and all(n is None or _text(n) for n in names)

    return isinstance(value, list) and all(map(fits, value))


_RUN: dict[str, Callable[[Any], bool]] = {"session": _text, "run": _number, "key": _key}
_SHAPES: dict[str, dict[str, Callable[[Any], bool]]] = {
    "connect": _RUN,
    "publish": {"offer": _flag},
    "want": {"offers": _wires},
    "fulfil": {"wants": _wires},
    "keep": {"material": _wires},
    "admit": {"newcomers": _names, "material": _wires, "held": _held},
    "begin": _RUN,
    "step": {"round_": _number, "inbox": _wires},
    "take": {"sealed": _bytes},
    "forget": {},
}
_ALWAYS: dict[str, dict[str, Any]] = {"want": {"held": []}, "begin": {"secret": None}}
"""What a server adds: it is given no private input, and holds no material from before."""


def frame(message: Any) -> bytes:
    """One frame as bytes."""
    out = io.BytesIO()
    framing.write(out, message)
    return out.getvalue()


def parse(body: bytes) -> Any:
    """The message of a frame that is the whole of `body`; WireError for anything else. No class is ever made."""
    stream = io.BytesIO(body)
    try:
        header, parts = framing.read(stream)
    except (EOFError, ArithmeticError, ValueError):
        raise WireError("a frame is cut short") from None
    except Exception as error:
        if isinstance(error, WireError):
            raise
        raise WireError("a frame is malformed") from None
    if stream.read(1):
        raise WireError("a frame is longer than it says")
    return framing.decode(header, parts)


def read_operation(body: bytes) -> Operation:
    """The operation in a body; WireError unless it is known and is given what it takes."""
    message = parse(body)
    if not (isinstance(message, tuple) and len(message) == 2 and isinstance(message[0], str)):
        raise WireError("a body is no operation")
    operation, given = message
    shape = _SHAPES.get(operation)
    if shape is None:
        raise WireError("there is no such operation of a party")
    if not isinstance(given, dict) or given.keys() != shape.keys() or not all(shape[k](v) for k, v in given.items()):
        raise WireError(f"the operation {operation} was given something else than it takes")
    return Operation(operation, {**given, **_ALWAYS.get(operation, {})})


def sealed_in(order: Operation) -> int:
    """Bytes of sealed wires that an operation brings."""
    one = len(order.given.get("sealed", b""))
    lists = ("offers", "wants", "material", "inbox")
    return one + sum(len(w) for name in lists for w in order.given.get(name, ()))


def sealed_out(operation: str, result: Any) -> int:
    """Bytes of sealed wires that an operation's result holds."""
    if operation in ("publish", "want", "fulfil"):
        return sum(map(len, result))
    return sum(map(len, result[0])) if operation == "step" else 0
