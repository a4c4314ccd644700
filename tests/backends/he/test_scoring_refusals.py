"""What HE scoring refuses: unusable vectors, foreign, altered and malformed wires, and overflow."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.he.scoring.client import ScoringClient
from backends.he.scoring.layout import IntegrityFailure
from backends.he.scoring.presets import PRESETS
from backends.he.scoring.server import ScoringServer
from backends.he.seal_format import MalformedCiphertext
from tests.support.he_vectors import catalogue_of, vector_of

EXACT, FAST = PRESETS["exact"], PRESETS["fast"]
HEADER, SEED = 20, 16


@pytest.fixture(scope="module")
def small() -> ScoringServer:
    return ScoringServer(EXACT, catalogue_of(40, 8))


def order(server: ScoringServer, *, seed: int = 5) -> tuple[ScoringClient, bytes]:
    client = ScoringClient(EXACT, server.published())
    return client, server.answer(client.query(vector_of(server.scales.dims, seed)))


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
    client = ScoringClient(EXACT, small.published())
    with pytest.raises(ValueError, match=why):
        client.query(vector)


def test_a_client_without_query_or_key_says_so(small: ScoringServer) -> None:
    client, answer = order(small)
    with pytest.raises(ValueError, match="call query first"):
        ScoringClient(EXACT, small.published()).scores(answer)
    client.forget()
    calls = (lambda: client.scores(answer), lambda: client.query(np.ones(8, int)), client.secret_key_bytes)
    for call in calls:
        with pytest.raises(ValueError, match="dropped its key"):
            call()


def test_an_answer_under_another_key_is_caught_and_drops_the_key(small: ScoringServer) -> None:
    _, answer = order(small)
    other, own = order(small)
    with pytest.raises(IntegrityFailure, match="another key"):
        other.scores(answer)
    with pytest.raises(ValueError, match="dropped its key"):
        other.scores(own)


def test_an_answer_to_another_vector_or_catalogue_is_caught(small: ScoringServer) -> None:
    client, answer = order(small, seed=1)
    client.query(vector_of(8, 2))
    with pytest.raises(IntegrityFailure):
        client.scores(answer)
    client = ScoringClient(EXACT, small.published())
    other = ScoringServer(EXACT, catalogue_of(40, 8, kind="alike"))
    assert other.scales.product != small.scales.product
    with pytest.raises(IntegrityFailure):
        client.scores(other.answer(client.query(vector_of(8, 3))))


def test_swapped_blocks_are_caught() -> None:
    server = ScoringServer(EXACT, catalogue_of(8000, 8))
    client, answer = order(server)
    half = (len(answer) - HEADER) // 2
    swapped = answer[:HEADER] + answer[HEADER + half :] + answer[HEADER : HEADER + half]
    with pytest.raises(IntegrityFailure, match="sentinel of block 0"):
        client.scores(swapped)


def test_overflow_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    small_room = dataclasses.replace(EXACT, headroom=1.0)
    monkeypatch.setitem(PRESETS, "exact", small_room)
    catalogue = catalogue_of(4000, 8)
    server = ScoringServer(small_room, catalogue)
    client = ScoringClient(small_room, server.published())
    with pytest.raises(IntegrityFailure):
        client.scores(server.answer(client.query(catalogue[0])))


def test_200_flipped_bits_never_give_wrong_scores(small: ScoringServer) -> None:
    rng = np.random.default_rng(4)
    vector = vector_of(8, 5)
    truth = catalogue_of(40, 8) @ vector
    outcome = {"refused": 0, "caught": 0, "right": 0, "wrong": 0}
    for turn in range(200):
        client = ScoringClient(EXACT, small.published())
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
    client, answer = order(small)
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
        at = HEADER + (SEED if which == "query" else 0) + 4 * data.draw(st.integers(0, 2 * 4096 - 1))
        wire = wire[:at] + b"\xff" * 4 + wire[at + 4 :]
    else:
        wire = data.draw(st.binary(max_size=200))
    with pytest.raises(MalformedCiphertext):
        (small.answer if which == "query" else client.scores)(wire)


def test_wires_of_another_preset_are_malformed(small: ScoringServer) -> None:
    fast = ScoringServer(FAST, catalogue_of(40, 8))
    client = ScoringClient(FAST, fast.published())
    with pytest.raises(MalformedCiphertext):
        small.answer(client.query(vector_of(8, 1)))
    with pytest.raises(MalformedCiphertext, match="not for preset"):
        ScoringClient(EXACT, fast.published())
