"""Durable state: own taste, the book of feeds, evaluations."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from privacy.errors import StateError
from privacy.jobs.book import JobBook
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services.evaluations import Evaluations
from privacy.services.rounds import RoundBook
from tests.support.rounds import own_taste
from tests.support.rounds import world as made
from tests.support.waiting import CAP, wait_until
from workloads.fyp import tastes
from workloads.fyp.options import OWN

REGISTRY = discover()
CLICKS = """
import sys
from workloads.fyp import tastes
from tests.support.rounds import own_taste
from tests.support.rounds import world as made
world = made()
print("ready", flush=True)
sys.stdin.readline()
for item in map(int, sys.argv[1:]):
    tastes.set_liked(world, item, on=True)
    print(item, flush=True)
"""


@pytest.fixture(autouse=True)
def state(tmp_path: Path, features: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    shutil.copytree(features, tmp_path / "cache")
    return tmp_path


def clicker(items: range) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CLICKS, *map(str, items)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_a_taste_is_kept_and_is_its_owners_alone(state: Path) -> None:
    world = made()
    assert tastes.own_taste(world) is None
    tastes.set_liked(world, 7, on=True)
    tastes.set_liked(world, 3, on=True)
    tastes.set_liked(world, 7, on=False)
    assert tastes.liked(world) == [3]
    (path,) = (state / "tastes").glob("*.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    tastes.clear(world)
    assert tastes.liked(world) == []


def test_clicks_in_two_processes_are_all_kept() -> None:
    workers = [clicker(range(start, start + 20)) for start in (0, 100)]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    for worker in workers:
        worker.communicate("go\n", timeout=CAP)
    assert sorted(tastes.liked(made())) == [*range(20), *range(100, 120)]


def test_a_kill_loses_no_click_that_was_acknowledged() -> None:
    worker = clicker(range(150))
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdout.readline()
    worker.stdin.write("go\n")
    worker.stdin.flush()
    acknowledged = [int(worker.stdout.readline()) for _ in range(10)]
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdin.close()
    worker.stdout.close()
    assert set(acknowledged) <= set(tastes.liked(made()))


def test_a_damaged_taste_is_named_and_not_overwritten(state: Path) -> None:
    world = made()
    tastes.set_liked(world, 1, on=True)
    (path,) = (state / "tastes").glob("*.json")
    path.write_text("{")
    with pytest.raises(StateError, match="delete that file"):
        tastes.set_liked(world, 2, on=True)
    assert path.read_text() == "{"


def test_a_feed_runs_once_however_many_ask() -> None:
    book, found = RoundBook(), []
    threads = [
        threading.Thread(target=lambda: found.append(book.get(RunRequest(stack="he"), REGISTRY))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert book.runs == 1
    assert len({id(feed) for feed in found}) == 1


def test_a_feed_is_there_after_a_restart_and_equal_to_the_last_digit() -> None:
    first, second = RoundBook(), RoundBook()
    before = first.get(RunRequest(), REGISTRY)
    after = second.get(RunRequest(), REGISTRY)
    assert (first.runs, second.runs) == (1, 0)
    assert after == before


def test_a_feed_is_at_hand_once_it_was_asked_for_and_not_before() -> None:
    book = RoundBook()
    assert book.kept(RunRequest(), REGISTRY) is None
    made = book.get(RunRequest(), REGISTRY)
    assert book.kept(RunRequest(), REGISTRY) is made
    assert book.kept(RunRequest(stack="he"), REGISTRY) is None


def test_a_damaged_feed_is_run_again(state: Path) -> None:
    RoundBook().get(RunRequest(), REGISTRY)
    (path,) = (state / "shown").glob("*.json")
    path.write_text('{"stack": 1}')
    book = RoundBook()
    assert len(book.get(RunRequest(), REGISTRY).cards) == 10
    assert book.runs == 1


def test_a_new_like_makes_a_new_feed_and_no_file_name_tells_it(state: Path) -> None:
    world, book = made(), RoundBook()
    own = RunRequest(options={"user": OWN})
    tastes.set_liked(world, 11, on=True)
    book.get(own, REGISTRY, private=own_taste(world))
    tastes.set_liked(world, 500, on=True)
    book.get(own, REGISTRY, private=own_taste(world))
    assert book.runs == 2
    for path in (state / "shown").glob("*"):
        # That it is the person's own is in the name, so that it can be found and dropped; of what, is not.
        assert re.fullmatch(r"own-input-[0-9a-f]{32}\.json", path.name)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def wait(evaluations: Evaluations, request: RunRequest, states: set[str]) -> None:
    wait_until(lambda: evaluations.snapshot(request, REGISTRY).state in states)


def test_an_evaluation_runs_once_in_its_own_process_and_is_kept() -> None:
    evaluations, request = Evaluations(JobBook()), RunRequest(options={"cohort": 20})
    assert evaluations.snapshot(request, REGISTRY).state == "absent"
    evaluations.start(request, REGISTRY)
    evaluations.start(RunRequest(options={"cohort": 20, "user": "chika"}), REGISTRY)
    wait(evaluations, request, {"done", "failed"})
    result = evaluations.snapshot(request, REGISTRY).result
    assert result is not None
    assert result.metric("top10_overlap") is not None
    assert evaluations.started == 1
    later = Evaluations(JobBook()).snapshot(request, REGISTRY)
    assert later.state == "done"
    assert later.result == result


def test_a_cancelled_evaluation_ends_and_can_be_started_again() -> None:
    jobs, request = JobBook(), RunRequest(stack="he", options={"cohort": 400})
    evaluations = Evaluations(jobs)
    evaluations.start(request, REGISTRY)
    job = next(iter(jobs._jobs.values()))
    evaluations.cancel(request, REGISTRY)
    job.join(CAP)
    assert job.process.returncode == -signal.SIGKILL
    assert evaluations.snapshot(request, REGISTRY).state == "cancelled"
    evaluations.start(request, REGISTRY)
    assert evaluations.snapshot(request, REGISTRY).state == "running"
    jobs.close()


def test_an_evaluation_that_dies_says_so() -> None:
    jobs, request = JobBook(), RunRequest(stack="he", options={"cohort": 400})
    evaluations = Evaluations(jobs)
    evaluations.start(request, REGISTRY)
    os.kill(next(iter(jobs._jobs.values())).process.pid, signal.SIGKILL)
    wait(evaluations, request, {"failed"})
    assert "start it again" in evaluations.snapshot(request, REGISTRY).error


def test_nothing_private_reaches_an_evaluation() -> None:
    assert "liked" not in json.dumps(RunRequest(options={"user": OWN}).as_dict())
