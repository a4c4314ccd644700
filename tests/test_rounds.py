"""The attack on many rounds as the pages run it: what its curves show, and how its job is kept, found and ended."""

import time
from pathlib import Path

import pytest
from saved_survey import request

from privacy.jobs.job import Progress
from privacy.plots.disaggregation import Curve, Point
from privacy.registry import Registry, discover
from workloads.survey import curves as rounds
from workloads.survey.curves import Rounds, RoundsSnapshot, measure, series


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    # What is kept is found by the code that made it: here that stays the same, whoever edits it meanwhile.
    monkeypatch.setattr(rounds, "code_fingerprint", lambda stack: f"code of {stack.name}")
    return tmp_path


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover()


def last(curve: Curve) -> Point:
    return curve.points[-1]


def test_known_changing_cohorts_are_separated_by_round_20_and_fixed_or_noised_ones_are_not(registry: Registry) -> None:
    said: list[str] = []
    found = measure(request(question="histogram"), registry, lambda done, total, label: said.append(label))
    changing, fixed, noised = found.curves
    assert found.cohort == 10
    assert found.devices == 30
    assert [p.round for p in changing.points] == list(range(1, 21))
    assert changing.name == "Plain, changing"
    assert last(changing).share > 0.8
    assert last(changing).low > 0.7
    assert changing.points[0].share < 0.1
    assert fixed.fixed
    assert last(fixed).share < 0.1
    assert noised.name == "DP, changing"
    assert last(noised).high < 0.5
    assert said == ["Plain, changing cohorts", "Plain, fixed cohorts", "DP, changing cohorts"]


def test_a_hidden_input_is_shown_beside_plain_and_noise(registry: Registry) -> None:
    asked = request(question="mean")
    stacks = [(one.stack, fixed) for one, fixed in series(type(asked)(**(vars(asked) | {"stack": "he"})), registry)]
    assert stacks == [("he", False), ("he", True), ("plain", False), ("dp", False)]


class Ended:
    """A worker that came to its end."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.closed = progress, False

    def close(self) -> None:
        self.closed = True


def test_a_job_is_made_once_and_its_result_is_found_by_another_process(registry: Registry, home: Path) -> None:
    asked, jobs = request(question="mean", rounds=4), Rounds()
    assert jobs.snapshot(asked, registry).state == "absent"
    jobs.start(asked, registry)
    jobs.start(asked, registry)
    assert len(jobs._jobs) == 1
    for _ in range(600):
        if jobs.snapshot(asked, registry).state != "running":
            break
        time.sleep(0.1)
    found = jobs.snapshot(asked, registry)
    assert found.state == "done", found
    assert found == Rounds().snapshot(asked, registry)
    assert {len(c.points) for c in found.curves} == {4}
    assert jobs.snapshot(request(question="mean", rounds=5), registry).state == "absent"
    jobs.start(asked, registry)
    assert len(jobs._jobs) == 1
    jobs.close()


def test_a_file_that_cannot_be_read_counts_as_none(registry: Registry, home: Path) -> None:
    asked, jobs = request(), Rounds()
    (home / "rounds").mkdir()
    path = home / "rounds" / f"{rounds._key(asked, registry)}.json"
    for text in ("{", "[]", '{"curves": [["a", [[1, 2]], false]], "cohort": 1, "devices": 2}'):
        path.write_text(text)
        assert jobs.snapshot(asked, registry).state == "absent"


def test_a_job_without_a_result_has_failed_and_one_that_was_cancelled_says_so(registry: Registry) -> None:
    asked, jobs = request(), Rounds()
    key = rounds._key(asked, registry)
    jobs._jobs[key] = Ended(Progress("done"))  # type: ignore[assignment]
    assert jobs.snapshot(asked, registry).state == "failed"
    jobs._jobs[key] = Ended(Progress("failed", error="The column is gone."))  # type: ignore[assignment]
    assert jobs.snapshot(asked, registry) == RoundsSnapshot("failed", error="The column is gone.")
    jobs.close()
    assert jobs._jobs[key].closed  # type: ignore[attr-defined]
    jobs.cancel(request(rounds=7), registry)


def test_cancelling_ends_the_worker(registry: Registry) -> None:
    asked, jobs = request(question="heavy", rounds=60), Rounds()
    jobs.start(asked, registry)
    jobs.cancel(asked, registry)
    (job,) = jobs._jobs.values()
    job.join(30)
    assert job.process.poll() is not None
    assert jobs.snapshot(asked, registry).state == "cancelled"
