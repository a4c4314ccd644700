"""The checks that look at several runs, beside the channel, or at where randomness comes from: what they say, and when.

Planted bugs for each are in test_planted.py; here are the verdicts in between, and the parts that they are made of.
"""

import os
import secrets
import socket
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from privacy.boundary.party import CLIENT, SERVER
from privacy.boundary.wire import PLAINTEXT, Wire, pack
from privacy.errors import BoundaryError
from privacy.guarantees import Guarantee, OutputPrivacy, Strength, Towards
from privacy.mechanism import Mechanism, PrivacyCost
from privacy.testing import Bench, CheckResult, case_for
from privacy.testing.checks.beside import Tallied
from privacy.testing.checks.seeded import Tape
from privacy.testing.counting import games_of
from privacy.testing.game import observers
from privacy.testing.kit import run_check
from privacy.testing.relations import body_relations
from privacy.testing.watch import watching
from tests.support.planted_queries import Masked, MaskedClient, Shared
from tests.support.soaking import in_soak

SCORING, LOOKUP = case_for("scoring"), case_for("lookup")


def changed(**methods: Any) -> Mechanism[Any]:
    """`Masked`, with methods of its client replaced (`client_x`) and of the mechanism itself (`x`)."""
    client = {k.removeprefix("client_"): v for k, v in methods.items() if k.startswith("client_")}
    own = {k: v for k, v in methods.items() if not k.startswith("client_")}
    kind = type("Client", (MaskedClient,), client)
    made: Mechanism[Any] = type("Changed", (Masked,), {"client_role": kind} | own)()
    return made


def found(check: str, mechanism: Mechanism[Any], case: Any = SCORING, **rest: Any) -> CheckResult:
    return run_check(check, Bench(mechanism, case, plays=60, seed=1, patience=5, **rest))


def differential(unit: str, *, epsilon: float = 0.5) -> Callable[..., Guarantee]:
    bound = OutputPrivacy(epsilon, 0.0, unit, "any two", "local", "pure epsilon")
    return lambda self, task: Guarantee((Towards("server", Strength.DIFFERENTIAL, "A claim.", output=bound),))


def refusing(self: Any) -> bytes:
    if self.seat.random.seeded:
        raise BoundaryError("a seeded source makes no keys")
    return secrets.token_bytes(32)


def unmoved(self: Any, vector: np.ndarray, nonce: bytes) -> bytes:
    return nonce + pack(np.zeros(len(vector), dtype=np.uint64))


@pytest.mark.parametrize(
    ("mechanism", "passed", "words"),
    [
        (changed(), True, "the same byte for byte; all 48 random bytes come from the seats"),
        (changed(client_new_key=refusing), True, "a seeded seat is refused"),
        (changed(client_new_key=lambda s: secrets.token_bytes(32)), None, "first in what client sends: it draws from"),
        (changed(client_new_key=lambda s: bytes(range(32)), client_nonce=lambda s: bytes(16)), None, "draws a random"),
        (changed(client_new_key=lambda s: bytes(range(32))), False, "all but 0 are in wires to server"),
        # What does not depend on the input needs no key: here the server is sent random bytes alone.
        (changed(client_new_key=lambda s: bytes(range(32)), client_sealed=unmoved), True, "the same byte for byte"),
    ],
)  # fmt: skip
def test_where_randomness_comes_from(mechanism: Mechanism[Any], passed: bool | None, words: str) -> None:
    result = found("seeded", mechanism)
    assert (result.passed, words in result.detail) == (passed, True), result.detail


def test_a_tape_repeats_itself_and_says_that_it_is_seeded() -> None:
    one, two, other = Tape("a"), Tape("a"), Tape("b")
    assert [one.bytes(9), one.bytes(9)] == [two.bytes(9), two.bytes(9)] == one.drawn
    assert one.seeded
    assert len({one.drawn[0], one.drawn[1], other.bytes(9)}) == 3


@pytest.mark.parametrize("seed", [0, *(in_soak("planted", seed) for seed in range(1, 6))])
def test_no_alarm_over_two_runs_of_what_is_sound(seed: int) -> None:
    for mechanism, case in ((Masked(), SCORING), (Shared(), LOOKUP)):
        result = run_check("linked", Bench(mechanism, case, plays=60, seed=seed))
        assert result.passed is not False, result.detail


def test_what_is_not_hidden_needs_no_check_over_runs() -> None:
    open_claim = changed(guarantee=lambda s, t: Guarantee.none(towards="server"))
    for check, words in (("linked", "hides a repetition"), ("memoised", "more than one"), ("fallback", "given up")):
        result = found(check, open_claim)
        assert (result.passed, words in result.detail) == (None, True)


def test_a_bound_for_one_run_says_nothing_of_many() -> None:
    assert found("memoised", changed(guarantee=differential("query"))).passed is None
    document = found("memoised", changed(guarantee=differential("user")))
    # Fresh masks: many runs tell as little as one.
    assert (document.passed is not False, "64 runs together" in document.detail) == (True, True)
    constant = changed(guarantee=differential("user"), client_sealed=lambda s, v, n: bytes(16) + pack(np.uint64(v)))
    assert found("memoised", constant).detail == "the same input is sent as the same value, run after run"


@pytest.mark.parametrize(("epsilon", "passed"), [(0.5, True), (0.1, False)])
def test_fresh_noise_that_is_charged_for_is_no_fault(epsilon: float, passed: bool) -> None:
    charged = changed(guarantee=differential("user"), cost=lambda s, t: PrivacyCost(epsilon))
    result = found("memoised", charged)
    assert (result.passed, result.detail.startswith("every run is charged for")) == (passed, True)


def test_equal_bytes_and_words_that_moved_are_seen() -> None:
    a, b = (np.random.default_rng(i).bytes(640) for i in (1, 2))
    moved = b"".join(a[i : i + 16] for i in range(624, -1, -16))
    same, apart, turned = body_relations(a, a), body_relations(a, b), body_relations(a, moved)
    assert same.shape == apart.shape == body_relations(b"", a).shape
    assert same[1:18].tolist() == [1.0] * 17
    assert max(apart[2:18]) < 0.2
    # 40 words of 16 bytes, wherever they stand.
    assert (same[-2], turned[-2], apart[-2]) == (40, 40, 0)


def test_a_retry_in_the_clear_is_found_by_its_exposure() -> None:
    def step(self: Any, round_: int, inbox: Any) -> Any:
        if round_ == 3 and not inbox:
            return [Wire(SERVER, "again", PLAINTEXT, pack(self.read(self.secret)))]
        return MaskedClient.step(self, round_, inbox)

    result = found("fallback", changed(client_step=step))
    assert result.passed is False
    assert result.detail == "after no answer client sends 'again' to server in the clear"


def test_a_retry_that_is_masked_again_is_no_fault() -> None:
    def step(self: Any, round_: int, inbox: Any) -> Any:
        if round_ == 3 and not inbox:
            return list(self.query(self.secret))
        return MaskedClient.step(self, round_, inbox)

    result = found("fallback", changed(client_step=step))
    assert (result.passed, result.detail) == (True, "4 bad answers, and more was sent, hidden as well")


def test_a_device_without_a_key_is_not_asked_for_one() -> None:
    assert found("device", Shared(), LOOKUP).detail == "no key is claimed that one party alone would have"
    assert found("device", changed(guarantee=differential("query"), key_holder=lambda s, t: None)).passed is None


def test_a_watch_sees_files_databases_and_connections(tmp_path: Path) -> None:
    path, folder, base = tmp_path / "note", tmp_path / "folder", tmp_path / "base.db"
    with watching() as watch:
        path.write_text("by nobody")
        with watch.acting(CLIENT):
            path.write_text("by the client")
            folder.mkdir()
            sqlite3.connect(base).close()
            (tmp_path / "own").write_text("read by nobody else")
        with watch.acting(SERVER):
            path.read_text()
            os.listdir(folder)
            sqlite3.connect(base).close()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
                line.sendto(b"x", ("127.0.0.1", 9))
    assert {(Path(p).name, w, o) for p, w, o in watch.shared()} == {
        (name, CLIENT, SERVER) for name in ("note", "folder", "base.db")
    }
    assert watch.talking == {SERVER: "socket.sendto"}
    path.write_text("after the watch")
    assert len(watch.written) == 4


def test_a_watch_follows_the_threads_of_a_party_and_no_others(tmp_path: Path) -> None:
    def write(name: str) -> threading.Thread:
        return threading.Thread(target=lambda: (tmp_path / name).write_text("x"))

    go = threading.Event()
    host = threading.Thread(target=lambda: go.wait(5) and (tmp_path / "host").write_text("x"))
    host.start()
    with watching() as watch, watch.acting(CLIENT):
        own = write("own")
        own.start()
        own.join()
        go.set()
        host.join()
    assert {Path(p).name for p in watch.written} == {"own"}


def test_bytes_that_a_transcript_does_not_count_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    mechanism = Masked()
    assert found("bytes", mechanism).passed is True
    with monkeypatch.context() as patched:
        patched.setattr(Tallied, "transport", lambda s, sealed: (s.sizes.append(len(sealed) + 1), sealed)[1])
        assert "bytes are declared and" in found("bytes", mechanism).detail


def test_every_game_of_every_check_counts() -> None:
    assert games_of(Masked(), SCORING) == 4
    assert games_of(Shared(), LOOKUP) == 8
    assert games_of(changed(guarantee=differential("user")), SCORING) == 4
    assert games_of(changed(guarantee=lambda s, t: Guarantee.none(towards="server")), SCORING) == 1
    assert len(observers(Masked(), SCORING)) == 1


class Loose(Masked):
    """Any output is near enough."""

    def tolerance(self, task: Any) -> float:
        return 1e9


def test_an_answer_is_not_told_apart_by_a_loose_tolerance() -> None:
    result = found("device", Loose())
    assert (result.passed, result.detail) == (None, "within the declared tolerance all outputs are alike")
