"""The attack on many rounds as the pages run it: what its curves show, and how its job is kept, found and ended."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy.jobs.book import JobBook
from privacy.jobs.job import Progress
from privacy.plots.disaggregation import Curve, Point
from privacy.registry import Registry, discover
from tests.support.saved_survey import request
from tests.support.waiting import CAP, wait_until
from workloads.survey import curves as rounds
from workloads.survey.curves import KIND, Curves, CurvesSnapshot, measure, series


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    # What is kept is found by the code that made it: here that stays the same, whoever edits it meanwhile.
    monkeypatch.setattr(rounds, "code_fingerprint", lambda stack, spec: f"code of {stack.name}")
    return tmp_path


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover()


def last(curve: Curve) -> Point:
    return curve.points[-1]


def test_known_changing_cohorts_are_separated_by_round_20_and_fixed_or_noised_ones_are_not(registry: Registry) -> None:
    wording: list[str] = []
    found = measure(request(question="histogram"), registry, lambda done, total, label: wording.append(label))
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
    assert wording == ["Plain, changing cohorts", "Plain, fixed cohorts", "DP, changing cohorts"]


def test_a_hidden_input_is_shown_beside_plain_and_noise(registry: Registry) -> None:
    query = request(question="mean")
    stacks = [(one.stack, fixed) for one, fixed in series(type(query)(**(vars(query) | {"stack": "he"})), registry)]
    assert stacks == [("he", False), ("he", True), ("plain", False), ("dp", False)]


class Ended:
    """A worker that came to its end."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.cancelled, self.joined = progress, False, False

    def cancel(self) -> None:
        self.cancelled = True

    def join(self) -> None:
        self.joined = True


@pytest.fixture
def book() -> Iterator[JobBook]:
    made = JobBook()
    yield made
    made.close()


def test_a_job_is_made_once_and_its_result_is_found_by_another_process(
    registry: Registry, home: Path, book: JobBook
) -> None:
    query, jobs = request(question="mean", rounds=2), Curves(book)
    assert jobs.snapshot(query, registry).state == "absent"
    jobs.start(query, registry)
    jobs.start(query, registry)
    assert book.started == {KIND: 1}
    wait_until(lambda: jobs.snapshot(query, registry).state != "running")
    found = jobs.snapshot(query, registry)
    assert found.state == "done", found
    assert found == Curves(JobBook()).snapshot(query, registry)
    assert {len(c.points) for c in found.curves} == {2}
    assert jobs.snapshot(request(question="mean", rounds=5), registry).state == "absent"
    jobs.start(query, registry)
    assert book.started == {KIND: 1}


def test_a_file_that_cannot_be_read_counts_as_none(registry: Registry, home: Path) -> None:
    query, jobs = request(), Curves(JobBook())
    (home / "rounds").mkdir()
    path = home / "rounds" / f"{rounds._key(query, registry)}.json"
    for text in ("{", "[]", '{"curves": [["a", [[1, 2]], false]], "cohort": 1, "devices": 2}'):
        path.write_text(text)
        assert jobs.snapshot(query, registry).state == "absent"


def test_a_job_without_a_result_has_failed_and_one_that_was_cancelled_says_so(
    registry: Registry, book: JobBook
) -> None:
    query, jobs = request(), Curves(book)
    place = (KIND, rounds._key(query, registry))
    book._jobs[place] = Ended(Progress("done"))  # type: ignore[assignment]
    assert jobs.snapshot(query, registry).state == "failed"
    book._jobs[place] = Ended(Progress("failed", error="The column is gone."))  # type: ignore[assignment]
    assert jobs.snapshot(query, registry) == CurvesSnapshot("failed", error="The column is gone.")
    book.close()
    ended = book._jobs[place]
    assert ended.cancelled  # type: ignore[attr-defined]
    assert ended.joined  # type: ignore[attr-defined]
    jobs.cancel(request(rounds=7), registry)


def test_cancelling_ends_the_worker(registry: Registry, book: JobBook) -> None:
    query, jobs = request(question="heavy", rounds=60), Curves(book)
    jobs.start(query, registry)
    jobs.cancel(query, registry)
    (job,) = book._jobs.values()
    job.join(CAP)
    assert job.process.poll() is not None
    assert jobs.snapshot(query, registry).state == "cancelled"
