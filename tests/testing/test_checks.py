"""Every check can fail: small variations of a plugin without a bug, each with one."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from privacy.boundary.wire import EVALUATION_KEY, PLAINTEXT, PUBLIC, Wire, pack
from privacy.deadline import within
from privacy.guarantees import Guarantee, OutputPrivacy, Strength, Towards
from privacy.mechanism import Mechanism
from privacy.registry import load_file
from privacy.testing.bench import Bench, CheckResult
from privacy.testing.cases import case_for, supported
from privacy.testing.kit import run_check
from tests.support import PLANTED

sound = load_file(PLANTED / "sound.py")


def made(**parts: Any) -> Mechanism[Any]:
    """`SoundScoring` with some methods of the mechanism (`tolerance`), client (`client_x`) or server replaced."""
    roles = {}
    for side, base in (("client", sound.SoundClient), ("server", sound.SoundServer)):
        methods = {k.removeprefix(f"{side}_"): v for k, v in parts.items() if k.startswith(side)}
        roles[side] = type(f"Changed{base.__name__}", (base,), methods)
    own = {k: v for k, v in parts.items() if not k.startswith(("client", "server"))}
    own |= {side: (lambda self, seat, kind=kind: kind(seat)) for side, kind in roles.items()}
    mechanism: Mechanism[Any] = type("Changed", (sound.SoundScoring,), own)()
    return mechanism


def found(check: str, **parts: Any) -> CheckResult:
    return run_check(check, Bench(made(**parts), case_for("scoring"), plays=60, seed=1, patience=0.1))


def sending(change: Callable[[Any, Wire], Wire]) -> Callable[..., Any]:
    """A client's `query` whose one wire is changed."""

    def query(self: Any, private: Any) -> Any:
        for wire in sound.SoundClient.query(self, private):
            self.vector = private.open(self.seat)
            yield change(self, wire)

    return query


def padded(client: Any, wire: Wire) -> Wire:
    return replace(wire, body=wire.body + bytes(abs(int(client.vector[0])) % 7))


def trimming_answer(self: Any, query: Wire) -> Wire:
    return sound.SoundServer.answer(self, replace(query, body=query.body[: 17 + 8 * 32]))


def constant_key(self: Any) -> list[Wire]:
    return [Wire(sound.SERVER, "key", EVALUATION_KEY, b"always the same")]


def unchecked_query(self: Any, private: Any) -> Any:
    self._mask = np.zeros(32, dtype=np.uint64)
    vector = np.resize(np.nan_to_num(np.asarray(private.open(self.seat), dtype=np.float64)), 32)
    yield Wire(sound.SERVER, "masked", PLAINTEXT, pack(vector.astype(np.int64).astype(np.uint64)))


def careless_answer(self: Any, query: Wire) -> Wire:
    masked = np.frombuffer(query.body[17:], dtype="<u8").reshape(32)
    return Wire(query.sender, "scores", PUBLIC, pack(self.seat.own.astype(np.uint64) @ masked))


def endless_answer(self: Any, query: Wire) -> Wire:
    if query.body[:4] != b"VBA1":
        time.sleep(0.3)
    return sound.SoundServer.answer(self, query)


class Still:
    """A source of randomness that never changes."""

    seeded = True

    def bytes(self, count: int) -> bytes:
        return (b"0123456789abcdef" * count)[:count]


def still_key(self: Any, private: Any) -> Any:
    self.seat.random = Still()
    yield from sound.SoundClient.query(self, private)


def towards(strength: Strength, **rest: Any) -> Callable[..., Guarantee]:
    return lambda self, task: Guarantee((Towards("server", strength, rest.pop("statement", "A claim."), **rest),))


@pytest.mark.parametrize(
    ("check", "parts", "words"),
    [
        ("error", {"client_reveal": lambda s, a: sound.SoundClient.reveal(s, a) + 1}, "largest difference 1 "),
        ("error", {"client_reveal": lambda s, a: sound.SoundClient.reveal(s, a)[:-1]}, "difference inf"),
        ("error", {"tolerance": lambda s, t: float("inf")}, "declared tolerance is inf"),
        ("error", {"client_reveal": lambda s, a: 1 / 0}, "ZeroDivisionError"),
        ("length", {"client_query": sending(padded), "server_answer": trimming_answer}, "different sequences"),
        ("bad-input", {"client_query": unchecked_query}, "NaN: accepted"),
        ("envelope", {"client_forget": lambda s: None}, "client still holds keys"),
        ("malformed", {"server_answer": careless_answer}, "raised ValueError"),
        ("malformed", {"server_answer": endless_answer}, "no answer within"),
        ("keys", {"client_query": unchecked_query}, "registered no key"),
        ("keys", {"client_query": still_key}, "hold the same keys"),
        ("keys", {"key_holder": lambda s, t: sound.SERVER}, "client holds keys and is not the key holder"),
        ("fresh", {"client_query": still_key}, "5 of 6 bodies were seen before"),
        ("fresh", {"client_publish": constant_key}, "1 of 8"),
        ("guarantee", {"guarantee": lambda s, t: Guarantee(())}, "nothing is said of server"),
        ("guarantee", {"guarantee": towards(Strength.COMPUTATIONAL, statement=" ")}, "server is empty"),
        ("guarantee", {"guarantee": towards(Strength.COMPUTATIONAL)}, "names no assumption"),
        ("guarantee", {"guarantee": towards(Strength.DIFFERENTIAL)}, "without a finite epsilon"),
        ("guarantee", {"client_query": unchecked_query}, "is sent plaintext under the claim 'computational'"),
        ("guarantee", {"client_query": sending(lambda s, w: Wire(w.to, w.kind, PUBLIC, w.body))}, "declared public"),
        ("game", {"client_query": unchecked_query}, "advantage 1.00"),
    ],
)  # fmt: skip
def test_check_fails_for_what_it_is_meant_for(check: str, parts: dict[str, Any], words: str) -> None:
    result = found(check, **parts)
    assert result.passed is False
    assert words in result.detail


def test_nothing_claimed_and_nothing_won_is_information() -> None:
    result = found("game", guarantee=lambda s, t: Guarantee.none(towards="server"))
    assert result.passed is None
    assert "shows nothing" in result.detail


def test_a_differential_claim_admits_what_its_epsilon_admits() -> None:
    output = OutputPrivacy(8.0, 0.0, "vector", "any two", "local", "pure")
    parts = {"guarantee": towards(Strength.DIFFERENTIAL, output=output), "client_query": unchecked_query}
    # 30 right guesses of 30 are no evidence against an admitted accuracy of 0.9997: nor is it one for the claim.
    assert found("game", **parts).passed is None


def test_published_client_material_is_in_every_view() -> None:
    leak = {"client_publish": lambda s: [Wire(sound.SERVER, "key", EVALUATION_KEY, s.seat.random.bytes(64))]}
    assert found("game", **leak).passed is not False


@pytest.mark.parametrize("primitive", supported())
def test_cases_are_valid_and_their_bad_inputs_are_bad(primitive: str) -> None:
    case = case_for(primitive)
    rng = np.random.default_rng(0)
    shape = case.reference(case.x0).shape
    for secret in (*case.extremes, *(case.random_secret(rng) for _ in range(5))):
        assert case.reference(secret).shape == shape
    # The result of a query is the client's own; a sum is for others, and must be the same.
    assert np.array_equal(case.reference(case.x0), case.reference(case.x1)) == (primitive == "aggregation")
    assert {"NaN", "infinity", "empty", "floats", "very long"} <= set(case.bad)


def test_within_passes_results_and_errors_on() -> None:
    assert within(5, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)
