"""The page of training: what it begins with, a link that asks for too much, and a training from press to figures."""

import sys
import time
from pathlib import Path

import pytest

from tests.support.app_pages import html, keyed, opened
from tests.support.waiting import CAP
from ui import resources

PAGE = "federated"
SMALL = {
    "devices": "4", "rounds": "1", "sentences": "4", "words": "60", "width": "4", "pretrained": "False", "minimum": "2",
}  # fmt: skip


def test_a_page_that_nobody_pressed_has_run_nothing(app_state):
    at = opened(PAGE)
    assert [one.key for one in at.button if one.key == "federated.train"] == ["federated.train"]
    assert resources.run_jobs().all() == []


def test_a_link_that_asks_for_what_cannot_be_is_said(app_state):
    at = opened(PAGE, rounds="0", stack="nope")
    assert len(at.warning) == 1
    at = opened(PAGE, {**SMALL, "minimum": "50"})
    at.button(key="federated.train").click().run()
    assert not at.exception


@pytest.mark.parametrize(("stack", "there"), [("smpc", False), ("dp+smpc", True), ("smpc", True)])
def test_flower_is_a_choice_that_is_refused_where_it_cannot_be(app_state, monkeypatch, stack, there):
    monkeypatch.setattr("workloads.federated.flower.processes.python", lambda: Path(sys.executable) if there else None)
    at = opened(PAGE, {**SMALL, "engine": "flower", "stack": stack})
    choice = keyed(at.segmented_control, "federated.engine")
    assert (list(choice.options), choice.value) == (["embedded", "flower"], "flower")
    can = there and stack == "smpc"
    assert [one.key for one in at.button if one.key == "federated.train"] == ["federated.train"] * can
    assert len(at.error) == 1 - can
    assert can or ("noise" if there else "make flower") in at.error[0].value
    choice.set_value("embedded").run()
    assert not at.error


@pytest.mark.soak("live")
def test_a_training_is_begun_watched_and_shown(app_state):
    at = opened(PAGE, SMALL)
    at.button(key="federated.train").click().run()
    until = time.monotonic() + CAP
    while 'data-testid="training"' not in html(at) and "data-testid='training'" not in html(at):
        assert time.monotonic() < until
        time.sleep(0.5)
        at.run()
        assert not at.exception
    (state,) = resources.run_jobs().all()
    record = resources.run_jobs().get(state.id).record
    assert len(record["settings"]["history"]) == 2
    assert record["settings"]["version"] in html(at)
