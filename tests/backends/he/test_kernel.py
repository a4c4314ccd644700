"""The ring, the key and the kernel of HE scoring, each held against SEAL and against the bounds that it claims."""

import dataclasses
import secrets

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.he.scoring import kernel
from backends.he.scoring.client import ScoringClient
from backends.he.scoring.evaluator import Evaluator
from backends.he.scoring.keys import ScoringKey
from backends.he.scoring.layout import block_rows, derive_scales
from backends.he.scoring.presets import PRESETS, context
from backends.he.scoring.ring import decode, encode, ring
from backends.he.scoring.server import ScoringServer
from backends.he.scoring.tiles import LANES, encoded
from backends.he.scoring.wires import decode_query, drawn_from, encode_query
from backends.he.seal_format import ScratchFile, read_ciphertext, read_plaintext, write_ciphertext, write_plaintext
from tests.support.he_vectors import catalogue_of, quantise, vector_of

both = pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS.keys())


@both
def test_columns_are_encoded_as_seal_encodes_them(preset) -> None:
    ctx, catalogue = context(preset), catalogue_of(preset.degree - 2, 3)
    scale = derive_scales(preset, catalogue).scale_item
    rows = next(block_rows(catalogue, preset.degree))
    half, values = preset.degree // 2, rows.T.astype(float) * scale
    with ScratchFile() as scratch:
        slots = values[:, :half] + 1j * values[:, half:]
        for ours, column in zip(encoded(preset, rows, scale=scale), slots, strict=True):
            plaintext = ctx.api.Plaintext()
            ctx.encoder.encode(column.tolist(), 1.0, plaintext)
            theirs = read_plaintext(scratch.save(plaintext), degree=preset.degree, primes=len(preset.primes)).residues
            assert np.array_equal(ours, theirs.reshape(-1))


@given(st.sampled_from([(p.degree, q) for p in PRESETS.values() for q in p.primes]), st.integers(0, 2**32))
@settings(max_examples=20)
def test_the_transform_multiplies_polynomials_modulo_x_to_the_n_plus_1(shape: tuple[int, int], seed: int) -> None:
    (degree, q), rng = shape, np.random.default_rng(seed)
    one, rows = ring(degree, q), rng.integers(0, q, (2, degree), dtype=np.uint64)
    assert np.array_equal(one.inverse(one.transform(rows)), rows)
    place, factor = int(rng.integers(0, degree)), int(rng.integers(0, q))
    monomial = np.zeros((1, degree), dtype=np.uint64)
    monomial[0, place] = factor
    product = one.inverse(one.transform(rows) * one.transform(monomial) % np.uint64(q))
    turned = np.roll(rows, place, axis=1).astype(object) * factor
    turned[:, :place] *= -1
    assert np.array_equal(product.astype(object), turned % q)


@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_encoding_and_decoding_undo_each_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    slots = rng.normal(size=(2, 1024)) + 1j * rng.normal(size=(2, 1024))
    assert np.abs(decode(encode(slots)) - slots).max() < 1e-12


@both
def test_seal_decrypts_what_we_encrypt_and_we_what_it_encrypts(preset) -> None:
    ctx, key = context(preset), ScoringKey(preset, secrets.token_bytes)
    values = np.array([0, 1, -1, 12345, -99999], dtype=np.int64) * 16
    query = decode_query(preset, encode_query(preset, *key.encrypt(values)), dims=5)
    # SEAL's key also has residues of the prime that it reserves, which no ciphertext of ours is under.
    small, q = key._secret, 4503599627149313
    reserved = _by_seal(ctx, preset, small, q) if len(preset.primes) > 1 else np.empty(0, dtype=np.uint64)
    secret = np.concatenate([key._transformed, reserved])
    with ScratchFile() as scratch:
        theirs = scratch.load(ctx.api.SecretKey(), ctx, _as_key(ctx, secret))
        decryptor, encryptor = ctx.api.Decryptor(ctx.seal, theirs), ctx.api.Encryptor(ctx.seal, theirs)
        for value, part in zip(values.tolist(), query.astype(np.uint64), strict=True):
            plaintext = ctx.api.Plaintext()
            decryptor.decrypt(scratch.load(ctx.api.Ciphertext(), ctx, write_ciphertext(ctx, part)), plaintext)
            found = np.array(ctx.encoder.decode_complex(plaintext))
            assert np.abs(found - value).max() < 3.24 * 8 * np.sqrt(preset.degree)
        plaintext = ctx.api.Plaintext()
        slots = np.arange(preset.degree // 2) * (7000 + 3000j)
        ctx.encoder.encode(slots.tolist(), 1.0, plaintext)
        body = scratch.save(encryptor.encrypt_symmetric(plaintext))
        seeded = scratch.save(scratch.load(ctx.api.Ciphertext(), ctx, _rebuilt(ctx, body)))
        residues = read_ciphertext(seeded, ctx, seeded=False).residues
    assert np.abs(key.slots(residues[None])[0] - slots).max() < 3.24 * 8 * np.sqrt(preset.degree)


def _rebuilt(ctx, body: bytes) -> bytes:
    seeded = read_ciphertext(body, ctx, seeded=True)
    return write_ciphertext(ctx, seeded.residues, seed=seeded.seed)


def _by_seal(ctx, preset, small: np.ndarray, prime: int) -> np.ndarray:
    """A small polynomial in the transform modulo a prime above 2^30: by evaluation, as only tests need it."""
    degree = preset.degree
    base = next(b for b in range(2, 99) if pow(b, (prime - 1) // 2, prime) == prime - 1)
    first = pow(base, (prime - 1) // (2 * degree), prime)
    root = min(pow(first, i, prime) for i in range(1, 2 * degree, 2))
    values, step = [int(v) for v in small], root

    # Radix two, recursively, in integers of Python: a(x) = even(x^2) + x odd(x^2) at the odd powers of the root.
    def at(part: list[int], power: int) -> list[int]:
        if len(part) == 1:
            return [part[0] % prime]
        even, odd = at(part[::2], power * power % prime), at(part[1::2], power * power % prime)
        out, x, square = [0] * len(part), power, power * power % prime
        for i, (e, o) in enumerate(zip(even, odd, strict=True)):
            out[i], out[i + len(even)] = (e + x * o) % prime, (e - x * o) % prime
            x = x * square % prime
        return out

    natural = at(values, step)
    bits = degree.bit_length() - 1
    return np.array([natural[int(f"{i:0{bits}b}"[::-1], 2)] for i in range(degree)], dtype=np.uint64)


def _as_key(ctx, residues: np.ndarray) -> bytes:
    """The blob of a secret key: a plaintext under the parameters that still hold the reserved prime."""
    key_level = np.array([int(word) for word in ctx.seal.key_parms_id()], dtype="<u8").tobytes()
    shape = dataclasses.replace(ctx, primes=(0,) * (len(residues) // ctx.degree))
    return write_plaintext(shape, residues).replace(ctx.parms_bytes, key_level)


@pytest.mark.parametrize(
    ("name", "items", "dims"),
    [("fast", 5, 1), ("fast", 2100, 8), ("fast", 40, 71), ("fast", 40, 200), ("exact", 4200, 9), ("exact", 7, 300)],
)
def test_the_kernel_is_seals_evaluator_bit_for_bit(name: str, items: int, dims: int) -> None:
    preset, catalogue = PRESETS[name], catalogue_of(items, dims)
    server, slow = ScoringServer(preset, catalogue, threads=1), Evaluator(catalogue, derive_scales(preset, catalogue))
    key = ScoringKey(preset, secrets.token_bytes)
    query = decode_query(preset, encode_query(preset, *key.encrypt(vector_of(dims, 1))), dims=dims)
    expected = slow.residues(slow.multiply(slow.load(query)))
    assert np.array_equal(server.combine(query), expected)
    assert np.array_equal(ScoringServer(preset, catalogue, threads=3).combine(query), expected)


@both
@pytest.mark.parametrize("dims", [1, 7, 8, 64, 65, 72, 129, 1000])
def test_no_sum_of_products_overflows_64_bits(preset, dims: int) -> None:
    # The largest residues that there are, in every place.
    largest = np.array(preset.primes, dtype=np.uint64) - np.uint64(1)
    tiles = np.empty((len(preset.primes), preset.degree // LANES, 1, dims, LANES), dtype=np.uint32)
    tiles[:] = largest[:, None, None, None, None]
    query = np.broadcast_to(np.repeat(largest, preset.degree).astype(np.uint32), (dims, 2, preset.width))
    found = kernel.multiply(preset, tiles, query, threads=1)
    expected = [dims % q for q in preset.primes]  # (q - 1)^2 is 1 modulo q
    assert np.array_equal(found[0, 0], np.repeat(np.array(expected, dtype=np.uint64), preset.degree))
    assert np.array_equal(found[0, 0], found[0, 1])
    for q in preset.primes:
        assert kernel.group(q) >= 64
        assert kernel.group(q) * (q - 1) ** 2 + q - 1 < 2**64


@both
@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32), dims=st.integers(1, 40), rank=st.integers(1, 3), items=st.integers(1, 5000),
    spread=st.floats(0, 3),
)  # fmt: skip
def test_no_catalogue_and_vector_overflow_a_coefficient(preset, seed, dims, rank, items, spread) -> None:
    """The worst that there is: items of low rank, all as long, and the vector along them, as long as it may be."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(items, rank)) * np.exp(-spread * np.arange(rank)) @ rng.normal(size=(rank, dims)) + 1e-9
    catalogue = quantise(rows)
    along = np.linalg.eigh(catalogue.T @ catalogue)[1][:, -1]
    vector = np.trunc(271 * along / np.linalg.norm(along)).astype(np.int64)
    server = ScoringServer(preset, catalogue)
    for sent in (vector, np.sign(vector) * (270 // int(np.ceil(np.sqrt(dims))))):
        client = ScoringClient(preset, server.published())
        scores = client.scores(server.answer(client.query(sent)))
        assert np.abs(scores - catalogue @ sent).max() < min(preset.limit, 8 * server.scales.error)


def test_a_seed_stands_for_the_same_residues_for_ever() -> None:
    # A browser expands the same seed with WebCrypto; what changes here locks it out.
    # AES-128 of 16 zero bytes under the key 00 01 .. 0f, as every implementation has it: c6a13b37 878f5b82 6f4f8162 ...
    words = np.array([0x373BA1C6, 0x825B8F87, 0x62814F6F])
    for name, bits in (("exact", 27), ("fast", 29)):
        preset = PRESETS[name]
        drawn = drawn_from(bytes(range(16)), preset, dims=2)
        assert drawn.shape == (2, preset.width)
        assert drawn[0, :3].tolist() == (words & ((1 << bits) - 1)).tolist()
        for place, q in enumerate(preset.primes):
            assert drawn[:, place * preset.degree : (place + 1) * preset.degree].max() < q
