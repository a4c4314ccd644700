"""What the wires of a run show: the view of coalitions, the sentences towards them, and what is read from bytes."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.boundary.wire import begins_packed, pack
from privacy.coalitions import coalition_view, parties, seen_by
from privacy.guarantees import Guarantee, OutputPrivacy, Strength, Towards
from privacy.registry import Entry, Registry, discover
from privacy.request import RunRequest
from privacy.stacks import code_of
from tests.support import EXAMPLE
from tests.support.rounds import first
from workloads.fyp.round import FeedRound

sys.path.insert(0, str(EXAMPLE))

SPEC = discover().workload("fyp")
NAMES = ("client", "server", "server-1", "server-2", "helper")
wire = st.builds(
    lambda seq, sender, receiver, via: {"seq": seq, "sender": sender, "receiver": receiver, "via": via, "bytes": seq},
    st.integers(0, 99), st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from((None, *NAMES)),
)  # fmt: skip
coalitions = st.sets(st.sampled_from(NAMES))


def reading(message, run: FeedRound):
    return code_of(SPEC).reads(message, run)


def run_of(stack: str) -> FeedRound:
    from veilbench_shares.plugin import register_backends

    (spec,) = register_backends()
    # Without its lookup, so that the fetch falls back to plain.
    spec = replace(spec, implements={"scoring": spec.implements["scoring"]})
    registry = Registry(
        [*discover().entries, Entry(spec.id, "veilbench_shares.plugin", False, spec)], discover().workload_entries
    )
    return first(RunRequest(stack=stack), registry)[0]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))


@given(st.lists(wire), coalitions, coalitions)
def test_a_larger_coalition_sees_no_less(messages: list[dict[str, Any]], some: set[str], more: set[str]) -> None:
    few, many = seen_by(messages, some), seen_by(messages, some | more)
    assert all(m in many for m in few)
    assert many == [m for m in messages if m in few or m in seen_by(messages, more)]
    assert seen_by(messages, set()) == []
    assert seen_by(messages, NAMES) == messages


def test_the_filter_is_that_of_the_transcript() -> None:
    run, transcript = first(RunRequest(stack="he"))
    everyone = {m.receiver for m in transcript.messages}
    for party in everyone:
        view = transcript.view({party})
        assert [m["seq"] for m in seen_by(run.messages, {party.name})] == [m.seq for m in view.messages]
        assert coalition_view(run, SPEC, {party.name}).bytes == view.bytes


def test_plain_shows_the_taste_and_local_sends_nothing() -> None:
    run = run_of("plain")
    assert parties(run) == ["client", "server"]
    found = [reading(m, run) for m in run.messages]
    assert [r.holds for r in found] == ["taste", "", "items", ""]
    assert found[0].found == "reads as 64 numbers: the taste, digit for digit"
    assert not any(r.contradicts for r in found)
    view = coalition_view(run, SPEC, ["server"])
    assert [s.tone for s in view.sentences] == ["bad", "bad"]
    local = run_of("local")
    assert coalition_view(local, SPEC, ["server"]).wires == []
    assert all("too many to be kept whole" in reading(m, local).found for m in local.messages)


def test_ciphertexts_read_as_nothing_and_releases_are_not_the_taste() -> None:
    run = run_of("dp+he")
    query = next(m for m in run.messages if m["kind"] == "query")
    assert reading(query, run).found == "no numbers can be read from it"
    dp = run_of("dp")
    vector, fetch = (m for m in dp.messages if m["receiver"] == "server")
    assert reading(vector, dp).holds == "release"
    assert "not the taste" in reading(vector, dp).found
    assert "chosen items are among them" in reading(fetch, dp).found


@pytest.mark.parametrize(("exposure", "wrong"), [("ciphertext", True), ("randomised", True), ("plaintext", False)])
def test_a_taste_under_another_name_contradicts_what_is_declared(exposure: str, wrong: bool) -> None:
    run = run_of("plain")
    assert reading(run.messages[0] | {"exposure": exposure}, run).contradicts is wrong


def test_the_device_holds_the_taste_by_definition() -> None:
    view = coalition_view(run_of("he"), SPEC, ["server", "client"])
    assert view.members == ("client", "server")
    (wording,) = view.sentences
    assert "holds the taste" in wording.text
    assert wording.tone == "bad"
    assert set(view.own) == {"client", "server"}


def test_two_servers_that_were_not_to_collude_lose_their_guarantee() -> None:
    run = run_of("shares")
    assert parties(run) == ["client", "server", "server-1", "server-2"]
    (alone,) = coalition_view(run, SPEC, ["server-1"]).sentences
    assert alone.tone == "good"
    assert "not collude" in alone.text
    (both,) = coalition_view(run, SPEC, ["server-1", "server-2"]).sentences
    assert both.tone == "bad"
    assert "the assumption fails" in both.text
    # Whoever answers the fetch is another party: its own sentence stands beside.
    assert [s.about for s in coalition_view(run, SPEC, ["server", "server-1", "server-2"]).sentences] == [
        "Scoring",
        "Fetch",
    ]


def test_what_was_randomised_first_is_left_when_servers_collude() -> None:
    run = run_of("shares")
    bound = OutputPrivacy(2.0, 0.0, "user", "any", "local", "pure")
    rows = tuple(replace(t, output=bound) for t in run.steps["scoring"].towards)
    run.steps["scoring"] = Guarantee(rows)
    (both,) = coalition_view(run, SPEC, ["server-1", "server-2"]).sentences
    assert "epsilon 2 for one user" in both.text


def test_a_party_that_nothing_is_said_of_is_named() -> None:
    run = run_of("plain")
    run.steps = {"scoring": Guarantee((Towards("server", Strength.NONE, "It reads all."),))}
    run.messages[0]["via"] = "helper"
    assert "helper" in parties(run)
    view = coalition_view(run, SPEC, ["helper"])
    assert [m["seq"] for m in view.wires] == [0]
    assert "Nothing is declared towards helper" in view.sentences[0].text
    assert coalition_view(run, SPEC, []).sentences == []


def test_a_part_of_a_packed_array_is_known_by_its_beginning() -> None:
    assert begins_packed(pack([1, 2, 3])[:20])
    assert not begins_packed(b"VBA1")
    assert not begins_packed(b"VBA1zzzz" + bytes(20))
    assert not begins_packed(b"")
