"""Runs over the REST API: begun, watched, cancelled, cut off, and no more of them than may wait."""

import shutil
import time

import pytest

from privacy.compare.book import Comparisons
from privacy.jobs.book import JobBook
from privacy.registry import discover
from privacy.services.rounds import RoundBook
from privacy.services.run_jobs import AT_ONCE, WAITING, RunJobs
from tests.support import STRANGERS
from tests.support.api_client import SMALL, client_of, problem
from tests.support.small_features import keep
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def small_features(tmp_path_factory):
    return keep(tmp_path_factory.mktemp("cache"), items=SMALL["items"], dims=SMALL["dims"])


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, small_features):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    shutil.copytree(small_features, tmp_path / "cache")
    return tmp_path


def ended(client, where, states=("done", "failed", "cancelled", "interrupted")):
    def document():
        found = client.get(where).json()
        return found if found["state"] in states else None

    return wait_until(document, every=0.2)


def test_a_run_is_begun_watched_and_read(client, jobs):
    answer = client.post("/api/runs", json={"stack": "plain", **SMALL})
    assert answer.status_code == 202
    where = answer.headers["location"]
    assert answer.json()["state"] in ("queued", "running")
    document = ended(client, where)
    assert (document["state"], document["error"]) == ("done", "")
    assert document["record"]["stack"] == "plain"
    assert document["record"]["settings"]["items"] == 120
    assert [r["id"] for r in client.get("/api/runs").json()["runs"]] == [document["id"]]
    assert client.get("/api/runs").json()["runs"][0]["record"] is None
    assert client.delete(where).json()["state"] == "done"
    # As after a restart: another process knows nothing but the file.
    assert RunJobs(JobBook()).get(document["id"]).record == document["record"]


def test_a_run_is_cancelled_and_one_that_was_cut_off_says_so(client, jobs, home):
    where = client.post("/api/runs", json={"stack": "he", "cohort": 5000}).headers["location"]
    ended(client, where, states=("running",))
    assert RunJobs(JobBook()).get(where.rpartition("/")[2]).state == "interrupted"
    began = time.monotonic()
    assert client.delete(where).json()["state"] == "cancelled"
    assert time.monotonic() - began < 30
    assert client.get(where).json()["state"] == "cancelled"


def test_only_so_many_runs_wait(client, jobs):
    for _ in range(AT_ONCE + WAITING):
        assert client.post("/api/runs", json={"stack": "he", "cohort": 5000}).status_code in (202, 503)
    answer = client.post("/api/runs", json={"stack": "he", "cohort": 5000})
    problem(answer, 503)
    assert answer.headers["retry-after"] == "10"
    states = [r["state"] for r in client.get("/api/runs").json()["runs"]]
    assert states.count("queued") == WAITING
    jobs.close()
    assert {r["state"] for r in client.get("/api/runs").json()["runs"]} == {"interrupted"}


def test_only_two_comparisons_are_made_at_once_and_one_that_is_stopped_keeps_its_place(book, jobs, workers):
    heavy = [{"stacks": ["he"], "options": {"cohort": 5000}, "seed": seed} for seed in range(3)]
    with client_of(book, jobs, comparisons=Comparisons(workers)) as asking:
        first, second = (asking.post("/api/comparisons", json=one) for one in heavy[:2])
        assert [first.status_code, second.status_code] == [202, 202]
        assert asking.post("/api/comparisons", json=heavy[0]).json()["id"] == first.json()["id"]
        third = asking.post("/api/comparisons", json=heavy[2])
        problem(third, 503)
        assert third.headers["retry-after"] == "10"
        stopped = asking.delete(first.headers["location"]).json()
        assert (stopped["state"], stopped["done"], stopped["total"]) == ("partial", 0, 1)
        assert asking.post("/api/comparisons", json=heavy[2]).status_code == 202
        assert len(asking.get("/api/comparisons").json()["comparisons"]) == 3


def test_a_run_that_fails_says_why(jobs, home):
    (home / "plugins").mkdir()
    stranger = (STRANGERS / "wayward.py").read_text()
    (home / "plugins" / "wayward.py").write_text(stranger)
    assert discover().spec("wrong_shape")
    with client_of(RoundBook(), jobs) as asking:
        document = ended(asking, asking.post("/api/runs", json={"stack": "wrong_shape", **SMALL}).headers["location"])
        assert document["state"] == "failed"
        assert "returned scores of shape (3,), where (120,) was expected" in document["error"]
        assert document["record"]["failure"] == document["error"]
        assert "wrong_shape" in problem(asking.get("/api/recommendations/ada?stack=wrong_shape"), 502)
