"""Comparisons: cells and sweeps, each run made once and kept, cancelled, killed and resumed, and the command."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from privacy import lab
from privacy.cli import main
from privacy.comparison import Plan, parse_sweep
from privacy.errors import ParamError, UnknownNameError
from privacy.jobs import Progress
from privacy.registry import discover
from privacy.services.compare import run_plan
from privacy.services.comparisons import Comparisons, run_id
from privacy.services.runs import RunShelf
from privacy.workloads.evaluation import random_feed
from privacy.workloads.request import RunRequest

PLUGINS = {
    "noise": """
import math
from dataclasses import dataclass
import numpy as np
from privacy.plugin import BackendSpec, OutputPrivacy, PrivacyCost, Randomiser, hookimpl, param

@dataclass(frozen=True)
class Params:
    epsilon: float = param(2.0, help="loss", low=0.05, high=64.0)

class Response(Randomiser):
    def randomise(self, value, seat):
        centres = np.array(seat.task.centres, dtype=np.int64)
        best, others = int((centres @ value).argmax()), len(centres) - 1
        coin = int.from_bytes(seat.random.bytes(6)) / 2**48
        stay = math.exp(self.params.epsilon) / (math.exp(self.params.epsilon) + others)
        other = (best + 1 + int.from_bytes(seat.random.bytes(6)) % others) % (others + 1)
        return centres[best if coin < stay else other]

    def cost(self, task):
        return PrivacyCost(self.params.epsilon)

    def output(self, task):
        return OutputPrivacy(self.params.epsilon, 0.0, "user and period", "replace-one", "local", "pure epsilon")

@hookimpl
def register_backends():
    implements = {"scoring": __name__ + ":Response"}
    return [BackendSpec("noise", "Noise", "s", implements, kind="randomiser", params=Params)]
""",
    "slow": """
import time
from dataclasses import dataclass
from backends.plain.mechanism import PlainScoring
from privacy.plugin import BackendSpec, hookimpl, param

@dataclass(frozen=True)
class Params:
    rest: float = param(0.05, help="seconds", low=0, high=60)

class Scoring(PlainScoring):
    def server(self, seat):
        made = super().server(seat)
        answer = made.answer

        def late(query):
            time.sleep(self.params.rest)
            return answer(query)

        made.answer = late
        return made

@hookimpl
def register_backends():
    return [BackendSpec("slow", "Slow", "s", {"scoring": __name__ + ":Scoring"}, params=Params)]
""",
    "breaks": """
from backends.plain.mechanism import PlainScoring, PlainServer
from privacy.plugin import BackendSpec, hookimpl

class Breaking(PlainServer):
    def answer(self, query):
        raise ZeroDivisionError("a private thing")

class Scoring(PlainScoring):
    def server(self, seat):
        return Breaking(seat)

@hookimpl
def register_backends():
    return [BackendSpec("breaks", "B", "s", {"scoring": __name__ + ":Scoring"})]
""",
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    # Features of the catalogue are derived once for all tests.
    (tmp_path / "cache").symlink_to(cache)
    (tmp_path / "plugins").mkdir()
    for name, text in PLUGINS.items():
        (tmp_path / "plugins" / f"{name}.py").write_text(text)
    return tmp_path


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stacks of all runs that this process makes, in order."""
    found: list[str] = []
    real = lab.run

    def run(request: RunRequest, **more: object) -> object:
        found.append(request.stack)
        return real(request, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(lab, "run", run)
    return found


def plan(*stacks: str, sweep: str = "", values: tuple[float, ...] = (), **base: object) -> Plan:
    return Plan(RunRequest(**({"cohort": 20} | base)), stacks, sweep, values)  # type: ignore[arg-type]


# Plans


def test_a_sweep_runs_each_value_of_the_stacks_that_have_it_and_the_others_once() -> None:
    cells = plan("plain", "noise", "noise+he", sweep="epsilon", values=(0.5, 8.0)).cells(discover())
    assert [(c.request.stack, c.swept) for c in cells] == [
        ("plain", None), ("noise", 0.5), ("noise", 8.0), ("noise+he", 0.5), ("noise+he", 8.0),
    ]  # fmt: skip
    assert [c.label for c in cells][:2] == ["plain", "noise at 0.5"]
    assert [c.request.params for c in cells][:2] == [{}, {"epsilon": 0.5}]


def test_a_parameter_goes_to_the_stacks_that_have_it() -> None:
    cells = plan("plain", "he", "noise", params={"preset": "compact", "epsilon": "1"}).cells(discover())
    assert [c.request.params for c in cells] == [{}, {"preset": "compact"}, {"epsilon": 1.0}]


@pytest.mark.parametrize(
    ("wrong", "error", "names"),
    [
        (plan(), ParamError, "no stack"),
        (plan("plain", "plain"), ParamError, "twice"),
        (plan("plain", "nosie"), UnknownNameError, "noise"),
        (plan("noise", sweep="epsilom", values=(1.0,)), UnknownNameError, "epsilon"),
        (plan("plain", sweep="epsilon", values=(1.0,)), UnknownNameError, "epsilon"),
        (plan("noise", sweep="epsilon"), ParamError, "at least one value"),
        (plan("noise", sweep="epsilon", values=(1.0, 1000.0)), ParamError, "between"),
        (plan("noise", sweep="epsilon", values=tuple(1 + i / 100 for i in range(65))), ParamError, "65 runs"),
        (plan("noise", params={"preset": "compact"}), UnknownNameError, "preset"),
    ],
)
def test_a_plan_that_cannot_run_is_refused_before_anything_runs(
    wrong: Plan, error: type[Exception], names: str, ran: list[str]
) -> None:
    with pytest.raises(error, match=names):
        run_plan(wrong, discover(), lab.quiet)
    assert ran == []


def test_a_sweep_is_read_in_order_and_once() -> None:
    assert parse_sweep("epsilon=8,0.5,2,2.0") == ("epsilon", (0.5, 2.0, 8.0))
    for text in ("epsilon", "epsilon=", "=1", "epsilon=1,x", "epsilon=nan", "epsilon=1,,2"):
        with pytest.raises(ParamError, match="not a sweep"):
            parse_sweep(text)


def test_the_same_plan_is_the_same_comparison_and_another_is_not() -> None:
    one = plan("plain", "local")
    assert one.id == plan("plain", "local").id
    assert Plan.from_dict(json.loads(json.dumps(one.as_dict()))) == one
    others = [plan("local", "plain"), plan("plain"), plan("plain", "local", seed=1)]
    assert len({one.id, *(o.id for o in others)}) == 4


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
    assert Comparisons().open(plan("plain", "local"), discover()).records == fresh.records


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
    assert Comparisons().open(wrong, discover()).records[0] == record
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
        **saved["settings"],
    )  # fmt: skip
    again = lab.run(request).as_dict()

    def figures(record: dict[str, object]) -> list[dict[str, object]]:
        return [m for m in record["metrics"] if m["unit"] != "s"]  # type: ignore[attr-defined]

    assert figures(again) == figures(saved)
    assert len(figures(again)) > 10
    assert again["data_hash"] == saved["data_hash"]
    assert json.loads(json.dumps(again["guarantee"])) == saved["guarantee"]


def test_chance_is_what_random_feeds_score() -> None:
    from privacy.workloads.evaluation import ndcg_at

    rng, pool, relevant = np.random.default_rng(3), 40, np.arange(4)
    feeds = [rng.permutation(pool)[:10] for _ in range(6000)]
    overlap = np.mean([len(np.intersect1d(f, np.arange(10))) / 10 for f in feeds])
    ndcg = np.mean([ndcg_at(f, relevant) for f in feeds])
    recall = np.mean([len(np.intersect1d(f, relevant)) / 4 for f in feeds])
    assert random_feed(pool, 4) == pytest.approx((overlap, ndcg, recall), rel=0.04)


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


def wait(ready: Callable[[], bool]) -> None:
    for _ in range(6000):
        if ready():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come")


def first_kept(plan: Plan) -> Callable[[], bool]:
    """Whether the record of the first cell is there."""
    registry = discover()
    key = run_id(plan.cells(registry)[0], registry)
    return lambda: RunShelf().has(key)


def finished(progress: Progress) -> bool:
    return progress.state in ("done", "failed", "cancelled")


def test_a_comparison_outlives_a_kill_and_a_restart(state: Path) -> None:
    wanted, comparisons, registry = plan("plain", "slow"), Comparisons(), discover()
    comparisons.start(wanted, registry)
    wait(first_kept(wanted))
    (job,) = comparisons._jobs.values()
    os.kill(job.process.pid, signal.SIGKILL)
    wait(lambda: comparisons.progress(wanted).state == "failed")
    assert "start it again" in comparisons.progress(wanted).error
    (path,) = (state / "runs").glob("*.json")
    before = path.read_bytes(), path.stat().st_mtime_ns
    later = Comparisons()
    assert later.plan(wanted.id) == wanted
    assert later.open(wanted, registry).done == 1
    assert later.start(wanted, registry).state == "running"
    wait(lambda: finished(later.progress(wanted)))
    assert later.progress(wanted).state == "done"
    assert later.open(wanted, registry).done == 2
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert later.ids() == [wanted.id]
    later.close()


def test_a_cancelled_comparison_keeps_its_cells_and_runs_once_however_many_ask() -> None:
    wanted, comparisons, registry = plan("plain", "slow", params={"rest": 60.0}), Comparisons(), discover()
    assert comparisons.progress(wanted).state == "absent"
    comparisons.start(wanted, registry)
    comparisons.start(wanted, registry)
    (job,) = comparisons._jobs.values()
    wait(first_kept(wanted))
    comparisons.cancel(wanted)
    job.join(10)
    assert job.process.returncode == -signal.SIGKILL
    assert comparisons.progress(wanted).state == "cancelled"
    assert comparisons.open(wanted, registry).done == 1


# The command


def compare(*arguments: str) -> int:
    try:
        return main(["compare", "fyp", "--cohort", "20", *arguments])
    except SystemExit as ended:
        return int(ended.code or 0)


def test_the_command_prints_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare("--stacks", "plain,noise", "--sweep", "epsilon=0.5,4", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"schema", "comparison", "plan", "cells"}
    assert [(c["label"], c["stack"], c["swept"]) for c in found["cells"]] == [
        ("plain", "plain", None), ("noise at 0.5", "noise", 0.5), ("noise at 4", "noise", 4.0),
    ]  # fmt: skip
    assert found["comparison"] == Plan.from_dict(found["plan"]).id
    for cell in found["cells"]:
        assert cell["record"]["stack"] == cell["stack"]
        assert cell["record"]["failure"] is None
    towards = found["cells"][1]["record"]["guarantee"]["towards"]
    assert [t["output"]["epsilon"] for t in towards] == [0.5]


def test_the_command_prints_a_table_and_writes_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ran: list[str]
) -> None:
    paths = tmp_path / "r.csv", tmp_path / "r.html"
    assert compare("--stacks", "plain,local", "--csv", str(paths[0]), "--html", str(paths[1])) == 0
    out, err = capsys.readouterr()
    for word in ("plain", "local", "top10_overlap", "attribute_advantage_scoring", "bytes_setup", "1.00 [", "failed"):
        assert word in out
    assert f"wrote {paths[1]}" in err
    rows = list(csv.DictReader(paths[0].read_bytes().decode().splitlines()))
    assert {r["stack"] for r in rows} == {"plain", "local"}
    assert paths[1].read_text(encoding="utf-8").startswith("<!doctype html>")
    assert compare("--stacks", "plain,local") == 0
    assert compare("--stacks", "plain,local", "--fresh") == 0
    assert ran == ["plain", "local"] * 2


def test_a_failed_cell_is_exit_1_and_the_others_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare("--stacks", "breaks,plain", "--json") == 1
    out, err = capsys.readouterr()
    broken, plain = json.loads(out)["cells"]
    assert "ZeroDivisionError" in broken["record"]["failure"]
    assert plain["record"]["metrics"]
    assert "veilbench: breaks:" in err


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--stacks", "plian"], "plain"),
        (["--stacks", ","], "at least one"),
        (["--stacks", "noise", "--sweep", "epsilon"], "epsilon=0.5"),
        (["--stacks", "plain", "--sweep", "epsilon=1"], "epsilon"),
        (["--stacks", "plain", "--user", "own"], "own"),
        (["--stacks", "plain", "--user", "nobody"], "user"),
        (["--stacks", "plain", "--html", "/no/such/folder/r.html"], "folder"),
        (["--stacks", "plain", "--csv", "/tmp"], "/tmp"),
        (["--stacks", "plain", "--data", "/no/such/file.csv"], "no such file"),
        (["--stacks", "plain", "--param", "x"], "name=value"),
        ([], "--stacks"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_2(
    arguments: list[str], names: str, capsys: pytest.CaptureFixture[str], ran: list[str]
) -> None:
    assert compare(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert names in err


def test_ctrl_c_keeps_what_has_run_and_a_second_call_goes_on(state: Path) -> None:
    command = [sys.executable, "-m", "privacy", "compare", "fyp", "--cohort", "20", "--stacks", "plain,slow", "--json"]
    command += ["--param", "rest=0.15"]
    wanted = plan("plain", "slow", params={"rest": 0.15})
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait(first_kept(wanted))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert json.loads(out) == {"error": "Stopped."}
    assert "1 of 2 runs are kept; the same command goes on from there." in err
    (path,) = (state / "runs").glob("*.json")
    before = path.stat().st_mtime_ns
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [c["record"]["stack"] for c in json.loads(done.stdout)["cells"]] == ["plain", "slow"]
    assert path.stat().st_mtime_ns == before
