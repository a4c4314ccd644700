"""The file of a proving key: `.zkey` as iden3's tools write it for groth16 over bn128, so that a ceremony's key fits.

Sections are numbered: 1 the protocol, 2 the primes and the key's own points, 3 the points of the public inputs, 4 the
circuit's coefficients, 5 to 9 the points of the prover, 10 the contributions of a ceremony. Numbers are in Montgomery's
form and points affine, as the compiled loops take them; coefficients are times 2^512.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backends.provers.groth16.curve import in_group2, on_curve1
from backends.provers.groth16.field import TWO_ADICITY, Q, R
from backends.provers.groth16.kernel import Limbs
from backends.provers.groth16.points import points1, points2
from backends.provers.groth16.verifier import VerificationKey
from privacy.plugin.provers import KeyMismatch, guarded, write_atomic

COEFFICIENT = np.dtype([("matrix", "<u4"), ("row", "<u4"), ("wire", "<u4"), ("value", "<u8", (4,))])
"""One entry of the circuit's matrices: of a (0) or of b (1)."""
_MAGIC, _VERSION, _GROTH16 = b"zkey", 1, 1
_POINTS = ((5, "a", 8), (6, "b1", 8), (7, "b2", 16), (8, "c", 8), (9, "h", 8))
_MOST_SECTIONS = 64


@dataclass(frozen=True)
class Zkey:
    """A proving key. Points are rows of limbs; `head` is alpha1, beta1, beta2, gamma2, delta1, delta2 in one row."""

    wires: int
    inputs: int
    domain: int
    head: Limbs
    ic: Limbs
    coefficients: npt.NDArray[np.void]
    a: Limbs
    b1: Limbs
    b2: Limbs
    c: Limbs
    h: Limbs
    contributions: bytes = b"\0" * 68

    def part(self, name: str) -> Limbs:
        """One of the six points of the head, a row (1, 8) or (1, 16)."""
        start, length = _HEAD[name]
        return np.ascontiguousarray(self.head[:, start : start + length])

    @property
    def verifying(self) -> VerificationKey:
        """The public key, whose points were looked at when this one was read."""
        alpha, *ic = points1(np.concatenate([self.part("alpha1"), self.ic]))
        twos = points2(np.concatenate([self.part(name) for name in ("beta2", "gamma2", "delta2")]))
        beta, gamma, delta = (two for two in twos if two is not None)
        assert alpha is not None
        return VerificationKey(alpha, beta, gamma, delta, tuple(one for one in ic if one is not None))

    @property
    def contributors(self) -> int:
        """How many took part in the ceremony that made it; 0 for a key that one machine made."""
        return int.from_bytes(self.contributions[64:68], "little")


_HEAD = {
    "alpha1": (0, 8), "beta1": (8, 8), "beta2": (16, 16), "gamma2": (32, 16), "delta1": (48, 8), "delta2": (56, 16),
}  # fmt: skip
"""Where each point of the head begins, and how many limbs it has."""


def save(key: Zkey, path: Path) -> None:
    """Write a key whole, or not at all. StateError where the disk is full."""
    primes = b"".join(struct.pack("<I", 32) + prime.to_bytes(32, "little") for prime in (Q, R))
    head = primes + struct.pack("<III", key.wires, key.inputs, key.domain) + _bytes(key.head)
    sections = {1: struct.pack("<I", _GROTH16), 2: head, 3: _bytes(key.ic)}
    sections[4] = struct.pack("<I", len(key.coefficients)) + key.coefficients.tobytes()
    sections |= {number: _bytes(getattr(key, name)) for number, name, _ in _POINTS}
    sections[10] = key.contributions
    parts = [_MAGIC, struct.pack("<II", _VERSION, len(sections))]
    for number, data in sections.items():
        parts += [struct.pack("<IQ", number, len(data)), data]
    write_atomic(path, b"".join(parts))


def _bytes(rows: Limbs) -> bytes:
    return rows.astype("<u8").tobytes()


def load(path: Path) -> Zkey:
    """Read a key. KeyMismatch where it is none, is of another kind, or is not whole."""
    data = guarded(path.read_bytes, path)
    try:
        sections = _sections(data)
        return _parsed(sections)
    except (struct.error, ValueError, KeyError, _Odd) as error:
        why = str(error) if isinstance(error, _Odd) else "it is not whole"
        raise KeyMismatch(f"the proving key cannot be read: {why}", where=str(path),
                          then="copy the file again, or make a key here") from None  # fmt: skip


class _Odd(Exception):
    """Why a file is no key."""


def _sections(data: bytes) -> dict[int, memoryview]:
    if data[:4] != _MAGIC:
        raise _Odd("it is no .zkey file")
    version, count = struct.unpack_from("<II", data, 4)
    if version != _VERSION or count > _MOST_SECTIONS:
        raise _Odd("its version is unknown")
    found, at = dict[int, memoryview](), 12
    for _ in range(count):
        number, length = struct.unpack_from("<IQ", data, at)
        at += 12
        if length > len(data) - at:
            raise _Odd("it ends too early")
        if number in found:
            raise _Odd(f"section {number} is there twice")
        found[number] = memoryview(data)[at : at + length]
        at += length
    return found


def _parsed(sections: dict[int, memoryview]) -> Zkey:
    if struct.unpack("<I", sections[1]) != (_GROTH16,):
        raise _Odd("it is of another protocol than groth16")
    head = sections[2]
    primes = b"".join(struct.pack("<I", 32) + prime.to_bytes(32, "little") for prime in (Q, R))
    if bytes(head[: len(primes)]) != primes:
        raise _Odd("it is of another curve than bn128")
    wires, inputs, domain = struct.unpack_from("<III", head, len(primes))
    if domain & (domain - 1) or not 0 < domain <= 1 << TWO_ADICITY or not inputs < wires:
        raise _Odd("its sizes contradict one another")
    counts = {"a": wires, "b1": wires, "b2": wires, "c": wires - inputs - 1, "h": domain}
    points = {name: _rows(sections[number], limbs, counts[name]) for number, name, limbs in _POINTS}
    count = struct.unpack_from("<I", sections[4])[0]
    coefficients = np.frombuffer(sections[4][4:], COEFFICIENT)
    if len(coefficients) != count or (coefficients["wire"] >= wires).any() or (coefficients["row"] >= domain).any():
        raise _Odd("its coefficients are not those of its circuit")
    if (coefficients["matrix"] > 1).any():
        raise _Odd("its coefficients are not those of its circuit")
    own = _rows(head[len(primes) + 12 :], 72, 1)
    ic = _rows(sections[3], 8, inputs + 1)
    contributions = bytes(sections.get(10, memoryview(b"")))
    key = Zkey(wires, inputs, domain, own, ic, coefficients, **points, contributions=contributions.ljust(68, b"\0"))
    _check_points(key)
    return key


def _rows(data: memoryview, limbs: int, count: int) -> Limbs:
    if len(data) != 8 * limbs * count:
        raise _Odd("it is not as long as its sizes say")
    return np.frombuffer(data, "<u8").reshape(count, limbs).astype(np.uint64)


def _check_points(key: Zkey) -> None:
    """The few points that a verification key has: the many are in the proof's own check."""
    ones = points1(np.concatenate([key.part("alpha1"), key.part("beta1"), key.part("delta1"), key.ic]))
    twos = points2(np.concatenate([key.part(name) for name in ("beta2", "gamma2", "delta2")]))
    if not all(one is not None and on_curve1(one) for one in ones):
        raise _Odd("a point of it is not in the group")
    if not all(two is not None and in_group2(two) for two in twos):
        raise _Odd("a point of it is not in the group")
