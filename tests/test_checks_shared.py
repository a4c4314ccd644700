"""A conformance check shared out over two processes says what one process says."""

import json
from pathlib import Path

import pytest

from privacy.cli import main
from privacy.errors import PluginError
from privacy.registry import discover
from privacy.services import checks
from privacy.services.checks_shared import check_shared, worth_sharing
from privacy.testing.kit import PLACES, check_backend

PLANTED = Path(__file__).parent / "planted"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    (tmp_path / "plugins").mkdir()
    return tmp_path


def found(report):
    return [(p, r.place, r.id, r.passed) for p, results in report.primitives.items() for r in results]


def test_two_workers_find_what_one_process_finds(home):
    (home / "plugins" / "shipped_key.py").write_text((PLANTED / "shipped_key.py").read_text())
    (home / "plugins" / "sound.py").write_text((PLANTED / "sound.py").read_text())
    registry = discover()
    spec = registry.spec("shipped_key")
    said = []
    shared = check_shared(spec, params={}, seed=4, plays=16, progress=lambda *step: said.append(step))
    alone = check_backend(spec, registry, seed=4, plays=16)
    assert found(shared) == found(alone)
    assert {r.id for r in shared.results if r.passed is False} >= {"keys"}
    assert shared.seed == alone.seed == 4
    assert {(r.id, r.place): r.reproduce for r in shared.results} == {
        (r.id, r.place): r.reproduce for r in alone.results
    }
    assert all(0 <= done <= total for done, total, _ in said)


def test_a_worker_that_cannot_find_the_backend_is_an_error_with_its_sentence(home):
    spec = discover(plugins=PLANTED).spec("sound")
    with pytest.raises(PluginError, match="sound"):
        check_shared(spec, params={}, seed=1, plays=2)


def test_what_is_worth_two_processes():
    registry = discover()
    assert not worth_sharing(registry.spec("dp"), PLACES)
    assert not worth_sharing(registry.spec("plain"), {"in process"})


def test_the_command_keeps_a_whole_report_and_no_part_of_one(home, capsys):
    (home / "plugins" / "sound.py").write_text((PLANTED / "sound.py").read_text())
    assert main(["check", "sound", "--only", "error", "--plays", "4", "--json"]) == 0
    part = json.loads(capsys.readouterr().out)
    assert part["passed"] == 3
    spec = discover().spec("sound")
    assert checks.last(spec) is None
    main(["check", "sound", "--plays", "16", "--json"])
    whole = json.loads(capsys.readouterr().out)
    kept = checks.last(spec)
    assert kept is not None
    assert kept.as_dict() == whole
    assert whole["passed"] > 20


def test_the_command_refuses_what_is_no_check(capsys):
    assert main(["check", "plain", "--only", "eror"]) == 2
    assert "did you mean error" in capsys.readouterr().err
    assert main(["check", "plain", "--plays", "1"]) == 2
    with pytest.raises(SystemExit):
        main(["check", "plain", "--place", "nowhere"])
