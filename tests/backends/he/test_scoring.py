"""HE scoring end to end: exact integers, lengths that tell nothing, fresh ciphertexts, and keys that stay."""

import numpy as np
import pytest

from backends.he.scoring import layout
from backends.he.scoring.client import ScoringClient
from backends.he.scoring.presets import PRESETS
from backends.he.scoring.server import ScoringServer
from backends.he.scoring.wires import answer_size, query_size
from tests.support.he_vectors import catalogue_of, quantise, vector_of
from tests.support.soaking import in_soak

EXACT, FAST = PRESETS["exact"], PRESETS["fast"]
HEADER, SEED = 20, 16


@pytest.fixture(scope="module")
def small() -> ScoringServer:
    return ScoringServer(EXACT, catalogue_of(40, 8))


SIZES = ((1, 8), (4094, 64), (4095, 33), (9000, 64), (60, 1), (300, 1030))


@pytest.mark.parametrize("kind", ["gauss", "skewed", "alike", "sparse"])
@pytest.mark.parametrize(
    ("preset", "items", "dims"),
    [(EXACT, *SIZES[2]), (EXACT, *SIZES[4]), *(in_soak("fuzz", EXACT, *SIZES[i]) for i in (0, 1, 3, 5))],
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
    server = ScoringServer(EXACT, catalogue)
    client = ScoringClient(EXACT, server.published())
    exact = 0
    for seed in range(200):
        vector = vector_of(8, seed)
        scores = np.rint(client.scores(server.answer(client.query(vector))))
        exact += np.array_equal(scores, catalogue @ vector)
    assert exact == 200


@pytest.mark.parametrize("vector", [np.zeros(8, int), np.eye(8, dtype=int)[3], -272 * np.eye(8, dtype=int)[0]])
def test_plain_vectors_are_scored(small: ScoringServer, vector) -> None:
    client = ScoringClient(EXACT, small.published())
    assert np.array_equal(np.rint(client.scores(small.answer(client.query(vector)))), catalogue_of(40, 8) @ vector)


def test_another_vector_norm_is_published_and_kept() -> None:
    catalogue = catalogue_of(100, 8)
    server = ScoringServer(EXACT, catalogue, vector_norm=1000)
    client = ScoringClient(EXACT, server.published())
    vector = np.array([900, -300, 0, 0, 7, 0, 0, 1])
    assert np.array_equal(np.rint(client.scores(server.answer(client.query(vector)))), catalogue @ vector)


def test_error_stays_below_what_the_scales_promise() -> None:
    catalogue = catalogue_of(4094, 16)
    server = ScoringServer(EXACT, catalogue)
    scales = server.scales
    _, longest = layout._extent(catalogue, 4096)
    sigma = np.sqrt(4096 * (10.5 * (longest / scales.scale_user) ** 2 + (272 / scales.scale_item) ** 2 / 24))
    assert scales.error == pytest.approx(sigma, rel=1e-3)
    assert scales.largest_score == pytest.approx(272 * longest, rel=1e-3)
    client = ScoringClient(EXACT, server.published())
    client.scores(server.answer(client.query(vector_of(16, 3))))
    assert 2 * sigma < client.last_rounding_error < 6 * sigma


def test_lengths_depend_on_public_numbers_only(small: ScoringServer) -> None:
    client = ScoringClient(EXACT, small.published())
    vectors = [np.zeros(8, int), np.full(8, 90), vector_of(8, 1)]
    queries = [client.query(vector) for vector in vectors]
    assert {len(query) for query in queries} == {query_size(EXACT, dims=8)} == {HEADER + SEED + 8 * 4 * 2 * 4096}
    answers = {len(small.answer(query)) for query in queries}
    assert answers == {answer_size(EXACT, blocks=1)} == {HEADER + 4 * 2 * 2 * 4096}


def test_the_same_vector_never_encrypts_the_same_way(small: ScoringServer) -> None:
    client = ScoringClient(EXACT, small.published())
    vector = np.full(8, 64)
    bodies = [client.query(vector)[HEADER:] for _ in range(2)]
    assert len({body[:SEED] for body in bodies}) == 2
    residues = np.concatenate([np.frombuffer(body[SEED:], np.uint8).reshape(8, -1, 4) for body in bodies])
    assert len({row.tobytes() for row in residues}) == 16
    # Uniform residues repeat their low byte by chance about once in 256.
    assert abs((residues[0, :, 0] == residues[8, :, 0]).mean() - 1 / 256) < 0.02


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS.keys())
def test_no_key_bytes_leave_the_client(preset) -> None:
    server = ScoringServer(preset, catalogue_of(10, 8))
    client = ScoringClient(preset, server.published())
    query = client.query(vector_of(8, 1))
    forms = client.secret_key_bytes()
    assert len(forms) == 2 + 2 * len(preset.primes)
    assert {len(form) // preset.degree for form in forms} == {1, 4, 8}
    for form in forms:
        assert not any(form[at : at + 16] in query for at in range(16, len(form) - 16, 16))
    assert ScoringClient(preset, server.published()).secret_key_bytes()[1] != forms[1]
