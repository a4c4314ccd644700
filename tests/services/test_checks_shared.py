"""A conformance check shared out over two processes says what one process says."""

import json

import pytest

from privacy.cli import main
from privacy.errors import PluginError
from privacy.jobs.job import Progress
from privacy.registry import discover
from privacy.services import checks, checks_shared
from privacy.services.checks_shared import check_shared, first_to, worth_sharing
from privacy.testing.kit import PLACES, check_backend
from privacy.testing.places import IN_PROCESS, SPAWNED
from tests.support import PLANTED
from tests.support.plugin_sources import UNREADY
from tests.support.soaking import sized


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    (tmp_path / "plugins").mkdir()
    return tmp_path


def found(report):
    return [(p, r.place, r.id, r.passed) for p, results in report.primitives.items() for r in results]


@pytest.mark.sized("conformance")
def test_two_workers_find_what_one_process_finds(home):
    (home / "plugins" / "shipped_key.py").write_text((PLANTED / "shipped_key.py").read_text())
    (home / "plugins" / "sound.py").write_text((PLANTED / "sound.py").read_text())
    registry = discover()
    spec = registry.spec("shipped_key")
    wording, only = [], sized(["error", "keys"], None)
    size = {"places": sized((IN_PROCESS, SPAWNED), PLACES), "plays": sized(4, 16), "only": only}
    shared = check_shared(spec, params={}, seed=4, progress=lambda *step: wording.append(step), **size)
    alone = check_backend(spec, registry, seed=4, **size)
    assert found(shared) == found(alone)
    assert {r.id for r in shared.results if r.passed is False} >= {"keys"}
    assert shared.seed == alone.seed == 4
    assert {(r.id, r.place): r.reproduce for r in shared.results} == {
        (r.id, r.place): r.reproduce for r in alone.results
    }
    assert all(0 <= done <= total for done, total, _ in wording)


def test_a_worker_that_cannot_find_the_backend_is_an_error_with_its_sentence(home):
    spec = discover(plugins=PLANTED).spec("sound")
    with pytest.raises(PluginError, match="sound"):
        check_shared(spec, params={}, seed=1, plays=2)


def test_while_one_worker_is_at_work_the_other_is_not_asked_again_and_again():
    class Worker:
        def __init__(self, state):
            self.progress, self.rows, self.heard = Progress(state), [], 0.0

        def join(self, timeout=None):
            assert timeout is None or self.progress.state == "running", "whoever has ended is there at once"
            self.progress = Progress("done")

    jobs = [Worker("done"), Worker("running")]
    checks_shared._watch(jobs, lambda *step: None, lambda primitive, result: None)
    assert [job.progress.state for job in jobs] == ["done", "done"]


def test_each_part_is_taken_once_by_whoever_comes_first(tmp_path):
    first, second = first_to(str(tmp_path)), first_to(str(tmp_path))
    assert [first("scoring here"), second("scoring here"), second("lookup elsewhere")] == [True, False, True]
    assert not first("lookup elsewhere")


def test_what_shares_runs_is_one_part_and_what_takes_longest_comes_first():
    registry = discover()
    spec = registry.spec("plain")
    parts: list[str] = []
    whole = check_backend(spec, registry, plays=2, seed=1, take=lambda part: bool(parts.append(part)))
    assert not whole.results
    assert whole.missing == whole.total > 0
    assert parts[0].startswith("aggregation")
    assert parts == [*dict.fromkeys(parts)]
    assert [p.endswith("elsewhere") for p in parts] == sorted(p.endswith("elsewhere") for p in parts)
    assert {p.partition(" ")[2] for p in parts} == {"here", "elsewhere", "variants"}


def test_what_is_worth_two_processes():
    registry = discover()
    assert not worth_sharing(registry.spec("dp"), PLACES)
    assert not worth_sharing(registry.spec("plain"), {"in process"})


@pytest.mark.parametrize(
    ("backend", "status", "count"),
    [("unready", 1, "failed"), pytest.param("sound", 0, "passed", marks=pytest.mark.soak("conformance", seconds=60))],
)
def test_the_command_keeps_a_whole_report_and_no_part_of_one(home, capsys, backend, status, count):
    (home / "plugins" / "sound.py").write_text((PLANTED / "sound.py").read_text())
    (home / "plugins" / "unready.py").write_text(UNREADY)
    assert main(["check", backend, "--only", "error", "--plays", "4", "--json"]) == status
    part = json.loads(capsys.readouterr().out)
    assert part[count] in (1, 3)
    spec = discover().spec(backend)
    assert checks.last(spec) is None
    main(["check", backend, "--plays", "16", "--json"])
    whole = json.loads(capsys.readouterr().out)
    kept = checks.last(spec)
    assert kept is not None
    assert kept.as_dict() == whole
    assert whole[count] > part[count]


def test_the_command_refuses_what_is_no_check(capsys):
    assert main(["check", "plain", "--only", "eror"]) == 2
    assert "did you mean error" in capsys.readouterr().err
    assert main(["check", "plain", "--plays", "1"]) == 2
    with pytest.raises(SystemExit):
        main(["check", "plain", "--place", "nowhere"])
