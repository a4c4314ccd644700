"""Runs over the REST API: begun, watched, cancelled, cut off, and no more of them than may wait."""

import time
from pathlib import Path

import pytest
from api_client import SMALL, client_of, problem

from privacy.registry import discover
from privacy.services.run_jobs import AT_ONCE, WAITING, RunJobs
from workloads.fyp.book import FeedBook


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    return tmp_path


def ended(client, where, states=("done", "failed", "cancelled", "interrupted")):
    for _ in range(1200):
        told = client.get(where).json()
        if told["state"] in states:
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def test_a_run_is_begun_watched_and_read(client, jobs):
    answer = client.post("/api/runs", json={"stack": "plain", **SMALL})
    assert answer.status_code == 202
    where = answer.headers["location"]
    assert answer.json()["state"] in ("queued", "running")
    told = ended(client, where)
    assert (told["state"], told["error"]) == ("done", "")
    assert told["record"]["stack"] == "plain"
    assert told["record"]["settings"]["items"] == 120
    assert [r["id"] for r in client.get("/api/runs").json()["runs"]] == [told["id"]]
    assert client.get("/api/runs").json()["runs"][0]["record"] is None
    assert client.delete(where).json()["state"] == "done"
    # As after a restart: another process knows nothing but the file.
    assert RunJobs().get(told["id"]).record == told["record"]


def test_a_run_is_cancelled_and_one_that_was_cut_off_says_so(client, jobs, home):
    where = client.post("/api/runs", json={"stack": "he", "cohort": 5000}).headers["location"]
    ended(client, where, states=("running",))
    assert RunJobs().get(where.rpartition("/")[2]).state == "interrupted"
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


def test_a_run_that_fails_says_why(jobs, home):
    (home / "plugins").mkdir()
    stranger = Path(__file__).with_name("strangers").joinpath("wayward.py").read_text()
    (home / "plugins" / "wayward.py").write_text(stranger)
    assert discover().spec("wrong_shape")
    with client_of(FeedBook(), jobs) as asking:
        told = ended(asking, asking.post("/api/runs", json={"stack": "wrong_shape", **SMALL}).headers["location"])
        assert told["state"] == "failed"
        assert "returned scores of shape (3,), where (120,) was expected" in told["error"]
        assert told["record"]["failure"] == told["error"]
        assert "wrong_shape" in problem(asking.get("/api/recommendations/ada?stack=wrong_shape"), 502)
