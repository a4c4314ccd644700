"""Wires as people read them: each wire's record, its first bytes, and whether they are a held value.

Everything here is plain data, so that a round can be kept and drawn again.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from privacy.boundary.transcript import Message, entropy
from privacy.boundary.wire import begins_packed, unpack
from privacy.errors import WireError

KEPT_SAMPLE = 4096
KEPT_NUMBERS = 256
_MAGIC = b"VBA1"


def shown(message: Message, step: str = "") -> dict[str, Any]:
    """A message of a step as a page shows it: all that its record says, the first bytes, and what they read as."""
    sample = message.sample[:KEPT_SAMPLE]
    return message.public() | {
        "sample": base64.b64encode(sample).decode(),
        "sample_bytes": len(sample),
        "body_bytes": message.body_bytes,
        "entropy": round(entropy(message.sample), 3),
        "step": step,
        "numbers": numbers_in(message.sample),
    }


def numbers_in(body: bytes) -> list[float] | None:
    """The numbers that anyone reads from a body that is one packed array, or ends in one, up to `KEPT_NUMBERS`."""
    place = body.find(_MAGIC)
    if place < 0:
        return None
    try:
        return [float(v) for v in unpack(body[place:]).ravel()[:KEPT_NUMBERS]]
    except WireError:
        return None


@dataclass(frozen=True)
class Reading:
    """What anyone reads from a wire's bytes.

    `holds` is the id of the held value that the bytes are, digit for digit; `contradicts` says that what is declared of
    the wire does not admit that.
    """

    found: str
    holds: str = ""
    contradicts: bool = False


@dataclass(frozen=True)
class Value:
    """A value that someone holds, to be looked for in wires: its id, what it is called, and its numbers.

    `admits` are the exposures that may be declared of a wire with it. `sender` limits it to that party's wires. Within
    a wire of the step `among`, it is also noted where it is a part of what was read.
    """

    id: str
    words: str
    numbers: Sequence[float]
    admits: tuple[str, ...] = ("plaintext",)
    sender: str = ""
    among: str = ""

    def is_in(self, message: Mapping[str, Any]) -> bool:
        same = message["numbers"] == [float(v) for v in self.numbers[:KEPT_NUMBERS]]
        return same and self.sender in ("", message["sender"])

    def is_among(self, message: Mapping[str, Any]) -> bool:
        within = bool(self.among) and message["step"] == self.among
        return within and {float(v) for v in self.numbers[:KEPT_NUMBERS]} <= set(message["numbers"])


@dataclass(frozen=True)
class Held:
    """The values to look for in the wires of a round, the first that fits counts; `none` says that it is none."""

    values: tuple[Value, ...] = ()
    none: str = "no value that is looked for"

    def reading(self, message: Mapping[str, Any]) -> Reading:
        """Read a wire and say what was found in it."""
        numbers = message["numbers"]
        if numbers is None:
            return Reading(_unread(message))
        count = f"reads as {'at least ' if len(numbers) == KEPT_NUMBERS else ''}{len(numbers)} numbers"
        for value in self.values:
            if value.is_in(message):
                wrong = message["exposure"] not in value.admits and any(value.numbers)
                return Reading(f"{count}: {value.words}, digit for digit", value.id, wrong)
        for value in self.values:
            if value.is_among(message):
                return Reading(f"{count}; {value.words} are among them")
        return Reading(f"{count}: {self.none}")


OPEN = ("plaintext",)
RELEASED = ("plaintext", "randomised", "public")


def _unread(message: Mapping[str, Any]) -> str:
    if begins_packed(base64.b64decode(message["sample"])):
        return "begins as plain numbers, too many to be kept whole and compared"
    return "no numbers can be read from it"
