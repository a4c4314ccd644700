"""Conformance checks as a service: run in a worker, kept, cancelled, ended when they hang."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy.fingerprint import code_of
from privacy.jobs.book import JobBook
from privacy.registry import Registry, discover
from privacy.services.checks import KIND, Checks, keep, last, sentence
from privacy.testing.bench import CheckResult
from privacy.testing.report import Report
from tests.support import PLANTED
from tests.support.plugin_sources import UNREADY
from tests.support.waiting import CAP


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    (tmp_path / "plugins").mkdir()
    shutil.copy(PLANTED / "sound.py", tmp_path / "plugins" / "sound.py")
    (tmp_path / "plugins" / "unready.py").write_text(UNREADY)
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


def test_a_check_beyond_its_limit_is_ended_and_the_report_says_so(book: JobBook) -> None:
    registry, jobs = discover(), Checks(book, limit=0.01)
    jobs.start("sound", registry)
    book._timers[KIND, "sound"].join(CAP)
    now = jobs.snapshot("sound", registry)
    assert now.state == "failed"
    assert "No answer within" in now.error
    assert now.report is not None
    assert "gave no answer" in now.report.results[0].detail
    assert book._jobs[KIND, "sound"].process.poll() is not None
