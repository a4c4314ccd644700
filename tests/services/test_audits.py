"""Audits of every backend: run in a worker, kept by settings and code, cancelled without loss."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy.jobs.book import JobBook
from privacy.registry import discover
from privacy.services.audit_worker import measure
from privacy.services.audits import AuditRow, Audits, AuditSettings, AuditSnapshot, items
from tests.support.soaking import sized
from tests.support.waiting import CAP

REGISTRY = discover()
SHORT = AuditSettings(epsilon=1.0, releases=sized(2000, 3000), seconds=60.0, plays=sized(30, 60))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def book() -> Iterator[JobBook]:
    made = JobBook()
    yield made
    made.close()


@pytest.fixture
def jobs(book: JobBook) -> Audits:
    return Audits(book)


def finished(jobs: Audits, settings: AuditSettings) -> AuditSnapshot:
    jobs.start(settings, REGISTRY)
    for job in jobs._jobs._jobs.values():
        job.join(CAP)
    return jobs.snapshot(settings, REGISTRY)


def test_every_mechanism_of_dp_is_an_item_and_so_is_every_carrier() -> None:
    found = {item.name: item.params for item in items(SHORT, REGISTRY)}
    assert list(found) == ["dp, krr", "dp, gaussian", "dp, laplace", "plain", "local", "he", "smpc"]
    assert found["dp, laplace"] == {"epsilon": 1.0, "mechanism": "laplace"}


@pytest.mark.sized("planted")
def test_an_audit_is_run_once_and_kept_by_its_settings(jobs: Audits) -> None:
    assert jobs.snapshot(SHORT, REGISTRY).state == "absent"
    now = finished(jobs, SHORT)
    assert (now.state, now.missing) == ("done", 0)
    rows = {row.name: row for row in now.rows}
    krr = rows["dp, krr"]
    assert (krr.declared, krr.n) == (1.0, SHORT.releases)
    assert krr.audited is not None
    assert 0 < krr.audited < 1.5
    plain, local = rows["plain"], rows["local"]
    assert plain.low is not None
    assert plain.low > 0
    assert (plain.n, plain.claim, plain.alarm) == (SHORT.plays // 2, "none", False)
    assert local.event == "none: all views are alike"
    # After a restart the rows are there; another epsilon leaves only its own to do.
    assert Audits(JobBook()).snapshot(SHORT, REGISTRY).rows == now.rows
    other = Audits(JobBook()).snapshot(dataclasses.replace(SHORT, epsilon=4.0), REGISTRY)
    assert (other.state, other.missing) == ("absent", 3)
    assert [row.name for row in other.rows] == ["plain", "local", "he", "smpc, server-1", "smpc, server-2"]


def test_a_cancelled_audit_keeps_its_rows_and_another_has_to_wait(jobs: Audits, book: JobBook) -> None:
    long = dataclasses.replace(SHORT, plays=4000)
    assert jobs.start(long, REGISTRY).state == "running"
    assert jobs.start(long, REGISTRY).state == "running"
    assert list(book.started.values()) == [1]
    waiting = jobs.start(SHORT, REGISTRY)
    assert waiting.state == "absent"
    assert "another audit" in waiting.label
    jobs.cancel(long)
    for job in book._jobs.values():
        job.join(CAP)
    assert jobs.snapshot(long, REGISTRY).state == "cancelled"


@pytest.mark.soak("planted")
def test_a_damaged_row_is_measured_again(jobs: Audits, state: Path) -> None:
    few = dataclasses.replace(SHORT, releases=500, seconds=0.2, plays=20)
    assert finished(jobs, few).missing == 0
    path = next((state / "audits").glob("*.json"))
    path.write_text("{")
    assert jobs.snapshot(few, REGISTRY).missing == 1
    assert finished(jobs, few).missing == 0


def test_an_epsilon_that_is_refused_is_a_sentence_and_the_others_are_kept(jobs: Audits) -> None:
    now = finished(jobs, dataclasses.replace(SHORT, epsilon=1000.0, seconds=0.2, plays=20))
    assert now.state == "failed"
    assert "dp, krr" in now.error
    assert "epsilon" in now.error
    assert [row.name for row in now.rows] == ["plain", "local", "he", "smpc, server-1", "smpc, server-2"]


def test_what_is_found_is_said_in_words() -> None:
    dp = AuditRow("dp", "dp", 100, "an event", "today", declared=1.0, audited=0.4, unit="user")
    assert dp.finding == "✓ not refuted"
    assert dataclasses.replace(dp, audited=0.0).finding.endswith("proved nothing")
    assert dataclasses.replace(dp, audited=1.2).alarm
    game = AuditRow("he", "he", 100, "a forest", "today", advantage=0.4, low=0.2, high=0.6, claim="computational")
    assert game.finding == "✗ above the claim"
    assert dataclasses.replace(game, admitted=0.3).finding == "✓ within the claim"
    assert not dataclasses.replace(game, claim="none").alarm
    assert dataclasses.replace(game, low=-0.1, high=0.3).finding == "■ at chance"
    assert dataclasses.replace(game, low=-0.8, high=0.7, n=25).finding == "– too few to tell"


def test_a_planted_bug_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    from backends.dp.scoring.krr import TopicResponse

    item = items(SHORT, REGISTRY)[0]
    honest = TopicResponse.release
    # It always answers with the truth: whatever epsilon it declares is wrong.
    monkeypatch.setattr(TopicResponse, "release", lambda self, task, vector: vector)
    assert measure(item, SHORT, REGISTRY)[0].alarm
    monkeypatch.setattr(TopicResponse, "release", honest)
    # Declared is 1, and the bound of an honest mechanism exceeds that by half once in a million audits at most.
    row = measure(item, SHORT, REGISTRY)[0]
    assert row.audited is not None
    assert row.audited < 1.5
