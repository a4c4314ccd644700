"""XofTurboShake128: seeds and vectors of field elements from a seed. Source: draft-irtf-cfrg-vdaf-20, section 6.2."""

from Crypto.Hash import TurboSHAKE128

from backends.smpc.prio3.field import Field

SEED_BYTES = 32
VERSION = 18
"""The version of the draft's algorithms, which is part of every domain separation tag."""
_VDAF_CLASS = 0


def separation(algorithm: int, usage: int, ctx: bytes) -> bytes:
    """The domain separation tag of one use in one algorithm, bound to the application's context."""
    return bytes((VERSION, _VDAF_CLASS)) + algorithm.to_bytes(4, "big") + usage.to_bytes(2, "big") + ctx


class Xof:
    """The output for one seed, tag and binder, as long as it is read."""

    def __init__(self, seed: bytes, tag: bytes, binder: bytes) -> None:
        message = len(tag).to_bytes(2, "little") + tag + bytes((len(seed),)) + seed + binder
        self._stream = TurboSHAKE128.new(domain=1, data=message)

    def next(self, length: int) -> bytes:
        return self._stream.read(length)

    def vector(self, field: Field, length: int) -> list[int]:
        """`length` elements, by rejection of what is past the modulus."""
        mask = (1 << field.modulus.bit_length()) - 1
        found: list[int] = []
        while len(found) < length:
            data = self.next((length - len(found)) * field.size)
            for i in range(0, len(data), field.size):
                x = int.from_bytes(data[i : i + field.size], "little") & mask
                if x < field.modulus:
                    found.append(x)
        return found


def seed_from(seed: bytes, tag: bytes, binder: bytes) -> bytes:
    """A new seed."""
    return Xof(seed, tag, binder).next(SEED_BYTES)


def vector_from(field: Field, seed: bytes, tag: bytes, binder: bytes, length: int) -> list[int]:
    """`length` field elements."""
    return Xof(seed, tag, binder).vector(field, length)
