"""The survey on Server view: the wires of a sum, the attacks on it, its servers and its budget."""

from pathlib import Path

import pytest

from privacy.plots.disaggregation import Curve, Point
from privacy.results import Metric
from privacy.services import datasets, servers
from privacy.services.evaluations import Evaluation, Evaluations, Snapshot
from privacy.services.releases import Purse
from privacy.services.servers import Servers
from tests.support.app_pages import SERVER, address, button, keyed, opened, own_file, sentences, shown
from tests.support.waiting import wait_until
from workloads.survey.curves import Curves, CurvesSnapshot


@pytest.fixture(autouse=True)
def state(app_state: Path) -> Path:
    return app_state


def test_the_sum_of_ones_own_file_is_drawn_and_forgotten_with_it() -> None:
    from ui import resources

    own_file()
    at = opened(SERVER, {"workload": "survey"})
    assert list(keyed(at.selectbox, "server.option.column").options) == [
        "choose a column", "answer", "years", "<b>note</b>",
    ]  # fmt: skip
    assert "needs one column" in sentences(at)
    keyed(at.selectbox, "server.option.column").set_value("answer").run()
    assert "contributor-1's own vector" in shown(at)
    assert not sentences(at)
    assert len(resources.rounds()._rounds) == 1
    assert "Truth of the whole file" in shown(at)
    assert "my_answers" not in str(address(at))
    resources.rounds().forget_files()
    assert not resources.rounds()._rounds


def test_the_wires_of_a_sum_are_told_once_for_all_who_are_alike() -> None:
    at = opened(SERVER, {"workload": "survey"})
    page = shown(at)
    assert at.title[0].value == "Server view"
    assert "contributor-1</th>" in page.replace(" <span class='vb-dim'>and 11 more alike</span>", "")
    assert "contributor-2 to contributor-12" in page
    assert page.count("<details>") == 2
    assert "contributor-1's own vector, digit for digit" in page
    assert "<b>aggregator</b> received or relayed 12 wires" in page
    keyed(at.button_group, "server.who").set_value(["aggregator", "contributor-3"]).run()
    assert "hold their own input" in shown(at)
    keyed(at.button_group, "server.option.question").set_value("mean").run()
    assert address(at)["option.question"] == "mean"
    assert "videos_count" in shown(at)
    assert not at.exception
    assert not sentences(at)


def test_another_workload_takes_nothing_of_the_old_link_along() -> None:
    at = opened(SERVER, {"workload": "survey", "stack": "he", "question": "heavy", "who": "collector"})
    assert "ciphertext" in shown(at)
    keyed(at.button_group, "server.workload").set_value("fyp").run()
    assert address(at) == {}
    assert "the taste, digit for digit" in shown(at)
    keyed(at.button_group, "server.workload").set_value("survey").run()
    assert address(at) == {"workload": "survey"}
    assert not sentences(at)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"question": "gossip"}, "question"),
        ({"column": "<img src=x>"}, "column"),
        ({"stack": "local"}, "local"),
        ({"user": "ada"}, "no setting named"),
        ({"workload": "nothing"}, "no workload"),
    ],
)
def test_a_bad_link_to_a_sum_is_a_sentence_and_a_default(query: dict[str, str], says: str) -> None:
    at = opened(SERVER, {"workload": "survey"} | query)
    assert says in sentences(at)
    assert "<details>" in shown(at)


@pytest.mark.soak("browser")
def test_many_rounds_are_attacked_by_a_button_and_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    from ui import resources
    from workloads.survey import curves as rounds

    # What is kept is found by the code that made it: here that stays the same, whoever edits it meanwhile.
    monkeypatch.setattr(rounds, "code_fingerprint", lambda *_: "code")
    at = opened(SERVER, {"workload": "survey", "question": "mean", "option.rounds": "3"})
    assert not list((Path(datasets.home()) / "rounds").glob("*.json"))
    button(at, "Attack many rounds").click().run()
    assert not at.exception
    assert resources.jobs()._jobs
    wait_until(lambda: "Plain, changing" in shown(at.run()), every=0.1)
    page = shown(at)
    assert "Plain, changing" in page
    assert "Plain, fixed" in page


CURVE = Curve("HE, changing", (Point(1, 0.0, 0.0, 0.1), Point(20, 0.97, 0.9, 1.0)))


def test_kept_results_are_there_without_a_click(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        Metric("attack_aggregator", 0.0, -0.1, 0.1, 60, "advantage", "lower", "measured", True, "from the wires"),
        Metric("attack_differencing", 1.0, 0.9, 1.0, 40, "advantage", "lower", "measured", True, "<b>two</b>"),
    ]
    monkeypatch.setattr(Evaluations, "snapshot", lambda *_: Snapshot("done", result=Evaluation(found, {}, "today")))
    monkeypatch.setattr(Curves, "snapshot", lambda *_: CurvesSnapshot("done", curves=(CURVE,), cohort=10, devices=30))
    at = opened(SERVER, {"workload": "survey", "stack": "he"})
    page = shown(at)
    assert "reads it" in page
    assert "at chance" in page
    assert "30 simulated devices, 10 of them in each sum" in page
    assert "HE, changing: 0.97 of the devices told apart" in page
    assert not [b for b in at.button if b.label.startswith("Attack")]


def test_the_servers_are_named_where_parties_run() -> None:
    servers.save(Servers(("http://127.0.0.1:9",), ("",)))
    at = opened(SERVER, {"workload": "survey"})
    assert "Parties with the servers' roles run at http://127.0.0.1:9" in shown(at)
    assert sentences(at)
    button(at, "Stop using servers").click().run()
    assert not sentences(at)
    assert "Everything runs on this machine" in shown(at)


def test_a_budget_that_is_spent_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from privacy.errors import BudgetError

    def refused(*_: object, **__: object) -> None:
        raise BudgetError("the budget of this survey is spent")

    monkeypatch.setattr(Purse, "charge", refused)
    at = opened(SERVER, {"workload": "survey", "stack": "dp"})
    assert "budget of this survey is spent" in sentences(at).lower()
    assert not at.exception


def test_a_noised_round_is_charged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    charged: list[str] = []
    monkeypatch.setattr(Purse, "charge", lambda purse, cost: charged.append(purse.account.owner))
    at = opened(SERVER, {"workload": "survey", "stack": "dp"})
    keyed(at.button_group, "server.who").set_value(["collector"]).run()
    opened(SERVER, {"workload": "survey", "stack": "dp"})
    assert len(charged) == 1
    assert charged[0].startswith("survey of ")
    assert not sentences(at)
