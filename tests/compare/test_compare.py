"""Comparisons: each run made once and kept, its numbers and their chance, cancelled, killed and resumed."""

import dataclasses
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from privacy import lab
from privacy.compare.book import Comparisons
from privacy.compare.run import run_plan
from privacy.jobs.book import JobBook
from privacy.jobs.job import Progress
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services.runs import RunShelf
from tests.support.compare_runs import first_kept, furnished, plan, wait
from tests.support.waiting import CAP
from workloads.fyp.evaluation import random_feed


@pytest.fixture(autouse=True)
def state(tmp_path: Path, features: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    return furnished(tmp_path, features)


# Runs


def test_a_run_is_made_once_and_shared_by_every_comparison_that_has_it(ran: list[str]) -> None:
    first = run_plan(plan("plain", "local"), discover(), lab.quiet)
    again = run_plan(plan("plain", "local"), discover(), lab.quiet)
    run_plan(plan("local", "noise", "plain"), discover(), lab.quiet)
    assert ran == ["plain", "local", "noise"]
    assert again.records == first.records
    assert first.done == 2


def test_fresh_runs_every_cell_again_and_replaces_it(ran: list[str]) -> None:
    first = run_plan(plan("plain", "local"), discover(), lab.quiet)
    fresh = run_plan(plan("plain", "local"), discover(), lab.quiet, fresh=True)
    assert ran == ["plain", "local"] * 2
    assert fresh.records != first.records
    assert Comparisons(JobBook()).open(plan("plain", "local"), discover()).records == fresh.records


def test_progress_rises_to_its_total() -> None:
    seen: list[tuple[int, int]] = []
    run_plan(plan("plain", "local"), discover(), lambda done, total, label: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (2000, 2000)


def test_a_failure_is_kept_and_run_again(ran: list[str]) -> None:
    wrong = plan("breaks", "plain")
    first = run_plan(wrong, discover(), lab.quiet)
    record = first.records[0]
    assert record is not None
    assert "ZeroDivisionError" in record["failure"]
    assert "a private thing" not in json.dumps(first.records)
    assert Comparisons(JobBook()).open(wrong, discover()).records[0] == record
    run_plan(wrong, discover(), lab.quiet)
    assert ran == ["breaks", "plain", "breaks"]


def test_a_damaged_record_is_run_again(state: Path, ran: list[str]) -> None:
    run_plan(plan("plain"), discover(), lab.quiet)
    (path,) = (state / "runs").glob("*.json")
    path.write_text("{")
    found = run_plan(plan("plain"), discover(), lab.quiet)
    assert ran == ["plain", "plain"]
    assert found.records[0] == RunShelf().open(path.stem)


@pytest.mark.parametrize("stack", ["plain", "local"])
def test_a_saved_run_reproduces_its_numbers_from_its_record(stack: str) -> None:
    saved = run_plan(plan(stack, seed=7, dims=16, items=300), discover(), lab.quiet).records[0]
    assert saved is not None
    request = RunRequest(
        stack=saved["stack"], workload=saved["workload"], params=saved["params"], seed=saved["seed"],
        options=saved["settings"],
    )  # fmt: skip
    again = lab.run(request).as_dict()

    def figures(record: dict[str, object]) -> list[dict[str, object]]:
        return [m for m in record["metrics"] if m["unit"] != "s"]  # type: ignore[attr-defined]

    assert figures(again) == figures(saved)
    assert len(figures(again)) > 10
    assert again["data_hash"] == saved["data_hash"]
    assert json.loads(json.dumps(again["guarantee"])) == saved["guarantee"]


def test_chance_is_what_random_feeds_score() -> None:
    from workloads.fyp.evaluation import ndcg_at

    rng, pool, relevant = np.random.default_rng(3), 40, np.arange(4)
    feeds = [rng.permutation(pool)[:10] for _ in range(6000)]
    overlap = np.mean([len(np.intersect1d(f, np.arange(10))) / 10 for f in feeds])
    ndcg = np.mean([ndcg_at(f, relevant) for f in feeds])
    recall = np.mean([len(np.intersect1d(f, relevant)) / 4 for f in feeds])
    assert random_feed(pool, 4) == pytest.approx((overlap, ndcg, recall), rel=0.04)


def test_noise_alone_scores_its_chance_and_not_that_of_a_random_feed() -> None:
    noise = RunRequest(stack="dp", params={"epsilon": 0.05}, options={"items": 600, "dims": 16, "cohort": 80})
    record = lab.run(noise, registry=discover())
    for key in ("top10_overlap", "recall_at_10", "ndcg_at_10"):
        found = record.metric(key)
        assert found is not None
        assert found.value is not None
        assert found.chance is not None
        assert found.low is not None
        assert abs(found.value - found.chance) < 2.5 * (found.value - found.low), key
    plain = lab.run(dataclasses.replace(noise, stack="plain", params={}), registry=discover())
    for key in ("top10_overlap", "recall_at_10"):
        alone, noised = plain.metric(key), record.metric(key)
        assert alone is not None
        assert noised is not None
        assert 10 / 600 <= (alone.chance or 0) < 10 / 500
        assert (noised.chance or 0) > 2 * (alone.chance or 1)


def test_every_metric_of_utility_has_its_chance() -> None:
    record = run_plan(plan("plain"), discover(), lab.quiet).records[0]
    assert record is not None
    chance = {m["key"]: m["chance"] for m in record["metrics"]}
    # 1000 items, about 20 of them liked.
    assert chance["top10_overlap"] == pytest.approx(10 / 980, rel=0.05)
    assert 0 < chance["ndcg_at_10"] < 0.02
    assert chance["recall_at_10"] == chance["top10_overlap"]
    assert chance["bytes_up"] is None


# Jobs


def finished(progress: Progress) -> bool:
    return progress.state in ("done", "failed", "cancelled")


def test_a_comparison_outlives_a_kill_and_a_restart(state: Path) -> None:
    jobs, wanted, registry = JobBook(), plan("plain", "slow"), discover()
    comparisons = Comparisons(jobs)
    comparisons.start(wanted, registry)
    wait(first_kept(wanted))
    (job,) = jobs._jobs.values()
    os.kill(job.process.pid, signal.SIGKILL)
    wait(lambda: comparisons.progress(wanted).state == "failed")
    assert "start it again" in comparisons.progress(wanted).error
    (path,) = (state / "runs").glob("*.json")
    before = path.read_bytes(), path.stat().st_mtime_ns
    second = JobBook()
    later = Comparisons(second)
    assert later.plan(wanted.id, registry) == wanted
    assert later.open(wanted, registry).done == 1
    assert later.start(wanted, registry).state == "running"
    wait(lambda: finished(later.progress(wanted)))
    assert later.progress(wanted).state == "done"
    assert later.open(wanted, registry).done == 2
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert later.ids() == [wanted.id]
    second.close()


def test_a_cancelled_comparison_keeps_its_cells_and_runs_once_however_many_ask() -> None:
    jobs, wanted, registry = JobBook(), plan("plain", "slow", params={"rest": 60.0}), discover()
    comparisons = Comparisons(jobs)
    assert comparisons.progress(wanted).state == "absent"
    comparisons.start(wanted, registry)
    comparisons.start(wanted, registry)
    (job,) = jobs._jobs.values()
    wait(first_kept(wanted))
    comparisons.cancel(wanted)
    job.join(CAP)
    assert job.process.returncode == -signal.SIGKILL
    assert comparisons.progress(wanted).state == "cancelled"
    assert comparisons.open(wanted, registry).done == 1
