"""Conformance checks as a service: run in a worker, kept, cancelled, ended when they hang."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy.fingerprint import code_of
from privacy.registry import Registry, discover
from privacy.services.checks import Checks, keep, last, sentence
from privacy.testing.bench import CheckResult
from privacy.testing.report import Report

PLANTED = Path(__file__).with_name("planted")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    (tmp_path / "plugins").mkdir()
    shutil.copy(PLANTED / "sound.py", tmp_path / "plugins" / "sound.py")
    return tmp_path


@pytest.fixture
def jobs() -> Iterator[Checks]:
    made = Checks()
    yield made
    made.close()


def entry(registry: Registry, backend: str):
    return next(e for e in registry.entries if e.id == backend)


def made(backend: str, *passed: bool | None, code: str) -> Report:
    results = [CheckResult(f"c{i}", "A check", p, "evidence") for i, p in enumerate(passed)]
    return Report(backend, {"scoring": results}, date="2026-11-21", code=code)


def test_a_single_file_is_checked_in_a_worker_and_its_report_kept(jobs: Checks) -> None:
    registry = discover()
    assert sentence(entry(registry, "sound")) == "declared; not checked on this device"
    assert jobs.start("sound", registry).state == "running"
    jobs._jobs["sound"].join(300)
    now = jobs.snapshot("sound", registry)
    assert now.state == "done", now.error
    assert now.report is not None
    assert not now.stale
    assert now.report.ok, [r for r in now.report.results if r.passed is False]
    assert sentence(entry(registry, "sound")) == now.report.sentence


def test_the_sentence_counts_failures_and_tells_of_changed_code() -> None:
    found = entry(discover(), "sound")
    keep(made("sound", True, True, False, None, code=code_of(found.spec)), found.spec)
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


def test_a_check_beyond_its_limit_is_ended_and_the_report_says_so() -> None:
    registry, jobs = discover(), Checks(limit=0.01)
    jobs.start("sound", registry)
    jobs._timers["sound"].join(60)
    now = jobs.snapshot("sound", registry)
    assert now.state == "failed"
    assert "No answer within" in now.error
    assert now.report is not None
    assert "gave no answer" in now.report.results[0].detail
    assert jobs._jobs["sound"].process.poll() is not None
