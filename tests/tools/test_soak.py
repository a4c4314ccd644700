"""The soak: which parts run, in which order, and what becomes of tests that do not fit or that fail."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.soaking import PARTS, together
from tools import soak


def run(*words: str, code: str = "", folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_parts_are_those_of_the_tests() -> None:
    assert set(soak.TOUCHED) == set(PARTS)
    for starts in soak.TOUCHED.values():
        assert [start for start in starts if not list(ROOT.glob(f"{start}*"))] == []


def test_what_a_change_touches_comes_first() -> None:
    assert soak.ordered(["privacy/services/ledger.py", "README.md", "README.md"], day=0)[:2] == ["docs", "ledger"]
    assert soak.ordered(["backends/he/plugin.py"], day=3)[0] == "conformance"


def test_parts_take_turns_where_nothing_is_known_of_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = [soak.ordered(None, day=day)[0] for day in range(len(PARTS))]
    assert set(first) == set(PARTS)
    assert sorted(soak.ordered(None, day=2)) == sorted(PARTS)
    monkeypatch.setattr(soak, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert soak.changed("HEAD~1") is None


@pytest.mark.parametrize(
    ("test", "group"),
    [
        ("tests/workloads/fyp/test_fyp.py::test_x", "tests/workloads/fyp/test_fyp.py"),
        ("tests/testing/test_conformance.py::TestHe::test_x[a::b]", "tests/testing/test_conformance.py::TestHe"),
        ("tests/test_stats.py::test_x[a::b]", "tests/test_stats.py::test_x[a::b]"),
    ],
)
def test_what_is_set_up_once_stays_in_one_process(test: str, group: str) -> None:
    assert together(test, root=ROOT) == group


def test_a_part_that_there_is_not_is_refused() -> None:
    with pytest.raises(SystemExit):
        soak.main(["nothing", "--list"])
    done = run("--soak=nothing", "--collect-only")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "nothing" in done.stderr


@pytest.mark.soak("docs")
def test_what_does_not_fit_is_said_and_is_no_failure(capfd: pytest.CaptureFixture[str]) -> None:
    assert soak.main(["ledger", "--seconds", "0", "tests/services/test_ledger_races.py"]) == 0
    out = capfd.readouterr().out
    assert "ledger: 2 did not fit" in out
    assert "2 skipped" in out.splitlines()[-1]


@pytest.mark.soak("docs")
def test_a_soak_that_is_ended_still_tells_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tests" / "support").mkdir(parents=True)
    source = (ROOT / "tests" / "support" / "soaking.py").read_text()
    (tmp_path / "conftest.py").write_text(source)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    soak(part): one\n    sized(part): one\n")
    (tmp_path / "test_two.py").write_text(
        "import time, pytest\npytestmark = pytest.mark.soak('live')\n"
        "def test_fails():\n    assert False\n"
        "def test_hangs():\n    time.sleep(600)\n"
    )
    monkeypatch.setattr(soak, "ROOT", tmp_path)
    monkeypatch.setattr(soak, "GRACE", 20.0)
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # the soak in this test is no worker of the one around it
    assert soak.main(["live", "--seconds", "30"]) == 1
    assert "test_fails" in capfd.readouterr().out
