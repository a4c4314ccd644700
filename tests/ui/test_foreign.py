"""Mechanisms of others on the sandwich's page: nothing runs but by a press of a button on this machine."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from privacy.errors import ParamError
from privacy.foreign.audit import Order
from privacy.foreign.claim import Claim
from privacy.foreign.finding import Charge, Check, Finding
from privacy.home import write_atomic
from privacy.jobs.book import JobBook
from privacy.services import foreign
from privacy.services.foreign import ForeignAudits, examples, kept
from tests.support import ROOT
from tests.support.app_pages import SANDWICH, button, drawn, labels, opened, sentences, shown
from tests.support.waiting import CAP
from ui import resources

STEPS = "tests/foreign/steps.py"
FINDING = Finding(
    f"{STEPS}:gaussian", Claim(2.0, 1e-5), "today", bound=0.4, plays=4000, power=6.0,
    charges=(Charge("measured", 2.1e8, "the noise has the shape of a Gaussian"),),
    checks=(Check("clip", False, "it is not <clipped>"),),
)  # fmt: skip


@pytest.fixture(autouse=True)
def state(app_state: Path) -> Path:
    return app_state


@pytest.fixture
def book() -> Iterator[JobBook]:
    made = JobBook()
    yield made
    made.close()


def keep(finding: Finding) -> None:
    order = Order(finding.name, str(ROOT))
    write_atomic(foreign._path(order), kept(finding, order))


def test_a_link_runs_nothing_and_fills_nothing_in() -> None:
    target = f"{STEPS}:gaussian"
    at = opened(SANDWICH, {"mechanism": target, "foreign.target": target, "target": target, "foreign.e": "1"})
    assert resources.jobs()._jobs == {}
    assert at.text_input(key="foreign.target").value == ""
    assert "no setting named 'mechanism'" in sentences(at)
    assert not list(Path(foreign._folder()).iterdir())


def test_a_step_that_is_named_and_pressed_is_run_and_shown(state: Path) -> None:
    shutil.copy(ROOT / STEPS, state / "steps.py")
    at = opened(SANDWICH)
    assert "Audit the 4 examples" in labels(at)
    at.text_input(key="foreign.target").set_value("./steps.py:Filter")
    at.text_input(key="foreign.folder").set_value(str(state))
    at.number_input(key="foreign.e").set_value(0.5)
    button(at, "Run and audit it").click().run()
    assert not at.exception
    (job,) = resources.jobs()._jobs.values()
    job.join(CAP)
    at.run()
    (row,) = resources.foreign_audits().snapshot().rows
    assert (row.finding.claim, row.finding.alarm, row.stale) == (Claim(0.5, 1e-5), True, False)
    assert "steps.py:Filter: declared epsilon 0.50 for one update" in " ".join(drawn(at))


def test_a_fault_of_the_step_is_a_sentence_on_the_page(state: Path) -> None:
    at = opened(SANDWICH)
    at.text_input(key="foreign.folder").set_value(str(state))
    at.text_input(key="foreign.target").set_value("nowhere.py:step")
    button(at, "Run and audit it").click().run()
    (job,) = resources.jobs()._jobs.values()
    job.join(CAP)
    at.run()
    assert "no file" in sentences(at)


def test_claim_game_and_arithmetic_stand_beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(FINDING)
    page, charts = shown(at := opened(SANDWICH)), " ".join(drawn(at))
    for words in ("ε ≤ 2, δ = 1e-05", "0.40", "ε ≥ 2.1e8 (measured)", "charged", "it is not <clipped>"):
        assert words in page
    assert "by arithmetic" in charts
    assert "2.1e+08 by arithmetic" in charts
    monkeypatch.setattr(foreign, "_digest", lambda *_: "another")
    assert "has changed since" in shown(opened(SANDWICH))


def test_where_others_can_reach_the_app_nothing_is_run(monkeypatch: pytest.MonkeyPatch, book: JobBook) -> None:
    monkeypatch.setattr(resources, "alone", lambda: False)
    at = opened(SANDWICH)
    assert not at.text_input
    assert "Audit the 4 examples" not in labels(at)
    assert "veilbench audit" in shown(at)
    with pytest.raises(ParamError, match="others can reach"):
        ForeignAudits(book, loopback=False).start(examples())
    assert book.started == {}


def test_code_that_another_user_may_have_planted_is_not_run(tmp_path: Path, book: JobBook) -> None:
    audits, planted = ForeignAudits(book, loopback=True), tmp_path / "planted"
    planted.mkdir()
    (planted / "step.py").write_text("def step(update):\n    return update\n")
    planted.chmod(0o777)
    for order in (Order("step:step", str(planted)), Order(f"{planted}/step.py:step", str(ROOT))):
        with pytest.raises(ParamError, match="others may write"):
            audits.start([order])
    with pytest.raises(ParamError, match="no folder"):
        audits.start([Order("step:step", str(tmp_path / "nowhere"))])
    assert book.started == {}


def test_a_damaged_finding_is_none() -> None:
    keep(FINDING)
    path = foreign._path(Order(FINDING.name, str(ROOT)))
    values = json.loads(path.read_bytes())
    for damaged in ("{", json.dumps({**values, "finding": {}}), json.dumps({**values, "finding": asdict(FINDING)})):
        path.write_text(damaged)
        assert ForeignAudits(JobBook(), loopback=True).snapshot().rows == ()
