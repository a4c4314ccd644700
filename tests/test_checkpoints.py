"""Runs of many rounds that are cut off: they go on after the last finished round, and pay for none twice."""

import os
import subprocess
import sys

import pytest

from privacy import lab
from privacy.errors import Cancelled
from privacy.registry import Registry, discover
from privacy.request import RunRequest
from privacy.services.releases import balance
from privacy.workload import Account
from tests.support import ROOT
from tests.support.count_workload import COUNT

ASKED = RunRequest(stack="dp", workload="count", params={"epsilon": 1.0})


@pytest.fixture
def registry(tmp_path, monkeypatch) -> Registry:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "count.py").write_text(COUNT)
    return discover()


def charges() -> int:
    return balance(Account("counter")).lifetime.charges


def kept(tmp_path) -> list:
    return list((tmp_path / "checkpoints").glob("*.json"))


def cut_off(at: int) -> None:
    """Run it in a process that is gone when round `at` begins, without a chance to tidy up."""
    code = f"from privacy import lab\nfrom privacy.request import RunRequest\nlab.run({ASKED!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"COUNT_STOPS_AT": str(at)})
    assert done.returncode == 9


def test_a_run_that_was_cut_off_after_two_of_three_rounds_goes_on_at_the_third(registry, tmp_path):
    cut_off(3)
    assert charges() == 2
    assert len(kept(tmp_path)) == 1
    began: list[str] = []
    record = lab.run(ASKED, registry=registry, progress=lambda done, total, label: began.append(label))
    assert [label for label in began if label.startswith("round")] == ["round 3 under dp"]
    assert charges() == 3
    assert record.settings["answer"] == {"sum": 3}
    assert record.settings["rounds"] == 3
    assert record.guarantee.observer("collector").output is not None
    assert kept(tmp_path) == []
    lab.run(ASKED, registry=registry)
    assert charges() == 6


def test_a_cancelled_run_goes_on_too(registry, tmp_path):
    query = iter((False, True))
    with pytest.raises(Cancelled):
        lab.run(ASKED, registry=registry, cancelled=lambda: next(query))
    assert charges() == 1
    lab.run(ASKED, registry=registry)
    assert charges() == 3


def test_other_settings_are_another_run(registry, tmp_path):
    cut_off(2)
    lab.run(RunRequest(stack="dp", workload="count", params={"epsilon": 2.0}), registry=registry)
    assert charges() == 1 + 3


def test_a_damaged_checkpoint_begins_anew(registry, tmp_path):
    cut_off(3)
    kept(tmp_path)[0].write_text("{")
    record = lab.run(ASKED, registry=registry)
    assert record.failure is None
    assert charges() == 2 + 3
