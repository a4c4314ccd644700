"""What a round of a survey costs: one charge to the account of its data, and nothing released without it."""

import math
from pathlib import Path

import pytest
from tally_requests import SMALL, request

from privacy import lab
from privacy.boundary.channel import Channel
from privacy.cli import main
from privacy.errors import BoundaryError, BudgetError, ParamError
from privacy.mechanism import PrivacyCost
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services.ledger import demo, persistent
from privacy.services.releases import BUDGETS
from privacy.services.surveys import account_of, charge
from workloads.survey.data import open_cells
from workloads.survey.deployment import Deployment
from workloads.survey.options import TallyOptions
from workloads.survey.round import ask, read


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


def test_a_noised_round_is_charged_once_to_the_account_of_the_data() -> None:
    cells = open_cells(request(), TallyOptions())
    before = demo().balance(account_of(cells), budget=BUDGETS["demo"]).lifetime.charges
    record = lab.run(request("dp"))
    after = demo().balance(account_of(cells), budget=BUDGETS["demo"])
    assert record.failure is None
    assert (before, after.lifetime.charges) == (0, 1)
    lab.run(request("plain"))
    assert demo().balance(account_of(cells), budget=BUDGETS["demo"]).lifetime.charges == 1


def test_a_persons_own_data_draws_on_the_persistent_ledger_and_its_errors_are_not_told(people: str) -> None:
    options = {"column": "age", "question": "mean", "minimum": 2, "dropouts": 0.0, "span": "0..100"}
    record = lab.run(request("dp", data=people, **options))
    cells = open_cells(request(data=people), TallyOptions(column="age"))
    assert persistent().balance(account_of(cells), budget=BUDGETS["own"]).lifetime.charges == 1
    assert record.metric("answer_accuracy").value is None
    assert record.metric("sum_error").value is None
    text = record.as_json()
    for cell in ("ada", "Ulm", '"36"', '"41"'):
        assert cell not in text


def test_a_noised_survey_takes_nothing_that_it_looks_for_from_a_persons_data(people: str) -> None:
    for options in ({"column": "age", "question": "mean"}, {"column": "town"}, {"column": "town", "question": "heavy"}):
        with pytest.raises(ParamError, match="declare"):
            read(request("dp", data=people, minimum=2, **options), discover())
        assert read(request("plain", data=people, minimum=2, **options), discover()).survey.length


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
