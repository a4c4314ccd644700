"""Sums under HE, the parts: bits, digits, products, secrets; encryption and decryption held against SEAL's own."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.he.aggregation.keys import SumEncryptor, SumKeys
from backends.he.aggregation.packing import from_cells, pack_bits, to_cells, unpack_bits
from backends.he.aggregation.plan import sum_plan
from backends.he.aggregation.presets import SUM_PRESETS, SumPreset, sum_context
from backends.he.aggregation.ring import centred, limbs, product, residues, spectrum
from backends.he.sampling import Sampler
from backends.he.scoring.presets import ParameterError
from backends.he.seal_format import MalformedCiphertext, ScratchFile, read_ciphertext, read_plaintext, write_ciphertext
from privacy.boundary.seat import Seat
from privacy.plugin import COLLECTOR, AggregationTask, contributor

TASK = AggregationTask(contributors=4, length=8, bound=3)
PRESETS = pytest.mark.parametrize("preset", SUM_PRESETS, ids=lambda preset: str(preset.degree))


def sampler() -> Sampler:
    return Sampler(Seat(contributor(1), TASK).random.bytes)


def drawn(preset: SumPreset, shape, seed: int = 0):
    return np.random.default_rng(seed).integers(0, preset.modulus, shape, dtype=np.uint64)


@given(st.integers(1, 63), st.integers(1, 5), st.integers(0, 2**32))
def test_bits_round_trip(bits: int, groups: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 1 << bits, 64 * groups, dtype=np.uint64)
    body = pack_bits(values, bits=bits)
    assert len(body) == 8 * bits * groups
    assert np.array_equal(unpack_bits(body, bits=bits, modulus=1 << bits), values)


@PRESETS
@pytest.mark.parametrize("place", [0, 1, -1])
def test_a_residue_not_below_the_modulus_is_refused(preset: SumPreset, place: int) -> None:
    values = drawn(preset, 2 * preset.degree)
    values[place] = preset.modulus - 1
    assert unpack_bits(pack_bits(values, bits=preset.bits), bits=preset.bits, modulus=preset.modulus)[place]
    values[place] = preset.modulus
    with pytest.raises(MalformedCiphertext, match="not below the modulus"):
        unpack_bits(pack_bits(values, bits=preset.bits), bits=preset.bits, modulus=preset.modulus)


@settings(max_examples=40)
@given(st.integers(1, 9000), st.integers(1, 40), st.sampled_from(["bfv", "ckks"]), st.integers(0, 2**32))
def test_cells_round_trip_block_by_block(length: int, bound: int, scheme: str, seed: int) -> None:
    task = AggregationTask(contributors=3, length=length, bound=bound)
    plan = sum_plan(task, scheme=scheme, flooding_bits=30, releases=1)
    most = task.sum_bound
    vector = np.random.default_rng(seed).integers(-most, most, length, endpoint=True)
    back = np.full(length, -(2**60))
    for start in range(0, plan.blocks, 2):
        cells = to_cells(plan, vector, start=start, blocks=min(2, plan.blocks - start))
        assert not cells[:, -1].any()
        assert 2 * (int(np.abs(cells).max()) * plan.delta + plan.noise.largest) < plan.preset.modulus
        from_cells(plan, cells[:, :-1], back, start=start)
    assert np.array_equal(back, vector)


@PRESETS
@pytest.mark.parametrize("kind", ["random", "largest"])
def test_products_are_exact(preset: SumPreset, kind: str) -> None:
    modulus, shape = preset.modulus, (2, preset.degree)
    if kind == "random":
        wide, small = drawn(preset, shape), np.random.default_rng(1).integers(-1, 2, shape)
    else:
        wide, small = np.full(shape, modulus - 1, np.uint64), np.ones(shape, np.int64)
    low, high = (spectrum(limb) for limb in limbs(wide))
    found = residues(product(low, high, spectrum(small), modulus), modulus)
    for row in (0, 1):
        # One coefficient of the negacyclic product in whole numbers: sum over i + j = k, less that over i + j = k + n.
        for k in (0, 1, preset.degree // 2, preset.degree - 1):
            a, b = wide[row].tolist(), small[row].tolist()
            exact = sum(x * (b[k - i] if i <= k else -b[k - i + preset.degree]) for i, x in enumerate(a))
            assert int(found[row, k]) == exact % modulus


@PRESETS
def test_values_near_half_the_modulus_keep_their_sign(preset: SumPreset) -> None:
    slack, half = (preset.modulus >> 51) + 1, preset.modulus // 2
    near = half - slack - np.arange(1000)
    for values in (near, -near):
        assert np.array_equal(centred(values, preset.modulus), values)
        assert np.array_equal(centred(values % preset.modulus, preset.modulus), values)


@given(st.lists(st.integers(-(2**55), 2**55), min_size=1))
def test_reductions(values: list[int]) -> None:
    modulus, array = SUM_PRESETS[1].modulus, np.array(values)
    assert residues(array, modulus).tolist() == [v % modulus for v in values]
    assert all((a - b) % modulus == 0 for a, b in zip(centred(array, modulus).tolist(), values, strict=True))
    assert np.abs(centred(array, modulus)).max() <= modulus // 2 + 1


@PRESETS
def test_seal_decrypts_what_we_encrypt(preset: SumPreset) -> None:
    ctx, keys = sum_context(preset), SumKeys(preset)
    bits = np.random.default_rng(2).integers(0, 2, (2, preset.degree))
    ours = SumEncryptor(preset, keys.public).encrypt(bits, sampler(), delta=preset.modulus // 2)
    secret, plaintext = ctx.api.SecretKey(), ctx.api.Plaintext()
    with ScratchFile() as scratch:
        decryptor = ctx.api.Decryptor(ctx.seal, scratch.load(secret, ctx, keys.secret_key_bytes()[0]))
        for row, pair in zip(bits, ours, strict=True):
            blob = bytearray(write_ciphertext(ctx, pair))
            blob[48] = 0  # the flag of SEAL's transform
            decryptor.decrypt(scratch.load(ctx.api.Ciphertext(), ctx, bytes(blob)), plaintext)
            found = [plaintext.data(i) if i < plaintext.coeff_count() else 0 for i in range(preset.degree)]
            assert found == row.tolist()


@PRESETS
def test_we_decrypt_what_seal_encrypts(preset: SumPreset) -> None:
    ctx, keys = sum_context(preset), SumKeys(preset)
    ciphertext = ctx.api.Ciphertext()
    with ScratchFile() as scratch:
        secret = scratch.load(ctx.api.SecretKey(), ctx, keys.secret_key_bytes()[0])
        ctx.api.Encryptor(ctx.seal, secret).encrypt_symmetric(ctx.api.Plaintext("1x^5 + 1"), ciphertext)
        pair = read_ciphertext(scratch.save(ciphertext), ctx, seeded=False, ntt=False).residues
    phases = keys.phases(pair[:1], pair[1:])[0]
    message = np.isin(np.arange(preset.degree), (0, 5))
    assert np.abs(np.abs(phases) - message * (preset.modulus // 2)).max() <= 22


@PRESETS
def test_the_error_of_an_encryption_has_the_variance_of_seals(preset: SumPreset) -> None:
    keys = SumKeys(preset)
    cells = np.zeros((16, preset.degree), dtype=np.int64)
    ours = SumEncryptor(preset, keys.public).encrypt(cells, sampler(), delta=1)
    found = np.var(keys.phases(ours[:, 0], ours[:, 1]))
    assert 0.8 < found / (10.5 * (4 / 3 * preset.degree + 1)) < 1.25


def test_secrets_have_their_distributions() -> None:
    source, count = sampler(), 400_000
    ternary, errors = source.ternary((count,)), source.errors((count,))
    shares = [np.mean(ternary == value) for value in (-1, 0, 1)]
    # Six standard deviations of each.
    assert np.abs(np.array(shares) - 1 / 3).max() < 6 * math.sqrt(2 / 9 / count)
    assert abs(errors.mean()) < 6 * math.sqrt(10.5 / count)
    assert abs(errors.var() / 10.5 - 1) < 6 * math.sqrt(2 / count)
    assert np.abs(errors).max() <= 21
    assert abs(np.corrcoef(errors[1:], errors[:-1])[0, 1]) < 6 / math.sqrt(count)


def test_no_two_contributions_share_secrets() -> None:
    first, second = (sampler().errors((64,)) for _ in range(2))
    assert not np.array_equal(first, second)
    source = sampler()
    assert not np.array_equal(source.errors((64,)), source.errors((64,)))


@PRESETS
def test_no_two_blocks_share_secrets(preset: SumPreset) -> None:
    """Under one public key, blocks that shared a secret would differ by their small errors alone."""
    encryptor, source = SumEncryptor(preset, SumKeys(preset).public), sampler()
    cells = np.zeros((2, preset.degree), dtype=np.int64)
    blocks = np.concatenate([encryptor.encrypt(cells, source, delta=1) for _ in range(2)]).view(np.int64)
    for one in range(4):
        for other in range(one):
            for part in (0, 1):
                gap = np.abs(centred(blocks[one, part] - blocks[other, part], preset.modulus))
                assert np.mean(gap > preset.modulus // 8) > 0.6


def test_secret_forms_are_the_key() -> None:
    keys = SumKeys(SUM_PRESETS[0])
    blob, small = keys.secret_key_bytes()[:2]
    assert read_plaintext(blob, degree=1024).residues.shape == (1, 1024)
    assert set(np.frombuffer(small, np.int8).tolist()) == {-1, 0, 1}
    assert Seat(COLLECTOR, TASK).keys.material() == {}


@PRESETS
def test_presets_reach_the_standard_and_other_primes_are_refused(preset: SumPreset) -> None:
    assert sum_context(preset).modulus == preset.modulus
    assert preset.modulus % (2 * preset.degree) == 1
    with pytest.raises(ParameterError, match="was expected"):
        sum_context(SumPreset(9, preset.degree, preset.bits, preset.modulus - 2 * preset.degree))
    with pytest.raises(ParameterError, match="exceed"):
        sum_context(SumPreset(9, 1024, 28, 2))
