"""HE scoring end to end: exact integers, lengths that tell nothing, fresh ciphertexts, and keys that stay."""

import numpy as np
import pytest

from backends.he.scoring import layout
from backends.he.scoring.client import ScoringClient
from backends.he.scoring.presets import PRESETS, context
from backends.he.scoring.server import ScoringServer
from backends.he.scoring.wires import answer_size, query_size
from tests.support.he_vectors import catalogue_of, quantise, vector_of

COMPACT, ROOMY = PRESETS["compact"], PRESETS["roomy"]
HEADER = 20


@pytest.fixture(scope="module")
def small() -> ScoringServer:
    return ScoringServer(COMPACT, catalogue_of(40, 8))


@pytest.mark.parametrize("kind", ["gauss", "skewed", "alike", "sparse"])
@pytest.mark.parametrize(
    ("preset", "items", "dims"),
    [
        (COMPACT, 1, 8),
        (COMPACT, 2046, 64),
        (COMPACT, 2047, 32),
        (COMPACT, 5000, 64),
        (COMPACT, 300, 256),
        (ROOMY, 4095, 16),
    ],
)
def test_scores_are_the_exact_integers(preset, items: int, dims: int, kind: str) -> None:
    catalogue = catalogue_of(items, dims, kind=kind)
    server = ScoringServer(preset, catalogue)
    top = quantise(np.linalg.eigh(catalogue.T @ catalogue)[1][:, -1])
    for vector in (vector_of(dims, 1), top, catalogue[-1]):
        client = ScoringClient(preset, server.published())
        scores = np.rint(client.scores(server.answer(client.query(vector))))
        assert np.array_equal(scores, catalogue @ vector)
        # The specification allows 1e-4 where rows have norm 1, hence 6.5 here; rounding is exact below 0.5.
        assert client.last_rounding_error < 0.3


def test_200_random_queries_are_exact() -> None:
    catalogue = catalogue_of(500, 8)
    server = ScoringServer(COMPACT, catalogue)
    client = ScoringClient(COMPACT, server.published())
    exact = 0
    for seed in range(200):
        vector = vector_of(8, seed)
        scores = np.rint(client.scores(server.answer(client.query(vector))))
        exact += np.array_equal(scores, catalogue @ vector)
    assert exact == 200


@pytest.mark.parametrize("vector", [np.zeros(8, int), np.eye(8, dtype=int)[3], -272 * np.eye(8, dtype=int)[0]])
def test_plain_vectors_are_scored(small: ScoringServer, vector) -> None:
    client = ScoringClient(COMPACT, small.published())
    assert np.array_equal(np.rint(client.scores(small.answer(client.query(vector)))), catalogue_of(40, 8) @ vector)


def test_another_vector_norm_is_published_and_kept() -> None:
    catalogue = catalogue_of(100, 8)
    server = ScoringServer(COMPACT, catalogue, vector_norm=1000)
    client = ScoringClient(COMPACT, server.published())
    vector = np.array([900, -300, 0, 0, 7, 0, 0, 1])
    assert np.array_equal(np.rint(client.scores(server.answer(client.query(vector)))), catalogue @ vector)


def test_error_stays_below_what_the_scales_promise() -> None:
    catalogue = catalogue_of(2046, 16)
    server = ScoringServer(COMPACT, catalogue)
    scales = server.scales
    longest = layout._longest_row(catalogue, 1)
    sigma = np.sqrt(2048 * (10.5 * (longest / scales.scale_user) ** 2 + (272 / scales.scale_item) ** 2 / 24))
    client = ScoringClient(COMPACT, server.published())
    client.scores(server.answer(client.query(vector_of(16, 3))))
    assert 2 * sigma < client.last_rounding_error < 6 * sigma


def test_lengths_depend_on_public_numbers_only(small: ScoringServer) -> None:
    ctx = context(COMPACT)
    client = ScoringClient(COMPACT, small.published())
    vectors = [np.zeros(8, int), np.full(8, 90), vector_of(8, 1)]
    queries = [client.query(vector) for vector in vectors]
    assert {len(query) for query in queries} == {query_size(ctx, dims=8)} == {20 + 8 * (64 + 7 * 2048)}
    assert {len(small.answer(query)) for query in queries} == {answer_size(ctx, blocks=1)} == {20 + 14 * 2048}


def test_the_same_vector_never_encrypts_the_same_way(small: ScoringServer) -> None:
    client = ScoringClient(COMPACT, small.published())
    vector = np.full(8, 64)
    bodies = [client.query(vector)[HEADER:] for _ in range(2)]
    first, second = (np.frombuffer(body, np.uint8).reshape(8, -1) for body in bodies)
    seeds = {row[:64].tobytes() for query in (first, second) for row in query}
    assert len(seeds) == 16
    residues = np.concatenate([first, second])[:, 64:].reshape(16, -1, 7)
    assert len({row.tobytes() for row in residues}) == 16
    # Uniform residues repeat their low byte by chance about once in 256.
    assert abs((residues[0, :, 0] == residues[8, :, 0]).mean() - 1 / 256) < 0.02


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS.keys())
def test_no_key_bytes_leave_the_client(preset) -> None:
    server = ScoringServer(preset, catalogue_of(10, 8))
    client = ScoringClient(preset, server.published())
    query = client.query(vector_of(8, 1))
    forms = client.secret_key_bytes()
    primes = len(preset.coeff_modulus_bits)
    assert len(forms) == 1 + 2 * primes
    degree = preset.poly_modulus_degree
    assert {len(form) for form in forms[1:]} == {8 * degree, 7 * degree}
    for form in forms:
        assert not any(form[at : at + 16] in query for at in range(16, len(form) - 16, 16))
    assert ScoringClient(preset, server.published()).secret_key_bytes()[1] != forms[1]
