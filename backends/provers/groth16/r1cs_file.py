"""A circuit as a `.r1cs` file of iden3: what a ceremony starts from."""

import struct
from pathlib import Path

from backends.provers.groth16.field import R
from backends.provers.groth16.r1cs import Shape
from privacy.plugin.provers import write_atomic


def save(shape: Shape, path: Path) -> None:
    """Write the constraints. StateError where the disk is full."""
    sizes = struct.pack("<IIIIQI", shape.wires, 0, shape.inputs, shape.wires - 1 - shape.inputs, shape.wires,
                        len(shape.rows))  # fmt: skip
    sections = {
        1: struct.pack("<I", 32) + R.to_bytes(32, "little") + sizes,
        2: b"".join(_side(side) for row in shape.rows for side in row),
        3: struct.pack(f"<{shape.wires}Q", *range(shape.wires)),
    }
    parts = [b"r1cs", struct.pack("<II", 1, len(sections))]
    for number, data in sections.items():
        parts += [struct.pack("<IQ", number, len(data)), data]
    write_atomic(path, b"".join(parts))


def _side(side: dict[int, int]) -> bytes:
    terms = (struct.pack("<I", wire) + factor.to_bytes(32, "little") for wire, factor in sorted(side.items()))
    return struct.pack("<I", len(side)) + b"".join(terms)
