"""The page of training: what it begins with, a link that asks for too much, and a training from press to figures."""

import time

import pytest

from tests.support.app_pages import html, opened
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
