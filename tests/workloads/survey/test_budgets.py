"""What a round of a survey costs: one charge to the account of its data, and nothing released without it."""

import math
from pathlib import Path

import pytest

from privacy import lab
from privacy.boundary.channel import Channel
from privacy.cli import main
from privacy.errors import BudgetError, ParamError
from privacy.mechanism import PrivacyCost
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services.ledger import demo, persistent
from privacy.services.releases import BUDGETS
from tests.support.rounds import account, charges, held
from tests.support.rounds import question as read
from tests.support.survey_requests import SMALL, request


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


def test_a_noised_round_is_charged_once_to_the_account_of_the_data() -> None:
    before = charges(request())
    record = lab.run(request("dp"))
    assert record.failure is None
    assert (before, charges(request())) == (0, 1)
    assert account(request()).simulated
    lab.run(request("plain"))
    assert charges(request()) == 1


def test_a_persons_own_data_draws_on_the_persistent_ledger(people: str) -> None:
    options = {"column": "age", "question": "mean", "minimum": 2, "dropouts": 0.0, "span": "0..100"}
    record = lab.run(request("dp", data=people, **options))
    owner = account(request(data=people, **options))
    assert not owner.simulated
    assert persistent().balance(owner.owner, budget=BUDGETS["own"]).lifetime.charges == 1
    # The asker holds the file, so its truth stands beside the answer, with what passing it on would do.
    assert record.settings["truth"]["mean"] == 40.25
    assert any("Pass the answer on without the truth" in note for note in record.notes)
    assert any("another file" in note for note in record.notes)
    text = record.as_json()
    for cell in ('"ada"', "Ulm", '"36"', '"41"'):
        assert cell not in text


def test_a_noised_survey_takes_nothing_that_it_looks_for_from_a_persons_data(people: str) -> None:
    for options in ({"column": "age", "question": "mean"}, {"column": "town"}, {"column": "town", "question": "heavy"}):
        with pytest.raises(ParamError, match=r"setting (values|span)"):
            read(request("dp", data=people, minimum=2, **options))
        assert read(request("plain", data=people, minimum=2, **options)).survey.length


def test_attacks_on_simulated_devices_spend_nobodys_budget() -> None:
    lab.attacks(request("dp", rounds=2, devices=20), discover())
    assert charges(request()) == 0


def test_a_spent_budget_is_one_sentence_and_releases_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    query = RunRequest(workload="survey", stack="dp", params={"epsilon": 64.0}, options=SMALL)
    channel = Channel()
    demo().charge(
        account(query).owner,
        PrivacyCost(rho=BUDGETS["demo"].rho_limit / 1e6 - 1, epsilon=math.inf),
        budget=BUDGETS["demo"],
        token="spent before",
    )
    with pytest.raises(BudgetError):
        held(query, channel)
    assert channel.transcript.messages == ()
    assert main(["run", "survey", "--stack", "dp", "--param", "epsilon=64"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
