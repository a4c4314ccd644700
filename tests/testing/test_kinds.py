"""Bugs of the kinds that the kit looks for by kind: at every place, in every run, for every person, in every form."""

import base64
import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backends.dp.plugin import DpParams
from backends.dp.scoring import krr
from backends.dp.scoring.mechanism import ScoringRandomiser
from backends.he import sampling
from backends.he.aggregation.mechanism import HeAggregation
from backends.smpc import dealing, keys, unmasking
from backends.smpc.mechanism import SmpcAggregation
from privacy.boundary.party import SERVER
from privacy.boundary.wire import PUBLIC, Wire, pack
from privacy.errors import WireError
from privacy.guarantees import Guarantee
from privacy.primitives.aggregation import AggregationTask
from privacy.testing import Bench, CheckResult, RandomiserBench, case_for
from privacy.testing.aggregation import sum_case
from privacy.testing.hidden_words import Usual, now_and_then
from privacy.testing.kit import run_check
from privacy.testing.mentions import has_key, mentions
from privacy.testing.randomiser_bench import randomised_case
from privacy.testing.wording import loose_words
from tests.support import planted_sums as toy
from tests.support.planted_queries import Masked, MaskedClient, MaskedServer, Shared, SharedClient

SCORING, LOOKUP = case_for("scoring"), case_for("lookup")
SUMS = sum_case(AggregationTask(6, 8, 1000, 3))


def found(check: str, mechanism: Any, case: Any = SCORING, *, plays: int = 120) -> CheckResult:
    return run_check(check, Bench(mechanism, case, plays=plays, seed=1, patience=5))


def scoring(**client: Any) -> Any:
    """`Masked` with parts of its client replaced."""
    return type("Changed", (Masked,), {"client_role": type("Client", (MaskedClient,), client)})()


def masked(change: Callable[[Any, np.ndarray], np.ndarray]) -> Any:
    """`Masked` with a mask that is changed."""
    return scoring(mask=lambda self, nonce: change(self, MaskedClient.mask(self, nonce).copy()))


class Every5(MaskedClient):
    """Has five masks, one after the other."""

    turn = 0

    def sealed(self, vector: Any, nonce: bytes) -> bytes:
        self.turn += 1
        return nonce + pack(vector.astype(np.uint64) + MaskedClient.mask(self, bytes([self.turn % 5])))

    def mask(self, nonce: bytes) -> Any:
        return MaskedClient.mask(self, bytes([self.turn % 5]))


class BareAtSeven(MaskedClient):
    """Sends a taste bare that has nothing but its eighth entry."""

    bare = False

    def sealed(self, vector: Any, nonce: bytes) -> bytes:
        self.bare = bool(vector[7]) and (vector != 0).sum() == 1
        return super().sealed(vector, nonce)

    def mask(self, nonce: bytes) -> Any:
        return super().mask(nonce) * np.uint64(not self.bare)


class Seventeen(SharedClient):
    """Lets the first server see that record 17 is wanted."""

    def query(self, private: Any) -> Any:
        self.wanted = np.asarray(private.open(self.seat))
        return super().query(private)

    def sets(self) -> Any:
        sets = super().sets().copy()
        sets[self.wanted == 17] = 0
        return sets


def with_client(kind: Any, base: Any = Masked) -> Any:
    return type("Changed", (base,), {"client_role": kind})()


@pytest.mark.parametrize(
    ("mechanism", "case"),
    [
        (with_client(Every5), SCORING),
        (with_client(BareAtSeven), SCORING),
        (with_client(Seventeen, Shared), LOOKUP),
        (masked(lambda self, m: np.resize(m[:20], len(m))), SCORING),
    ],
)
def test_words_that_come_again_are_found_wherever_they_do(mechanism: Any, case: Any) -> None:
    assert found("anew", mechanism, case).passed is False


def test_a_mask_that_two_contributors_share_is_found_whoever_they_are() -> None:
    class Holder(toy.PadHolder):
        def seed(self, party: Any) -> bytes:
            return super().seed(replace(party, index=2) if party.index == 5 else party)

    kind = type("Changed", (toy.Pads,), {"collector": lambda self, seat: Holder(seat)})
    assert found("anew", kind(), SUMS).passed is False
    assert found("anew", toy.Pads(), SUMS).passed is True


def test_what_goes_out_bare_now_and_then_is_found() -> None:
    rare = scoring(mask=lambda self, nonce: MaskedClient.mask(self, nonce) * np.uint64(nonce[0] >= 12))
    result = found("game", rare, plays=400)
    assert result.passed is False
    assert "shows the same words in" in result.detail


def test_words_count_at_places_alone_that_look_random() -> None:
    slot = (SERVER, SERVER, "x", 0)

    def body(plain: bytes) -> dict[Any, bytes]:
        return {slot: b"HEAD" + plain + secrets.token_bytes(24)}

    usual = Usual([body(secrets.token_bytes(4)) for _ in range(8)])
    assert usual.looked_at == 7
    assert [a.count for a in usual.in_place([body(b"bare") for _ in range(2)])] == [1]
    assert not list(usual.in_place([body(secrets.token_bytes(4)) for _ in range(2)]))
    again = body(b"bare")
    assert [a.count for a in usual.anywhere([again, again])] == [4]
    small = Usual([{slot: np.array([secrets.randbelow(2) for _ in range(9)], dtype="<i4").tobytes()} for _ in range(8)])
    assert small.looked_at == 0


def test_a_few_plays_with_the_same_words_are_told_from_none() -> None:
    plays = [secrets.token_bytes(64) for _ in range(200)]
    assert now_and_then(plays) == 0
    assert now_and_then([*plays, *[b"the plain text in the clear" * 2 + secrets.token_bytes(10)] * 3]) == 3


def test_what_is_left_of_the_person_before_is_found() -> None:
    last = [0]

    def sealed(self: Any, vector: Any, nonce: bytes) -> bytes:
        first = nonce[0] & 0xFE | last[0]
        last[0] = int(vector[0] > 0)
        return MaskedClient.sealed(self, vector, bytes([first]) + nonce[1:])

    result = found("game", scoring(sealed=sealed))
    assert result.passed is False
    assert "of the person before: advantage 1.00" in result.detail


def test_what_a_server_keeps_of_one_person_for_the_next_is_found() -> None:
    class Client(MaskedClient):
        def sealed(self, vector: Any, nonce: bytes) -> bytes:
            self.size = len(super().sealed(vector, nonce))
            return super().sealed(vector, nonce)

        def reveal(self, answers: Any) -> Any:
            return super().reveal([replace(a, body=a.body[: -self.size]) for a in answers])

    class Server(MaskedServer):
        kept = b""

        def answer(self, query: Wire) -> Wire:
            answer, kept = super().answer(query), self.kept or bytes(len(query.body))
            self.kept = query.body
            return replace(answer, body=answer.body + kept)

    kind = type("Changed", (Masked,), {"client_role": Client, "server_role": Server})
    assert "in the run before" in found("forwarded", kind()).detail


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "reversed": lambda key: key[::-1],
    "masked by one byte": lambda key: bytes(b ^ 0x5A for b in key),
    "wide": lambda key: np.frombuffer(key, dtype=np.uint8).astype("<i8").tobytes(),
    "a list": lambda key: json.dumps(list(key)).encode(),
    "base 32": base64.b32encode,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_found_in_another_form(form: str) -> None:
    def query(self: Any, private: Any) -> Any:
        yield from MaskedClient.query(self, private)
        yield Wire(SERVER, "aux", PUBLIC, FORMS[form](self.key))

    class Server(MaskedServer):
        def step(self, round_: int, inbox: Any) -> Any:
            return super().step(round_, [w for w in inbox if w.kind != "aux"])

    client = type("Client", (MaskedClient,), {"query": query})
    kind = type("Changed", (Masked,), {"client_role": client, "server_role": Server})
    assert "of client is in a wire to server" in found("keys", kind()).detail


def logs(self: Any, private: Any) -> Any:
    vector = MaskedClient.read(self, private)
    logging.getLogger("of a role").info("read %s", vector.tolist())
    return vector


def prints(self: Any, private: Any) -> Any:
    vector = MaskedClient.read(self, private)
    print("it begins with", vector[0])
    return vector


def logs_key(self: Any) -> bytes:
    key = secrets.token_bytes(32)
    logging.getLogger("of a role").debug("key %s", key.hex())
    return key


def tells(self: Any, answers: Any) -> Any:
    try:
        return MaskedClient.reveal(self, answers)
    except WireError as error:
        raise WireError(f"{error} for {self.asked}") from error


def keeps(self: Any, private: Any) -> Any:
    vector = MaskedClient.read(self, private)
    self.asked = int(vector[0])
    return vector


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"read": logs}, "a private input is logged"),
        ({"read": prints}, "words that depend on the input"),
        ({"new_key": logs_key}, "a key is logged"),
        ({"read": keeps, "reveal": tells}, "words that depend on the input"),
    ],
)
def test_what_is_said_aside_is_heard(parts: dict[str, Any], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert words in found("quiet", scoring(**parts)).detail
    assert found("quiet", sound()).passed is True
    assert capsys.readouterr().out == ""


def sound() -> Any:
    return with_client(MaskedClient)


def test_values_are_found_in_texts_and_numbers_of_others_are_not() -> None:
    value = np.array([812, -377, 245, 3])
    assert mentions("it held [812, -377, 245]", value)
    assert mentions(f"bytes {value.astype('<i8').tobytes().hex()}", np.arange(900, 1000)) is False
    assert not mentions("812 bytes came after 377 ms", value)
    key = secrets.token_bytes(32)
    assert has_key(f"key={base64.b64encode(key).decode()}".encode(), key)
    assert not has_key(secrets.token_bytes(500), key)


def test_words_that_promise_without_a_condition_are_found() -> None:
    bad = ("Your taste is secure.", "Anonymous sums.", "A fully private lookup from the server.")
    assert all(len(loose_words({"statement": text})) == 1 for text in bad)
    fine = ("The server receives it encrypted under the client's key.", "Nothing private is sent to the aggregator.")
    assert not any(loose_words({"statement": text}) for text in fine)
    kind = type("Changed", (Masked,), {"guarantee": lambda self, task: promise("It is anonymous.")})
    assert "says 'anonymous'" in found("guarantee", kind()).detail


def promise(statement: str) -> Guarantee:
    return Guarantee.computational(towards="server", statement=statement, assumption="SHAKE", security_bits=128)


def test_a_seed_of_which_few_bytes_matter_is_found() -> None:
    short = scoring(new_key=lambda self: self.seat.random.bytes(32)[:3] + bytes(29))
    assert "3 bytes of all that is drawn matter" in found("entropy", short).detail
    few = scoring(new_key=lambda self: (secrets.randbits(128) % 4001).to_bytes(32, "big"))
    assert "drew the same key" in found("fresh", few).detail


def test_a_pair_mask_that_is_not_bound_to_its_run_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = keys.pair_mask_key

    def unbound(private: Any, public: bytes, *, directory: bytes, pair: tuple[int, int]) -> bytes:
        return usual(private, public, directory=b"", pair=pair)

    def public(private: Any, other: bytes, *, directory: bytes, pair: tuple[int, int]) -> bytes:
        return keys.digest("pair", directory, *sorted(pair))

    assert found("algebra", SmpcAggregation(), SUMS).passed is True
    for module in (keys, dealing, unmasking):
        monkeypatch.setattr(module, "pair_mask_key", unbound)
    assert "it is not bound to its run" in found("algebra", SmpcAggregation(), SUMS).detail
    for module in (keys, dealing, unmasking):
        monkeypatch.setattr(module, "pair_mask_key", public)
    assert "follow from no key" in found("algebra", SmpcAggregation(), SUMS).detail


def test_a_self_mask_that_is_left_out_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dealing, "self_mask_key", lambda seed, *, directory, owner: bytes(32))
    monkeypatch.setattr(unmasking, "self_mask_key", lambda seed, *, directory, owner: bytes(32))
    result = found("algebra", SmpcAggregation(), SUMS)
    assert "is not its vector under the masks that its keys give" in result.detail


@pytest.mark.parametrize(("name", "words"), [("errors", "is the least"), ("ternary", "is not balanced")])
def test_an_error_or_a_key_of_another_law_is_found(name: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("algebra", HeAggregation(), SUMS).passed is True
    instead = {"errors": lambda self, shape: np.zeros(shape, dtype=np.int64), "ternary": np_abs}[name]
    monkeypatch.setattr(sampling.Sampler, name, instead)
    assert words in found("algebra", HeAggregation(), SUMS).detail


USUAL = sampling.Sampler.ternary


def np_abs(self: Any, shape: Any) -> Any:
    return np.abs(USUAL(self, shape))


@pytest.mark.soak("planted")
def test_a_randomiser_that_is_honest_with_the_usual_topics_alone_is_found() -> None:
    class Late(krr.TopicResponse):
        def release(self, task: Any, vector: Any) -> Any:
            centres = krr.centres_of(task)
            favourite = int((centres @ vector).argmax())
            return np.array(centres[favourite]) if favourite >= 12 else super().release(task, vector)

    class Randomiser(ScoringRandomiser):
        def __init__(self, params: Any = None) -> None:
            super().__init__(params)
            if self.params.mechanism == "krr":
                self._mechanism = Late(self.params)

    bench = RandomiserBench(Randomiser, DpParams(), randomised_case("scoring"), plays=1200, seed=1)
    assert "24 topics" in run_check("settings", bench).detail
    honest = replace(bench, make=ScoringRandomiser)
    assert run_check("settings", honest).passed is True
