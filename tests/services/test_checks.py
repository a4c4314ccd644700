"""Conformance checks as a service: run in a worker, kept, cancelled, ended when they hang."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy.fingerprint import code_of, look_again
from privacy.jobs.book import JobBook
from privacy.registry import Registry, discover
from privacy.services import released as releases
from privacy.services.checks import KIND, Checks, keep, keep_part, last, part, sentence
from privacy.testing.bench import CheckResult
from privacy.testing.kit import PLACES, checks_of
from privacy.testing.report import Report
from privacy.testing.runner import Runner
from tests.support import PLANTED
from tests.support.plugin_sources import UNREADY
from tests.support.waiting import wait_until


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    (tmp_path / "plugins").mkdir()
    shutil.copy(PLANTED / "sound.py", tmp_path / "plugins" / "sound.py")
    (tmp_path / "plugins" / "unready.py").write_text(UNREADY)
    look_again()  # a plugin of this name, of another test, may have been here a moment ago
    return tmp_path


@pytest.fixture
def book() -> Iterator[JobBook]:
    made = JobBook()
    yield made
    made.close()


@pytest.fixture
def jobs(book: JobBook) -> Checks:
    return Checks(book)


def entry(registry: Registry, backend: str):
    return next(e for e in registry.entries if e.id == backend)


def made(backend: str, *passed: bool | None, code: str) -> Report:
    results = [CheckResult(f"c{i}", "A check", p, "evidence") for i, p in enumerate(passed)]
    return Report(backend, {"scoring": results}, date="2026-11-21", code=code)


@pytest.mark.parametrize(
    ("backend", "ok"),
    [("unready", False), pytest.param("sound", True, marks=pytest.mark.soak("conformance", seconds=60))],
)
def test_a_single_file_is_checked_in_a_worker_and_its_report_kept(
    jobs: Checks, book: JobBook, backend: str, ok: bool
) -> None:
    registry = discover()
    assert sentence(entry(registry, backend)) == "declared; not checked on this device"
    assert jobs.start(backend, registry).state == "running"
    book.wait(KIND, backend)
    now = jobs.snapshot(backend, registry)
    assert now.state == "done", now.error
    assert now.report is not None
    assert not now.stale
    assert now.report.ok == ok, [r for r in now.report.results if r.passed is False]
    assert len(now.report.results) > 10
    assert sentence(entry(registry, backend)) == now.report.sentence


def test_the_sentence_counts_failures_and_tells_of_changed_code() -> None:
    found = entry(discover(), "sound")
    keep(made("sound", True, True, False, None, code=code_of(found.spec, also=("testing",))), found.spec)
    assert sentence(found) == "declared; 2 checks passed and 1 failed on 2026-11-21"
    keep(made("sound", True, code="another"), found.spec)
    assert sentence(found) == "declared; 1 check passed on 2026-11-21; its code has changed since"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"schema": 1}', '{"schema": 99}', "\xff"])
def test_a_corrupt_report_is_none(state: Path, text: str) -> None:
    spec = discover().spec("sound")
    keep(made("sound", True, code=""), spec)
    (state / "checks" / "sound.json").write_bytes(text.encode("latin-1"))
    assert last(spec) is None


def test_a_report_of_another_backend_is_none(state: Path) -> None:
    spec = discover().spec("sound")
    keep(made("sound", True, code=""), spec)
    path = state / "checks" / "sound.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"backend": "plain"}))
    assert last(spec) is None


def test_a_cancelled_check_leaves_the_report_before_it(jobs: Checks) -> None:
    registry = discover()
    keep(made("sound", True, code=""), registry.spec("sound"))
    jobs.start("sound", registry)
    jobs.cancel("sound")
    now = jobs.snapshot("sound", registry)
    assert now.state == "cancelled"
    assert now.report is not None
    assert now.report.count(True) == 1


def test_a_check_that_was_cut_is_incomplete_and_none_has_failed(book: JobBook) -> None:
    registry, jobs = discover(), Checks(book, quiet=0.01)
    jobs.start("sound", registry)
    wait_until(lambda: jobs.snapshot("sound", registry).state == "failed", every=0.02)
    book.wait(KIND, "sound")
    now = jobs.snapshot("sound", registry)
    assert "No sign of life" in now.error
    assert now.report is None
    assert now.part is not None
    assert [r.outcome for r in now.part.results] == ["not finished"]
    assert now.part.count(False) == 0
    assert now.part.missing == now.part.total
    assert "incomplete" in sentence(entry(registry, "sound"))


def test_a_check_goes_on_with_what_was_not_finished(jobs: Checks, book: JobBook) -> None:
    registry = discover()
    spec = registry.spec("sound")
    every = list(Runner(spec, registry, spec.params(), checks_of(spec), plays=2, patience=9).todo(
        only=None, primitives=None, places=PLACES))  # fmt: skip
    left = {("scoring", "length", "in process"), ("scoring", "fresh", "http")}
    done = [t for t in every if t.key not in left]
    assert len(done) == len(every) - 2
    kept = [CheckResult(t.check, "kept", True, "evidence of before", place=t.place) for t in done]
    kept.append(CheckResult("length", "cut", None, "not finished: no sign of life", place="in process"))
    found = Report("sound", {"scoring": kept}, seed=7, code=code_of(spec, also=("testing",)), total=len(every))
    assert found.missing == 2
    keep_part(found, spec)
    assert jobs.start("sound", registry).state == "running"
    book.wait(KIND, "sound")
    now = jobs.snapshot("sound", registry)
    assert (now.state, now.part) == ("done", None), now.error
    assert now.report is not None
    assert now.report.seed == 7
    assert now.report.missing == 0
    new = {("scoring", r.id, r.place) for r in now.report.results if r.detail != "evidence of before"}
    assert new == left
    assert now.report.count(True) == len(every)


def test_what_was_found_of_another_code_is_not_gone_on_with() -> None:
    spec = discover().spec("sound")
    keep_part(made("sound", True, code="another"), spec)
    assert part(spec) is None


def test_a_built_in_is_shown_as_it_was_measured_at_release(
    jobs: Checks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    registry = discover()
    spec = registry.spec("plain")
    rows = {"plain": made("plain", True, True, code=code_of(spec, also=("testing",))).as_dict()}
    rows["sound"] = made("sound", True, code="").as_dict()
    monkeypatch.setattr(releases, "PATH", tmp_path / "released.json")
    (tmp_path / "released.json").write_text(json.dumps(rows))
    releases._reports.cache_clear()
    try:
        now = jobs.snapshot("plain", registry)
        assert (now.at_release, now.stale) == (True, False)
        assert "2 checks passed on 2026-11-21, measured at release" in sentence(entry(registry, "plain"))
        # Nobody else's plugin gets a report that came with Veilbench.
        assert jobs.snapshot("sound", registry).report is None
        rows["plain"]["code"] = "another"
        (tmp_path / "released.json").write_text(json.dumps(rows))
        releases._reports.cache_clear()
        assert jobs.snapshot("plain", registry).stale
        assert "earlier version" in sentence(entry(registry, "plain"))
        keep(made("plain", True, code=""), spec)
        assert not jobs.snapshot("plain", registry).at_release
    finally:
        releases._reports.cache_clear()


def test_the_release_has_every_check_of_every_built_in_backend(jobs: Checks) -> None:
    """It is of the code as it is now, or is shown as of an earlier one."""
    registry = discover()
    for one in registry.entries:
        if not (one.builtin and one.spec):
            continue
        report = releases.released(one.spec)
        assert report is not None, one.id
        assert set(report.primitives) == set(one.spec.implements)
        assert (report.missing, bool(report.code), bool(report.version)) == (0, True, True)
        now = jobs.snapshot(one.id, registry)
        assert now.at_release
        assert now.stale is (report.code != code_of(one.spec, also=("testing",)))
        assert ("earlier version" in sentence(one)) is now.stale
