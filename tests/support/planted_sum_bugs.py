"""Bugs of an aggregation, each a method put in the place of one of `planted_sums`. Its cryptography is a toy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from privacy.plugin import CIPHERTEXT, COLLECTOR, SHARE, Aggregation, Done, Role, Wire, WireError, pack
from privacy.registry import load_file

# The classes of the plugin's file that is loaded, not a second copy of them.
toy = load_file(Path(__file__).parent / "planted_sums.py")
Adder, Padder, PadHolder, Pads = toy.Adder, toy.Padder, toy.PadHolder, toy.Pads
SEED_BYTES, padding = toy.SEED_BYTES, toy.padding

ROLES: dict[str, type[Role]] = {"contributor": Padder, "aggregator": Adder, "collector": PadHolder}


def planted(**parts: Any) -> Aggregation:
    """`Pads` with some methods of the mechanism (`threshold`) or of a role (`collector_key`) replaced."""
    own: dict[str, Any] = {k: v for k, v in parts.items() if k.split("_")[0] not in ROLES}
    for role, base in ROLES.items():
        methods = {k.removeprefix(f"{role}_"): v for k, v in parts.items() if k.startswith(f"{role}_")}
        kind = type(f"Planted{base.__name__}", (base,), methods)
        own[role] = lambda self, seat, kind=kind: kind(seat)
    made: Aggregation = type("Planted", (Pads,), own)()
    return made


def session_key(self: Any) -> bytes:
    """Drawn once for each seat: every run of a session has the same pads."""
    if not hasattr(self, "drawn"):
        self.drawn = self.seat.random.bytes(SEED_BYTES)
    return self.drawn


def short(self: Any, seed: bytes) -> np.ndarray:
    """A mask of 16 bits."""
    return padding(seed, self.seat.task.length) & np.uint64(0xFFFF)


def headed(self: Any, vector: np.ndarray, seed: bytes) -> bytes:
    """The first entry goes along in the clear."""
    return pack(vector[:1]) + Padder.padded(self, vector, seed)


def beheaded(self: Any, body: bytes) -> np.ndarray:
    return Adder.read(self, body[len(pack(np.zeros(1, dtype=np.int64))) :])


def tailed(self: Any, vector: np.ndarray, seed: bytes) -> bytes:
    """One byte more for every entry that is zero."""
    return Padder.padded(self, vector, seed) + bytes(int((vector == 0).sum()))


def docked(self: Any, body: bytes) -> np.ndarray:
    length = self.seat.task.length
    if len(body) > 17 + 9 * length or any(body[17 + 8 * length :]):
        raise WireError("a padded vector is too long")
    return Adder.read(self, body[: 17 + 8 * length])


def resizing(self: Any, body: bytes) -> np.ndarray:
    """Makes of any body what it expects."""
    data = body[17:] + bytes(8)
    return np.resize(np.frombuffer(data[: len(data) // 8 * 8], dtype="<u8"), self.seat.task.length)


def silent(self: Any, party: Any, reason: str) -> None:
    """Leaves somebody out without a word."""


def telling(receiver: Any) -> Callable[..., Done]:
    """A contributor that sends what it holds to somebody else as well."""

    def send(self: Any, seed: bytes) -> Done:
        done = Padder.send(self, seed)
        if self.seat.party == receiver:
            return done
        return Done(wires=(*done.wires, Wire(receiver, "copy", SHARE, pack(self.vector()))))

    return send


def hasty(self: Any, round_: int, inbox: Any) -> Any:
    """Greets with the size of its vector, and looks at the vector itself a round later."""
    if round_ == 1:
        size = np.asarray(self.secret.open(self.seat)).size
        return [Wire(COLLECTOR, "size", CIPHERTEXT, size.to_bytes(8, "little") + self.seat.random.bytes(16))]
    return Padder.step(self, round_, inbox)
