"""A round of a survey as the Server view shows it: its wires, what they read as, and what coalitions learn."""

from pathlib import Path

import pytest

from privacy.coalitions import coalition_view, parties, seen_by
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.stacks import code_of
from tests.support.rounds import first
from workloads.survey.round import SurveyRound

SPEC = discover().workload("survey")
OPTIONS = {"devices": 6, "minimum": 3, "dropouts": 0.0}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


def reading(message, run: SurveyRound):
    return code_of(SPEC).reads(message, run)


def shown(stack: str, **options: object) -> SurveyRound:
    query = RunRequest(workload="survey", stack=stack, options=OPTIONS | options)
    found, _ = first(query)
    return found


@pytest.mark.parametrize("stack", ["plain", "he", "dp", "dp+he"])
def test_a_round_is_plain_data_that_can_be_kept(stack: str) -> None:
    run = shown(stack)
    assert SurveyRound.from_json(run.to_json()) == run
    assert run.included == [1, 2, 3, 4, 5, 6]
    assert {m["step"] for m in run.messages if m["phase"] == "run"} == {"aggregation"}
    assert sum(run.answer.values()) == pytest.approx(1.0) or run.randomised
    assert run.noised_on_device == (stack == "dp+he")


def test_the_clear_is_read_from_the_wires_and_contradicts_nothing() -> None:
    run = shown("plain")
    found = [reading(m, run) for m in run.messages]
    assert [f.holds for f in found] == ["vector"] * 6 + ["sum"]
    assert not any(f.contradicts for f in found)


def test_a_hidden_vector_that_is_readable_after_all_contradicts_its_declaration() -> None:
    run = shown("plain")
    run.messages[0]["exposure"] = "ciphertext"
    assert reading(run.messages[0], run).contradicts
    run.vectors = {name: [7] * len(v) for name, v in run.vectors.items()}
    run.messages[1]["exposure"] = "share"
    assert (reading(run.messages[1], run).holds, reading(run.messages[1], run).contradicts) == ("sent", True)


def test_ciphertexts_read_as_nothing_and_the_sum_is_the_collectors() -> None:
    run = shown("he")
    to_aggregator = [m for m in run.messages if m["receiver"] == "aggregator" and m["phase"] == "run"]
    assert {reading(m, run).holds for m in to_aggregator} == {""}


def test_a_value_noised_on_the_device_is_what_was_sent_not_the_vector() -> None:
    run = shown("dp+he")
    assert all(run.sent[name] != run.vectors[name] for name in run.vectors)


def test_parties_stand_in_order_and_a_coalition_sees_what_its_members_got() -> None:
    run = shown("plain", devices=11)
    assert parties(run) == ["aggregator", "collector", *(f"contributor-{i}" for i in range(1, 12))]
    view = coalition_view(run, SPEC, ["collector"])
    assert [w["kind"] for w in view.wires] == ["sum"]
    assert any("Towards collector" in s.text for s in view.sentences)
    assert len(seen_by(run.messages, ["aggregator"])) == 11
    assert coalition_view(run, SPEC, []).sentences == []


def test_all_but_one_and_the_collector_hold_what_the_last_one_holds() -> None:
    run = shown("he")
    names = [f"contributor-{i}" for i in range(1, 6)]
    text = " ".join(s.text for s in coalition_view(run, SPEC, [*names, "collector"]).sentences)
    assert "vector of contributor-6: one device is left" in text
    text = " ".join(s.text for s in coalition_view(run, SPEC, [*names[:2], "collector"]).sentences)
    assert "sum of the 4 other devices" in text
    assert "less their own" not in " ".join(s.text for s in coalition_view(run, SPEC, names).sentences)
    assert "hold their own input" in " ".join(s.text for s in coalition_view(run, SPEC, names).sentences)
