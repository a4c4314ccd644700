"""The survey workload: rounds under every stack, the record, the catalogue and the command line."""

import json
from pathlib import Path

import numpy as np
import pytest

from privacy import lab
from privacy.attacks.audit_sum import divisor_depends_on_count
from privacy.cli import main
from privacy.errors import ParamError, UnknownNameError
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.stacks import code_of, offered
from tests.support.rounds import held as a_round
from tests.support.rounds import question as read
from tests.support.survey_requests import SMALL, request
from workloads.survey.options import QUESTIONS, SurveyOptions
from workloads.survey.round import answer_of

STACKS = ("plain", "smpc", "he", "dp", "dp+smpc", "dp+he")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


# Rounds


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_stack_answers_every_question(stack: str, question: str) -> None:
    query = a_round(request(stack, question=question))
    apart = np.abs(query.release.sum.total - query.total).max()
    assert len(query.release.sum.included) <= 30
    assert query.service.guarantee.observer("collector") is not None
    if "dp" in stack:
        assert apart > 0
    else:
        assert apart <= query.service.mechanism.tolerance(query.service.carried)


def test_noise_is_the_aggregators_in_the_clear_and_the_devices_where_it_reads_nothing() -> None:
    central, shared = a_round(request("dp")), a_round(request("dp+he"))
    assert central.service.task.noise_shares == 0
    # Two thirds must stay, so that each device's share is little more than its part.
    assert shared.service.task.noise_shares == shared.service.task.minimum == 20
    assert all(np.array_equal(central.release.sent[p], v) for p, v in central.vectors.items())
    assert not any(np.array_equal(shared.release.sent[p], v) for p, v in shared.vectors.items())
    assert central.service.guarantee.observer("aggregator").output is None
    assert shared.service.guarantee.observer("aggregator").output is not None


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_noised_answer_does_not_depend_on_how_many_took_part(question: str) -> None:
    query = read(request("dp", question=question))

    def estimate(total: np.ndarray, count: int) -> np.ndarray:
        return np.array(answer_of(query, total, count=count).values)

    assert not divisor_depends_on_count(estimate, length=query.survey.length)
    open_ = read(request("plain", question="mean"))
    assert divisor_depends_on_count(lambda t, n: np.array(answer_of(open_, t, count=n).values), length=1)


def test_sampling_that_the_noise_counts_on_is_the_surveys_own_and_its_cohort_is_not_told() -> None:
    with pytest.raises(ParamError, match="to the same value"):
        read(RunRequest(workload="survey", stack="dp", params={"sampling": 0.5}, options=SMALL))
    options = SMALL | {"share": 0.5, "minimum": 2, "devices": 60}
    record = lab.run(RunRequest(workload="survey", stack="dp", params={"sampling": 0.5}, options=options))
    assert record.metric("included").value is None
    assert record.params["population"] == 60
    assert any("with 60 clients" in note for note in record.notes)
    assert any("bound without sampling" in note for note in record.notes)


def test_too_few_devices_are_a_record_of_the_failure() -> None:
    record = lab.run(request(share=0.1, minimum=25))
    assert "25 are needed" in (record.failure or "")
    assert record.metrics == []


# The record, the catalogue, the command line


def test_a_record_holds_every_metric_and_no_cell_of_a_device() -> None:
    record = lab.run(request("he", devices=40))
    keys = {m.key for m in record.metrics}
    spec = discover().workload("survey")
    assert keys >= {f.key for f in spec.figures if not f.control}
    assert record.params == {
        k: v for k, v in record.params.items() if k in ("sum_scheme", "flooding_bits", "sum_releases")
    }
    assert record.steps["aggregation"] == record.guarantee
    assert record.data_hash == code_of(spec).data_hash(request(), SurveyOptions())


def test_a_record_has_the_answer_with_its_labels_and_the_truth_of_the_file(people: str) -> None:
    for question in ("histogram", "heavy"):
        record = lab.run(request("plain", data=people, column="town", question=question, minimum=2, dropouts=0.0))
        assert record.settings["answer"] == pytest.approx({"Ulm": 0.6, "Bonn": 0.4})
        assert record.settings["truth"] == pytest.approx({"Ulm": 0.6, "Bonn": 0.4})
    assert record.settings["rounds"] == 20
    found = record.as_dict()["answer"]
    assert [(line["label"], line["truth"]) for line in found] == [("Ulm", 0.6), ("Bonn", 0.4)]


def test_a_parameter_for_another_primitive_is_refused_with_a_sentence() -> None:
    with pytest.raises(ParamError, match="no parameter mechanism for aggregation"):
        lab.run(RunRequest(workload="survey", stack="dp", params={"mechanism": "krr"}))
    with pytest.raises(ParamError, match="no parameter clip for scoring"):
        lab.run(RunRequest(workload="fyp", stack="dp", params={"clip": 1.0}))


def test_stacks_are_offered_where_they_have_the_primitive() -> None:
    registry = discover()
    survey, fyp = (offered(registry.workload(one), registry) for one in ("survey", "fyp"))
    assert {*STACKS} <= {*survey}
    assert "local" not in survey
    assert {"plain", "local", "he", "smpc", "dp", "dp+he", "dp+smpc"} <= {*fyp}
    with pytest.raises(ParamError, match="none of aggregation"):
        lab.run(request("local"))
    with pytest.raises(UnknownNameError, match="survey"):
        registry.workload("survei")


def test_requests_are_told_apart_by_their_options() -> None:
    with_options = request(question="mean")
    assert RunRequest.from_dict(with_options.as_dict()) == with_options
    assert with_options.key() != request().key() != RunRequest(workload="survey").key()


def test_a_survey_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--option", "question=mean", "--option", "devices=30", "--option", "rounds=2", "--json"]
    assert main(["run", "survey", "--stack", "smpc", *arguments]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["workload"] == "survey"
    assert record["settings"]["question"] == "mean"
    assert len(record["settings"]["answer"]) == 1
    assert main(["run", "survey", *arguments[:-1]]) == 0
    assert "simulated devices" in capsys.readouterr().out


def test_surveys_are_compared_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["compare", "survey", "--stacks", "plain,dp", "--option", "devices=30", "--option", "rounds=2",
                 "--sweep", "epsilon=1,4"]  # fmt: skip
    assert main([*arguments, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [c["label"] for c in document["cells"]] == ["plain", "dp at 1", "dp at 4"]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "answer_accuracy" in out
    assert "contributor_seconds" in out
    assert main([*arguments, "--option", "question=none"]) == 2
    assert "histogram" in capsys.readouterr().err


def test_cells_are_a_class_without_a_readable_form(people: str) -> None:
    cells = read(request("plain", data=people, column="name", minimum=2)).cells
    assert "ada" not in f"{cells!r} {cells} {cells.whole!r}"
