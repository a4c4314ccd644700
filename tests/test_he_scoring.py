"""HE scoring end to end: exact integers, fresh ciphertexts, and refusal of altered or foreign wires."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.he import layout
from backends.he.client import ScoringClient
from backends.he.layout import IntegrityFailure
from backends.he.presets import PRESETS, context
from backends.he.seal_format import MalformedCiphertext
from backends.he.server import ScoringServer
from backends.he.wires import answer_size, query_size

COMPACT, ROOMY = PRESETS["compact"], PRESETS["roomy"]
HEADER = 20


def quantise(values):
    unit = values / np.linalg.norm(values, axis=-1, keepdims=True)
    return np.rint(256 * unit).astype(np.int64)


def catalogue_of(items: int, dims: int, *, kind: str = "gauss", seed: int = 0):
    values = np.random.default_rng(seed).standard_normal((items, dims))
    decay = np.exp(-np.arange(dims) / 10)
    if kind == "skewed":
        values = values * decay + 0.3 * decay
    elif kind == "alike":
        values = 0.05 * values + 1
    elif kind == "sparse":
        values = np.where(np.abs(values) > 1.5, values, 0)
        values[:, 0] += 0.01
    return quantise(values)


def vector_of(dims: int, seed: int):
    return quantise(np.random.default_rng(seed).standard_normal(dims))


@pytest.fixture(scope="module")
def small() -> ScoringServer:
    return ScoringServer(COMPACT, catalogue_of(40, 8))


def asked(server: ScoringServer, *, seed: int = 5) -> tuple[ScoringClient, bytes]:
    client = ScoringClient(COMPACT, server.published())
    return client, server.answer(client.query(vector_of(server.scales.dims, seed)))


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


@pytest.mark.parametrize(
    "vector", [np.zeros(8, int), np.eye(8, dtype=int)[3], -272 * np.eye(8, dtype=int)[0]]
)
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


@pytest.mark.parametrize(
    ("vector", "why"),
    [
        (np.ones(8), "quantise"),
        (np.full(8, np.nan), "quantise"),
        (np.ones(8, bool), "quantise"),
        (np.ones(8, np.uint8), "quantise"),
        ([1] * 8, "quantise"),
        (np.ones(7, int), "shape"),
        (np.ones((1, 8), int), "shape"),
        (np.full(8, 100), "longer than the norm of 272"),
        (np.full(8, np.iinfo(np.int64).min), "longer than"),
    ],
)
def test_unusable_vectors_are_refused(small: ScoringServer, vector, why: str) -> None:
    client = ScoringClient(COMPACT, small.published())
    with pytest.raises(ValueError, match=why):
        client.query(vector)


def test_a_client_without_query_or_key_says_so(small: ScoringServer) -> None:
    client, answer = asked(small)
    with pytest.raises(ValueError, match="call query first"):
        ScoringClient(COMPACT, small.published()).scores(answer)
    client.forget()
    calls = (lambda: client.scores(answer), lambda: client.query(np.ones(8, int)), client.secret_key_bytes)
    for call in calls:
        with pytest.raises(ValueError, match="dropped its key"):
            call()


def test_an_answer_under_another_key_is_caught_and_drops_the_key(small: ScoringServer) -> None:
    _, answer = asked(small)
    other, own = asked(small)
    with pytest.raises(IntegrityFailure, match="another key"):
        other.scores(answer)
    with pytest.raises(ValueError, match="dropped its key"):
        other.scores(own)


def test_an_answer_to_another_vector_or_catalogue_is_caught(small: ScoringServer) -> None:
    client, answer = asked(small, seed=1)
    client.query(vector_of(8, 2))
    with pytest.raises(IntegrityFailure):
        client.scores(answer)
    client = ScoringClient(COMPACT, small.published())
    other = ScoringServer(COMPACT, catalogue_of(40, 8, kind="alike"))
    assert other.scales.product != small.scales.product
    with pytest.raises(IntegrityFailure):
        client.scores(other.answer(client.query(vector_of(8, 3))))


def test_swapped_blocks_are_caught() -> None:
    server = ScoringServer(COMPACT, catalogue_of(4000, 8))
    client, answer = asked(server)
    half = (len(answer) - HEADER) // 2
    swapped = answer[:HEADER] + answer[HEADER + half :] + answer[HEADER : HEADER + half]
    with pytest.raises(IntegrityFailure, match="sentinel of block 0"):
        client.scores(swapped)


def test_overflow_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "HEADROOM", 1.0)
    catalogue = catalogue_of(2000, 8)
    server = ScoringServer(COMPACT, catalogue)
    client = ScoringClient(COMPACT, server.published())
    with pytest.raises(IntegrityFailure):
        client.scores(server.answer(client.query(catalogue[0])))


def test_200_flipped_bits_never_give_wrong_scores(small: ScoringServer) -> None:
    rng = np.random.default_rng(4)
    vector = vector_of(8, 5)
    truth = catalogue_of(40, 8) @ vector
    outcome = {"refused": 0, "caught": 0, "right": 0, "wrong": 0}
    for turn in range(200):
        client = ScoringClient(COMPACT, small.published())
        query, in_query = client.query(vector), turn % 2 == 0
        answer = b"" if in_query else small.answer(query)
        wire = bytearray(query if in_query else answer)
        bit = int(rng.integers(8 * HEADER, 8 * len(wire)))
        wire[bit // 8] ^= 1 << bit % 8
        try:
            scores = np.rint(client.scores(small.answer(bytes(wire)) if in_query else bytes(wire)))
        except MalformedCiphertext:
            outcome["refused"] += 1
        except IntegrityFailure:
            outcome["caught"] += 1
        else:
            outcome["right" if np.array_equal(scores, truth) else "wrong"] += 1
    assert outcome["wrong"] == 0
    assert outcome["caught"] > 100
    assert outcome["refused"] > 0


@settings(max_examples=60)
@given(data=st.data(), which=st.sampled_from(["query", "answer"]))
def test_mutated_wires_are_malformed(small: ScoringServer, data: st.DataObject, which: str) -> None:
    client, answer = asked(small)
    wire = client.query(vector_of(8, 5)) if which == "query" else answer
    change = data.draw(st.sampled_from(["cut", "grow", "header", "residue", "random"]))
    if change == "cut":
        wire = wire[: data.draw(st.integers(0, len(wire) - 1))]
    elif change == "grow":
        wire += data.draw(st.binary(min_size=1, max_size=100))
    elif change == "header":
        at = data.draw(st.integers(0, HEADER - 1))
        wire = wire[:at] + bytes([wire[at] ^ data.draw(st.integers(1, 255))]) + wire[at + 1 :]
    elif change == "residue":
        start = HEADER + (64 if which == "query" else 0)
        at = start + 7 * data.draw(st.integers(0, 2047))
        wire = wire[:at] + b"\xff" * 7 + wire[at + 7 :]
    else:
        wire = data.draw(st.binary(max_size=200))
    with pytest.raises(MalformedCiphertext):
        (small.answer if which == "query" else client.scores)(wire)


def test_wires_of_another_preset_are_malformed(small: ScoringServer) -> None:
    roomy = ScoringServer(ROOMY, catalogue_of(40, 8))
    client = ScoringClient(ROOMY, roomy.published())
    with pytest.raises(MalformedCiphertext):
        small.answer(client.query(vector_of(8, 1)))
    with pytest.raises(MalformedCiphertext, match="not for preset"):
        ScoringClient(COMPACT, roomy.published())
