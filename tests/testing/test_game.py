"""The statistics of the game, the features it reads, and the search for keys."""

import base64
import gzip
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from privacy.attacks.features import BODY_FEATURES, VIEW_FEATURES, body_features, inflate, sample_bytes, view_features
from privacy.boundary.party import CLIENT, SERVER
from privacy.boundary.transcript import Message, View
from privacy.boundary.wire import CIPHERTEXT
from privacy.guarantees import OutputPrivacy, Strength, Towards
from privacy.testing.cases import case_for
from privacy.testing.checks.keys import contains_key, forms_of, readings
from privacy.testing.game import FALSE_ALARMS, Recorder, best_guess, bounds, family_level, threshold, toss
from tests.support.soaking import in_soak

CASE = case_for("scoring")
RNG = np.random.default_rng(11)
LEVEL = family_level(games=4)


def view(*bodies: bytes) -> View:
    messages = tuple(
        Message(i, "run", 1, i, CLIENT, SERVER, None, "vector", CIPHERTEXT, len(b) + 200, len(b), "", b)
        for i, b in enumerate(bodies)
    )
    return View(frozenset({SERVER}), messages, {})


def lower_bound(send: Callable[[np.ndarray], bytes], *, plays: int = 200, seed: int = 5) -> float:
    """The lower bound of the advantage against a synthetic sender."""
    coins, recorder = toss(plays, seed=seed), Recorder(plays=plays)
    for coin in coins:
        recorder.add(view(send(CASE.x1 if coin else CASE.x0)))
    _, right, n = best_guess(recorder, coins, seed=0)
    return bounds(right, n, alpha=LEVEL)[0]


def noise(count: int) -> np.ndarray:
    return RNG.integers(0, 2**32, count, dtype=np.uint32)


REUSED = noise(32)


@pytest.mark.parametrize(
    "send",
    [
        lambda x: (x / 256).astype("<f4").tobytes(),
        lambda x: (x.astype(np.uint32) + REUSED).tobytes(),
        lambda x: ((x * 256).astype(np.uint32) + (noise(32) & 0xFFFF)).tobytes(),
        lambda x: zlib.compress((x / 256 + 1e-6 * RNG.normal(size=32)).astype("<f4").tobytes()),
        lambda x: RNG.permutation(x / 256).astype("<f4").tobytes(),
        lambda x: RNG.bytes(40_000) + bytes([int((x > 0).sum())]) + RNG.bytes(3_000),
        # What a predecessor called homomorphic encryption: numbers cast to bytes, and one fixed byte over them.
        lambda x: bytes(b ^ 0x5A for b in (x & 0xFF).astype(np.uint8).tobytes()),
    ],
    ids=["floats", "reused mask", "16-bit mask", "compressed", "permuted", "a byte in the middle", "one-byte XOR"],
)
def test_game_wins_against_broken_senders(send: Callable[[np.ndarray], bytes]) -> None:
    assert lower_bound(send) > 0


@pytest.mark.parametrize("seed", [0, 1, *(in_soak("planted", seed) for seed in range(2, 8))])
def test_no_alarm_on_200_views_of_random_bytes(seed: int) -> None:
    source = np.random.default_rng(100 + seed)
    assert lower_bound(lambda _: source.bytes(2_000), seed=seed) <= 0


def test_no_alarm_when_all_views_are_the_same() -> None:
    assert lower_bound(lambda _: b"the same") <= 0
    assert lower_bound(lambda _: b"") <= 0


@pytest.mark.parametrize("n", [20, 100, 200, 1000])
def test_a_fair_coin_is_accused_no_more_often_than_stated(n: int) -> None:
    accused = [k for k in range(n + 1) if bounds(k, n, alpha=LEVEL)[0] > 0]
    chance = sum(binom.pmf(k, n, 0.5) for k in accused)
    assert accused
    assert chance <= LEVEL
    # Two distinguishers in each of four games: the whole suite stays at its level.
    assert 8 * chance <= FALSE_ALARMS


def test_threshold_follows_the_claim() -> None:
    def claim(epsilon: float, delta: float = 0.0) -> Towards:
        output = OutputPrivacy(epsilon, delta, "vector", "any two", "local", "pure")
        return Towards("server", Strength.DIFFERENTIAL, "A claim.", output=output)

    assert threshold(None) == threshold(Towards("server", Strength.COMPUTATIONAL, "A claim.")) == 0
    assert threshold(claim(np.log(3))) == pytest.approx(0.5)
    assert threshold(claim(np.log(3), 0.1)) == pytest.approx(0.55)
    assert threshold(claim(1e9, 0.5)) == 1


def test_coins_come_from_the_system_unless_seeded() -> None:
    assert (toss(100, seed=1) == toss(100, seed=1)).all()
    assert (toss(200, seed=None) != toss(200, seed=None)).any()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=400), max_size=6))
def test_features_have_one_length_and_are_finite(bodies: list[bytes]) -> None:
    found = view_features(view(*bodies))
    assert found.shape == (VIEW_FEATURES,)
    assert np.isfinite(found).all()
    assert all(body_features(b).shape == (BODY_FEATURES,) for b in bodies)


@given(st.binary(max_size=3000), st.integers(64, 2000))
def test_sampled_bytes_stand_at_fixed_places(data: bytes, limit: int) -> None:
    found = sample_bytes(data, limit=limit)
    assert found.shape == (limit,)
    assert found[: min(len(data), limit // 2)].tobytes() == data[: limit // 2]


def test_inflate_reads_zlib_and_gzip_and_nothing_else() -> None:
    text = b"a taste that should not be here"
    assert inflate(b"head" + zlib.compress(text)) == text
    assert inflate(gzip.compress(text)) == text
    assert inflate(b"") == inflate(b"x\x9cnot a stream at all") == b""


KEY = bytes(np.random.default_rng(1).integers(0, 256, 640, dtype=np.uint8))
TERNARY = np.random.default_rng(2).integers(-1, 2, 2048).astype("<i8").tobytes()
BALLAST = bytes(np.random.default_rng(3).integers(0, 256, 5000, dtype=np.uint8))


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (BALLAST + KEY, KEY),
        (BALLAST + KEY[101:134] + BALLAST, KEY),
        (b"\0" + TERNARY + BALLAST, TERNARY),
        (BALLAST + KEY[:16], KEY[:16]),
        (BALLAST + KEY[:24] + BALLAST, KEY[:24]),
    ],
    ids=["whole", "33 bytes of it", "ternary", "16-byte key", "24-byte key"],
)
def test_a_key_in_a_body_is_found(body: bytes, key: bytes) -> None:
    assert contains_key(body, key)


@pytest.mark.parametrize(
    ("body", "key", "constant"),
    [
        (BALLAST, KEY, b""),
        (BALLAST + KEY[:24], KEY, b""),
        (bytes(9000), bytes(64) + KEY, b""),
        (bytes(9000), TERNARY, b""),
        (BALLAST + KEY[:320] + BALLAST, KEY, KEY[:320] + bytes(320)),
        (b"short", KEY, b""),
        (BALLAST, b"", b""),
    ],
    ids=["absent", "24 of 640 bytes", "zeros", "zeros of a ternary key", "public header", "short body", "no key"],
)
def test_what_is_no_key_is_not_found(body: bytes, key: bytes, constant: bytes) -> None:
    assert not contains_key(body, key, constant=constant)


@pytest.mark.parametrize("wrap", [zlib.compress, base64.b64encode, bytes.hex, lambda k: base64.b64encode(b"x" + k)])
def test_a_wrapped_key_is_found(wrap: Callable[[bytes], bytes | str]) -> None:
    wrapped = wrap(KEY)
    body = b"head" + (wrapped.encode() if isinstance(wrapped, str) else wrapped) + b"tail"
    assert any(contains_key(reading, form) for reading in readings(body) for form in forms_of(KEY))
