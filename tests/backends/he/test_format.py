"""SEAL's serialised objects: round trips, and refusal of everything that is not exactly one."""

import os
import stat
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.he import seal_format
from backends.he.scoring.presets import PRESETS, Context, context
from backends.he.seal_format import (
    MalformedCiphertext,
    Residues,
    ScratchFile,
    pack_residues,
    read_ciphertext,
    read_plaintext,
    residue_bytes,
    write_ciphertext,
    write_plaintext,
)

EXACT = PRESETS["exact"]


def random_residues(ctx: Context, parts: int, seed: int) -> Residues:
    rng = np.random.default_rng(seed)
    moduli = np.repeat(np.array(ctx.primes, dtype=np.uint64), ctx.degree)
    return rng.integers(0, moduli, size=(parts, ctx.width), dtype=np.uint64)


@pytest.fixture
def own_ciphertext() -> bytes:
    ctx = context(EXACT)
    with ScratchFile() as scratch:
        loaded = scratch.load(ctx.api.Ciphertext(), ctx, write_ciphertext(ctx, random_residues(ctx, 2, 1)))
        return scratch.save(loaded)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS.keys())
@pytest.mark.parametrize("seed", [None, bytes(range(64))], ids=["full", "seeded"])
def test_writer_and_reader_agree(preset, seed) -> None:
    ctx = context(preset)
    residues = random_residues(ctx, 1 if seed else 2, 2)
    back = read_ciphertext(write_ciphertext(ctx, residues, seed=seed), ctx, seeded=seed is not None)
    assert np.array_equal(back.residues, residues)
    assert (back.seed, back.scale, back.parms_id) == (seed, 1.0, ctx.parms_bytes)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS.keys())
def test_seal_reads_what_we_write_and_we_read_what_it_writes(preset) -> None:
    ctx = context(preset)
    residues = random_residues(ctx, 2, 3)
    with ScratchFile() as scratch:
        loaded = scratch.load(ctx.api.Ciphertext(), ctx, write_ciphertext(ctx, residues))
        assert [loaded[i] for i in range(5)] == residues[0, :5].tolist()
        assert np.array_equal(read_ciphertext(scratch.save(loaded), ctx, seeded=False).residues, residues)


def test_seal_expands_a_seed_the_same_way_each_time() -> None:
    ctx = context(EXACT)
    residues = random_residues(ctx, 1, 4)
    expanded = []
    with ScratchFile() as scratch:
        for seed in (bytes(64), bytes(64), bytes([1]) + bytes(63)):
            loaded = scratch.load(ctx.api.Ciphertext(), ctx, write_ciphertext(ctx, residues, seed=seed))
            expanded.append(read_ciphertext(scratch.save(loaded), ctx, seeded=False).residues)
    assert np.array_equal(expanded[0], expanded[1])
    assert np.array_equal(expanded[0][0], residues[0])
    assert not np.array_equal(expanded[0][1], expanded[2][1])


def test_plaintext_reader_returns_the_constant() -> None:
    ctx = context(EXACT)
    plaintext = ctx.api.Plaintext()
    ctx.encoder.encode(-12345.0, 1.0, plaintext)
    with ScratchFile() as scratch:
        blob = scratch.save(plaintext)
    found = read_plaintext(blob, degree=ctx.degree, primes=2)
    assert [set(level.tolist()) for level in found.residues] == [{q - 12345} for q in ctx.primes]
    again = write_plaintext(ctx, found.residues.reshape(-1))
    assert np.array_equal(read_plaintext(again, degree=ctx.degree, primes=2).residues, found.residues)
    with pytest.raises(MalformedCiphertext):
        read_plaintext(blob, degree=ctx.degree, primes=3)


@given(st.integers(0, 200), st.data())
def test_cut_and_grown_objects_are_refused(cut: int, data: st.DataObject) -> None:
    ctx = context(EXACT)
    blob = write_ciphertext(ctx, random_residues(ctx, 2, 5))
    changed = blob[: data.draw(st.integers(0, len(blob) - 1))] if cut < 100 else blob + bytes(cut)
    with pytest.raises(MalformedCiphertext):
        read_ciphertext(changed, ctx, seeded=False)


# Every byte that the format fixes: both headers, the level, the shape, the count. The scale is free.
_FIXED = [*range(0, 6), *range(8, 73), *range(81, 95), *range(97, 113)]


@given(st.sampled_from(_FIXED), st.integers(1, 255))
def test_changed_fixed_bytes_are_refused(place: int, change: int) -> None:
    ctx = context(EXACT)
    blob = bytearray(write_ciphertext(ctx, random_residues(ctx, 2, 6)))
    blob[place] ^= change
    with pytest.raises(MalformedCiphertext):
        read_ciphertext(bytes(blob), ctx, seeded=False)


def test_damaged_compressed_object_is_refused(own_ciphertext: bytes) -> None:
    ctx = context(EXACT)
    assert own_ciphertext[5] == 2, "SEAL saved in another compression mode"
    cut = own_ciphertext[:-9]
    relabelled = cut[:8] + struct.pack("<Q", len(cut)) + cut[16:]
    with pytest.raises(MalformedCiphertext):
        read_ciphertext(relabelled, ctx, seeded=False)
    with pytest.raises(MalformedCiphertext):
        read_ciphertext(own_ciphertext, ctx, seeded=True)


def test_objects_of_other_parameters_are_refused(own_ciphertext: bytes) -> None:
    with pytest.raises(MalformedCiphertext):
        read_ciphertext(own_ciphertext, context(PRESETS["fast"]), seeded=False)


def test_wrong_generator_and_wrong_shapes_are_refused() -> None:
    ctx = context(EXACT)
    one = random_residues(ctx, 1, 7)
    blob = bytearray(write_ciphertext(ctx, one, seed=bytes(64)))
    blob[-65] = 2
    with pytest.raises(MalformedCiphertext, match="generator 2"):
        read_ciphertext(bytes(blob), ctx, seeded=True)
    with pytest.raises(MalformedCiphertext, match="63 bytes"):
        write_ciphertext(ctx, one, seed=bytes(63))
    with pytest.raises(MalformedCiphertext, match="shape"):
        write_ciphertext(ctx, one)


def test_a_residue_above_the_modulus_is_refused_by_seal_too() -> None:
    ctx = context(EXACT)
    residues = random_residues(ctx, 2, 8)
    residues[1, 9] = ctx.primes[0]
    with ScratchFile() as scratch, pytest.raises(MalformedCiphertext, match="SEAL refused"):
        scratch.load(ctx.api.Ciphertext(), ctx, write_ciphertext(ctx, residues))


@pytest.mark.parametrize("size", [4, 7])
def test_packed_residues_are_little_endian_and_of_their_size(size: int) -> None:
    values = np.array([[0, 1], [0x01020304, (1 << 8 * size) - 1]], dtype=np.uint64)
    body = pack_residues(values, size=size)
    assert [int.from_bytes(body[i : i + size], "little") for i in range(0, 4 * size, size)] == values.ravel().tolist()
    assert [residue_bytes(primes) for primes in ([97], [3, 1 << 24], [(1 << 53) + 5])] == [1, 4, 7]


def test_without_memory_files_a_file_of_this_user_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = context(EXACT)
    residues = random_residues(ctx, 2, 9)
    monkeypatch.delattr(os, "memfd_create", raising=False)
    with ScratchFile() as scratch:
        path = Path(scratch._path)
        loaded = scratch.load(ctx.api.Ciphertext(), ctx, write_ciphertext(ctx, residues))
        assert np.array_equal(read_ciphertext(scratch.save(loaded), ctx, seeded=False).residues, residues)
        assert stat.S_IMODE(path.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    assert not path.exists()


def test_an_unknown_release_of_seal_is_named(monkeypatch: pytest.MonkeyPatch, own_ciphertext: bytes) -> None:
    monkeypatch.setattr(seal_format, "_VERSION", (4, 9))
    with pytest.raises(MalformedCiphertext, match="pin"):
        read_ciphertext(own_ciphertext, context(EXACT), seeded=False)
