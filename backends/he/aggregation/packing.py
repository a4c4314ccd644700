"""Bits and digits: residues packed to whole bits for the wire, vectors to the coefficients that hold them."""

import numpy as np
import numpy.typing as npt

from backends.he.aggregation.plan import SumPlan
from backends.he.seal_format import MalformedCiphertext, Residues

Integers = npt.NDArray[np.int64]

_WORD = 64


def pack_bits(residues: Residues, *, bits: int) -> bytes:
    """Residues below 2^bits, 64 m of them in any shape, as 8 m bits bytes.

    Residue i is in lane i // m of word group i % m: whole rows are shifted at once.
    """
    lanes = residues.reshape(_WORD, -1)
    words = np.zeros((bits, lanes.shape[1]), dtype=np.uint64)
    for lane, values in enumerate(lanes):
        word, shift = divmod(lane * bits, _WORD)
        words[word] |= values << np.uint64(shift)
        if shift + bits > _WORD:
            words[word + 1] |= values >> np.uint64(_WORD - shift)
    return words.astype("<u8", copy=False).tobytes()


def unpack_bits(body: memoryview | bytes, *, bits: int, modulus: int) -> Residues:
    """What `pack_bits` packed, flat; MalformedCiphertext when one residue is not below the modulus."""
    words = np.frombuffer(body, dtype="<u8").astype(np.uint64, copy=False).reshape(bits, -1)
    lanes = np.empty((_WORD, words.shape[1]), dtype=np.uint64)
    mask = np.uint64((1 << bits) - 1)
    for lane, values in enumerate(lanes):
        word, shift = divmod(lane * bits, _WORD)
        np.right_shift(words[word], np.uint64(shift), out=values)
        if shift + bits > _WORD:
            values |= words[word + 1] << np.uint64(_WORD - shift)
        values &= mask
    if int(lanes.max()) >= modulus:
        raise MalformedCiphertext("a residue is not below the modulus")
    return lanes.reshape(-1)


def to_cells(plan: SumPlan, vector: Integers, *, start: int, blocks: int) -> Integers:
    """Cells (blocks, n) from block `start` on for entries (length,): digits put together, spare cells 0."""
    width = plan.cells_per_block
    first, last = start * width, min((start + blocks) * width, plan.cells)
    flat = np.zeros(blocks * width, dtype=np.int64)
    for digit in reversed(range(plan.digits)):
        part = vector[digit * plan.cells + first : min(digit * plan.cells + last, plan.length)]
        flat *= plan.base
        flat[: len(part)] += part
    cells = np.zeros((blocks, plan.preset.degree), dtype=np.int64)
    cells[:, :width] = flat.reshape(blocks, width)
    return cells


def from_cells(plan: SumPlan, cells: Integers, vector: Integers, *, start: int) -> None:
    """Write the entries that cells (blocks, n - 1) from block `start` on hold to their places in `vector`."""
    flat = cells.reshape(-1)[: plan.cells - start * plan.cells_per_block]
    first, half = start * plan.cells_per_block, plan.base // 2
    for digit in range(plan.digits):
        place = digit * plan.cells + first
        room = min(len(flat), plan.length - place)
        if plan.digits == 1:
            values = flat  # one entry, which under CKKS may lie a little past the bound
        else:
            values = (flat + half) % plan.base - half
            flat = (flat - values) // plan.base
        vector[place : place + max(room, 0)] = values[: max(room, 0)]
