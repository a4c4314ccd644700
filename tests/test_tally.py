"""The survey workload: data, encodings, rounds under every stack, the record, and what is refused."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import lab
from privacy.attacks.audit_sum import divisor_depends_on_count
from privacy.boundary.channel import Channel
from privacy.cli import main
from privacy.errors import BoundaryError, BudgetError, DataError, ParamError, UnknownNameError
from privacy.mechanism import PrivacyCost
from privacy.registry import discover
from privacy.services.ledger import demo, persistent
from privacy.services.releases import BUDGETS
from privacy.services.surveys import account_of, charge
from privacy.workloads.catalogue import WORKLOADS, workload_of
from privacy.workloads.request import RunRequest
from privacy.workloads.tally_asker import survey_of
from privacy.workloads.tally_data import Cells, open_cells
from privacy.workloads.tally_deployment import Deployment
from privacy.workloads.tally_options import QUESTIONS, TallyOptions
from privacy.workloads.tally_round import answer_of, ask, cohort, read
from privacy.workloads.tally_survey import FINE, Heavy, Histogram, Mean

STACKS = ("plain", "smpc", "he", "dp", "dp+smpc", "dp+he")
SMALL = {"devices": 30, "minimum": 5, "dropouts": 0.1}
CSV = "name,age,town\nada,36,Ulm\nbob,nan,Bonn\ncy,41,Ulm\ndee,,Ulm\neve,29,Bonn\nfay,55,\n"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


@pytest.fixture
def own(tmp_path: Path) -> str:
    path = tmp_path / "people.csv"
    path.write_text(CSV, encoding="utf-8")
    return str(path)


def request(stack: str = "plain", data: str | None = None, seed: int = 0, **options: object) -> RunRequest:
    return RunRequest(workload="tally", stack=stack, data=data, seed=seed, options=SMALL | options)


def a_round(asked: RunRequest):
    return ask(read(asked, discover()), asked, discover(), Channel(), charge=charge)


# Data


def test_cells_without_a_value_are_counted_and_said(own: str) -> None:
    cells = open_cells(request(data=own), TallyOptions(column="age", devices=4))
    assert cells.cells == ("36", "41", "29", "55")
    assert cells.missing == 2
    assert any("2 cells hold no value" in note for note in cells.notes)
    assert "36" not in repr(cells)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"column": "agee"}, "column 'agee'"),
        ({}, "name one of name, age, town"),
        ({"column": "town", "question": "mean"}, "row 2 first"),
    ],
)
def test_a_column_that_cannot_be_asked_about_is_one_sentence(own: str, options: dict, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(request(data=own, minimum=2, **options), discover())


def test_a_column_of_one_value_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("a,b\n1,2\n,3\n", encoding="utf-8")
    with pytest.raises(DataError, match="holds one value"):
        read(request(data=str(path), column="a", minimum=2), discover())


@pytest.mark.parametrize(
    "options",
    [{"span": "9..1", "question": "mean"}, {"span": "x..y", "question": "mean"}, {"values": "one"}, {"minimum": 31}],
)
def test_options_that_contradict_are_refused(options: dict) -> None:
    with pytest.raises(ParamError):
        read(request(**options), discover())


def test_an_unknown_option_or_question_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="question"):
        lab.run(request(qestion="mean"))
    with pytest.raises(ParamError, match="histogram, mean, heavy"):
        lab.run(request(question="median"))


# Encodings


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=40), st.sampled_from([1, FINE]))
def test_a_histogram_of_everybody_is_exact(cells: list[str], fine: int) -> None:
    survey = Histogram(["a", "b", "other"], fine=fine)
    total = np.sum([survey.encode(c) for c in cells], axis=0)
    assert survey.accuracy(survey.estimate(total, out_of=len(cells)), cells) == pytest.approx(1.0)


@given(st.lists(st.floats(-50, 150, allow_nan=False), min_size=1, max_size=40))
def test_a_mean_is_within_its_declared_rounding(numbers: list[float]) -> None:
    survey, cells = Mean((0.0, 100.0)), [str(n) for n in numbers]
    total = np.sum([survey.encode(c) for c in cells], axis=0)
    found = survey.estimate(total, out_of=len(cells)).values[0]
    assert abs(found - np.mean(np.clip(numbers, 0, 100))) <= survey.scale * survey.unit / 2 + 1e-9


def test_heavy_values_are_found_in_a_long_list() -> None:
    cells = ["top"] * 40 + ["second"] * 25 + [f"rare {i}" for i in range(60)]
    survey = Heavy(sorted(set(cells)), most=2)
    answer = survey.estimate(np.sum([survey.encode(c) for c in cells], axis=0), out_of=len(cells))
    assert answer.labels == ("top", "second")
    assert answer.values[0] == pytest.approx(40 / 125, abs=0.05)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_device_never_has_more_than_a_whole_part(question: str) -> None:
    options = TallyOptions(question=question, devices=50)
    cells = open_cells(request(), options)
    for noised in (False, True):
        survey, _ = survey_of(options, cells, noised=noised)
        whole = 1.0 / survey.unit
        vectors = [survey.encode(c) for c in cells.cells]
        assert max(np.abs(v).max() for v in vectors) <= survey.bound
        assert not noised or max(np.linalg.norm(v) for v in vectors) <= whole


# Rounds


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_stack_answers_every_question(stack: str, question: str) -> None:
    asked = a_round(request(stack, question=question))
    apart = np.abs(asked.release.sum.total - asked.total).max()
    assert len(asked.release.sum.included) <= 30
    assert asked.deployment.guarantee.observer("collector") is not None
    if "dp" in stack:
        assert apart > 0
    else:
        assert apart <= asked.deployment.mechanism.tolerance(asked.deployment.carried)


def test_noise_is_the_aggregators_in_the_clear_and_the_devices_where_it_reads_nothing() -> None:
    central, shared = a_round(request("dp")), a_round(request("dp+he"))
    assert central.deployment.task.noise_shares == 0
    # Two thirds must stay, so that each device's share is little more than its part.
    assert shared.deployment.task.noise_shares == shared.deployment.task.minimum == 20
    assert all(np.array_equal(central.release.sent[p], v) for p, v in central.vectors.items())
    assert not any(np.array_equal(shared.release.sent[p], v) for p, v in shared.vectors.items())
    assert central.deployment.guarantee.observer("aggregator").output is None
    assert shared.deployment.guarantee.observer("aggregator").output is not None


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_noised_answer_does_not_depend_on_how_many_took_part(question: str) -> None:
    asked = read(request("dp", question=question), discover())

    def estimate(total: np.ndarray, count: int) -> np.ndarray:
        return np.array(answer_of(asked, total, count=count).values)

    assert not divisor_depends_on_count(estimate, length=asked.survey.length)
    open_ = read(request("plain", question="mean"), discover())
    assert divisor_depends_on_count(lambda t, n: np.array(answer_of(open_, t, count=n).values), length=1)


def test_the_cohort_follows_the_seed_unless_a_bound_rests_on_it() -> None:
    plain = read(request(share=0.5), discover())
    noised = read(request("dp", share=0.5), discover())
    assert cohort(plain, seed=1) == cohort(plain, seed=1) != cohort(plain, seed=2)
    assert cohort(noised, seed=1) != cohort(noised, seed=1)


def test_sampling_that_the_noise_counts_on_is_the_surveys_own_and_its_cohort_is_not_told() -> None:
    with pytest.raises(ParamError, match="set both alike"):
        read(RunRequest(workload="tally", stack="dp", params={"sampling": 0.5}, options=SMALL), discover())
    options = SMALL | {"share": 0.5, "minimum": 2, "devices": 60}
    record = lab.run(RunRequest(workload="tally", stack="dp", params={"sampling": 0.5}, options=options))
    assert record.metric("included").value is None
    assert record.params["population"] == 60
    assert any("with 60 clients" in note for note in record.notes)
    assert any("bound without sampling" in note for note in record.notes)


def test_too_few_devices_are_a_record_of_the_failure() -> None:
    record = lab.run(request(share=0.1, minimum=25))
    assert "25 are needed" in (record.failure or "")
    assert record.metrics == []


# Budgets


def test_a_noised_round_is_charged_once_to_the_account_of_the_data() -> None:
    cells = open_cells(request(), TallyOptions())
    before = demo().balance(account_of(cells), budget=BUDGETS["demo"]).lifetime.charges
    record = lab.run(request("dp"))
    after = demo().balance(account_of(cells), budget=BUDGETS["demo"])
    assert record.failure is None
    assert (before, after.lifetime.charges) == (0, 1)
    lab.run(request("plain"))
    assert demo().balance(account_of(cells), budget=BUDGETS["demo"]).lifetime.charges == 1


def test_a_persons_own_data_draws_on_the_persistent_ledger_and_its_errors_are_not_told(own: str) -> None:
    options = {"column": "age", "question": "mean", "minimum": 2, "dropouts": 0.0, "span": "0..100"}
    record = lab.run(request("dp", data=own, **options))
    cells = open_cells(request(data=own), TallyOptions(column="age"))
    assert persistent().balance(account_of(cells), budget=BUDGETS["own"]).lifetime.charges == 1
    assert record.metric("answer_accuracy").value is None
    assert record.metric("sum_error").value is None
    text = record.as_json()
    for cell in ("ada", "Ulm", '"36"', '"41"'):
        assert cell not in text


def test_a_noised_survey_takes_nothing_that_it_looks_for_from_a_persons_data(own: str) -> None:
    for options in ({"column": "age", "question": "mean"}, {"column": "town"}, {"column": "town", "question": "heavy"}):
        with pytest.raises(ParamError, match="declare"):
            read(request("dp", data=own, minimum=2, **options), discover())
        assert read(request("plain", data=own, minimum=2, **options), discover()).survey.length


def test_nothing_noised_is_released_without_a_charge() -> None:
    asked = request("dp")
    with pytest.raises(BoundaryError, match="budget"):
        ask(read(asked, discover()), asked, discover(), Channel())


def test_a_spent_budget_is_one_sentence_and_releases_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    asked = RunRequest(workload="tally", stack="dp", params={"epsilon": 64.0}, options=SMALL)
    channel = Channel()
    question = read(asked, discover())
    deployment = Deployment(question.survey, discover(), question.stack, contributors=30, minimum=5)
    demo().charge(
        account_of(question.cells),
        PrivacyCost(rho=BUDGETS["demo"].rho_limit / 1e6 - 1, epsilon=math.inf),
        budget=BUDGETS["demo"],
        token="spent before",
    )
    assert deployment.cost.rho > 1
    with pytest.raises(BudgetError):
        ask(question, asked, discover(), channel, charge=charge)
    assert channel.transcript.messages == ()
    assert main(["run", "tally", "--stack", "dp", "--param", "epsilon=64"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


# The record, the catalogue, the command line


def test_a_record_holds_every_metric_and_no_cell_of_a_device() -> None:
    record = lab.run(request("he", devices=40))
    keys = {m.key for m in record.metrics}
    workload = WORKLOADS["tally"]
    assert keys >= {*workload.quality, *workload.cost}
    assert record.params == {
        k: v for k, v in record.params.items() if k in ("sum_scheme", "flooding_bits", "sum_releases")
    }
    assert record.steps["aggregation"] == record.guarantee
    assert "#makeup" not in record.as_json()
    assert record.data_hash == workload.data_hash(request())


def test_a_parameter_for_another_primitive_is_refused_with_a_sentence() -> None:
    with pytest.raises(ParamError, match="no parameter mechanism for aggregation"):
        lab.run(RunRequest(workload="tally", stack="dp", params={"mechanism": "krr"}))
    with pytest.raises(ParamError, match="no parameter clip for scoring"):
        lab.run(RunRequest(workload="fyp", stack="dp", params={"clip": 1.0}))


def test_stacks_are_offered_where_they_have_the_primitive() -> None:
    registry = discover()
    tally, fyp = WORKLOADS["tally"].offered(registry), WORKLOADS["fyp"].offered(registry)
    assert {*STACKS} <= {*tally}
    assert "local" not in tally
    assert {"plain", "local", "he", "dp", "dp+he"} <= {*fyp}
    assert "smpc" not in fyp
    with pytest.raises(ParamError, match="none of aggregation"):
        lab.run(request("local"))
    with pytest.raises(UnknownNameError, match="tally"):
        workload_of(RunRequest(workload="taly"))


def test_requests_without_options_keep_their_key() -> None:
    assert "options" not in RunRequest().as_dict()
    with_options = request(question="mean")
    assert RunRequest.from_dict(with_options.as_dict()) == with_options
    assert with_options.key() != request().key() != RunRequest(workload="tally").key()


def test_a_survey_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--option", "question=mean", "--option", "devices=30", "--json"]
    assert main(["run", "tally", "--stack", "smpc", *arguments]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["workload"] == "tally"
    assert record["settings"]["question"] == "mean"
    assert len(record["settings"]["answer"]) == 1
    assert main(["run", "tally", *arguments[:-1]]) == 0
    assert "simulated devices" in capsys.readouterr().out


def test_surveys_are_compared_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["compare", "tally", "--stacks", "plain,dp", "--option", "devices=30", "--sweep", "epsilon=1,4"]
    assert main([*arguments, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [c["label"] for c in document["cells"]] == ["plain", "dp at 1", "dp at 4"]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "answer_accuracy" in out
    assert "contributor_seconds" in out
    assert main([*arguments, "--option", "question=none"]) == 2
    assert "histogram" in capsys.readouterr().err


def test_cells_are_a_class_without_a_readable_form() -> None:
    cells = Cells("c", ("secret",), 0, (), ("secret",), True, "0", (), "f.csv")
    assert "secret" not in f"{cells!r} {cells}"
