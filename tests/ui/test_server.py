"""Server view and the sandwich through Streamlit's own test harness."""

from pathlib import Path

import pytest

from privacy.services.audits import AuditRow, Audits, AuditSnapshot
from privacy.services.releases import balance
from privacy.workload import Account
from tests.support.app_pages import SANDWICH, SERVER, button, drawn, html, keyed, labels, opened
from tests.support.rounds import world
from tests.support.waiting import CAP
from workloads.fyp import tastes
from workloads.fyp.options import OWN

ADA, MINE = Account("ada"), Account("own", simulated=False)


@pytest.fixture(autouse=True)
def state(app_state: Path) -> Path:
    return app_state


def test_every_wire_is_listed_with_what_was_declared_and_found() -> None:
    at = opened(SERVER)
    page = html(at)
    assert at.title[0].value == "Server view"
    assert page.count("<details>") == 4
    assert "Declared plaintext" in page
    assert "64 numbers" in page
    assert "|VBA1" in page
    assert not at.error


def test_a_link_chooses_the_run_and_a_box_changes_the_link() -> None:
    at = opened(SERVER, stack="he", user="chika")
    assert keyed(at.selectbox, "server.stack").value == "he"
    assert keyed(at.selectbox, "server.option.user").value == "chika"
    assert "Declared ciphertext; no numbers can be read from it" in html(at)
    keyed(at.selectbox, "server.stack").set_value("dp").run()
    assert at.query_params["stack"] in ("dp", ["dp"])
    assert "what was released of the taste; not the taste" in html(at)
    keyed(at.selectbox, "server.option.user").set_value("ada").run()
    assert "user" not in at.query_params
    assert not at.exception


def test_a_plus_sign_typed_into_the_address_is_understood() -> None:
    at = opened(SERVER, stack="dp he")
    assert keyed(at.selectbox, "server.stack").value == "dp+he"
    assert not at.warning


@pytest.mark.parametrize(
    ("query", "wording"),
    [({"stack": "hee"}, "did you mean he"), ({"user": "<script>"}, "script"), ({"nonsense": "1"}, "nonsense")],
)
def test_a_bad_link_is_a_sentence_and_a_default(query: dict[str, str], wording: str) -> None:
    at = opened(SERVER, **query)
    assert wording in " ".join(w.value for w in at.warning)
    assert keyed(at.selectbox, "server.stack").value == "plain"
    assert "<details>" in html(at)


def test_the_coalition_is_chosen_by_pills() -> None:
    at = opened(SERVER, stack="he")
    pills = keyed(at.button_group, "server.who")
    assert list(pills.options) == ["client", "server"]
    assert "<b>server</b> received or relayed 2 wires" in html(at)
    pills.set_value(["client", "server"]).run()
    assert "holds the taste" in html(at)
    keyed(at.button_group, "server.who").set_value([]).run()
    assert "Choose at least one party" in html(at)
    assert not at.exception


def test_the_attack_waits_for_its_button() -> None:
    from ui import resources

    at = opened(SERVER)
    assert resources.evaluations().started == 0
    button(at, "Attack this run").click().run()
    assert resources.evaluations().started == 1
    assert not at.exception


def test_an_own_taste_is_chosen_first_and_charged_by_a_click_alone() -> None:
    at = opened(SERVER, stack="dp")
    assert "<details>" in html(at)
    keyed(at.selectbox, "server.option.user").set_value(OWN).run()
    assert "You have liked nothing yet" in html(at)
    tastes.set_liked(world(), 17, on=True)
    at.run()
    assert balance(MINE).spent.charges == 0
    button(at, "Spend it and run").click().run()
    assert balance(MINE).spent.charges == 1
    assert "<details>" in html(at)
    keyed(at.button_group, "server.who").set_value(["client"]).run()
    assert "holds the taste" in html(at)
    assert balance(MINE).spent.charges == 1


def test_nothing_of_the_taste_is_in_the_link() -> None:
    tastes.set_liked(world(), 17, on=True)
    at = opened(SERVER, user=OWN)
    assert "17" not in str(dict(at.query_params))
    assert "<details>" in html(at)


ROWS = (
    AuditRow("dp, krr", "dp", 20_000, "a set", "today", declared=2.0, audited=1.8, unit="user and period"),
    AuditRow("he", "he", 200, "a forest", "today", advantage=0.02, low=-0.1, high=0.2, claim="computational"),
)


def test_the_sandwich_shows_declared_and_measured_with_n(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Audits, "snapshot", lambda *_: AuditSnapshot("done", rows=ROWS))
    at = opened(SANDWICH)
    page = html(at)
    chart = " ".join(drawn(at))
    assert "dp, krr: declared epsilon 2.00 for one user and period" in chart
    assert "1.8" in chart
    assert "20,000 releases" in page + chart
    assert "0.02" in chart
    assert "Run the audit" not in str(labels(at))
    assert not at.error


def test_the_audit_begins_by_a_button_and_can_be_cancelled() -> None:
    from ui import resources

    at = opened(SANDWICH, epsilon="8")
    assert at.button_group(key="epsilon").value == "8"
    button(at, "Run the audit (7 mechanisms)").click().run()
    assert not at.exception
    assert len(resources.jobs()._jobs) == 1
    button(at, "Cancel the audit").click().run()
    (job,) = resources.jobs()._jobs.values()
    job.join(CAP)
    assert job.progress.state == "cancelled"
    at.run()
    assert "its measurements so far are kept" in html(at)


def test_an_epsilon_that_is_not_offered_is_a_sentence() -> None:
    at = opened(SANDWICH, epsilon="9")
    assert "choose one of" in " ".join(w.value for w in at.warning)
    assert not at.exception
