"""The processes that train: their memory, their ends, and that neither changes what comes out."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from privacy.errors import ProtocolAborted, ServiceError
from privacy.registry import discover
from tests.support import ROOT
from tests.support.waiting import wait_until
from workloads.federated.benches.embedded import Embedded
from workloads.federated.benches.made import Made, Size, rows_of
from workloads.federated.training import idle, team
from workloads.federated.training.how import Training
from workloads.federated.training.lstm import train_client
from workloads.federated.training.shape import Shape, begin
from workloads.federated.training.steps import Steps
from workloads.federated.training.team import Team, Trained

SIZE = Size(7, 4, tokens=5, words=40, width=6, batch=2)
SHAPE, ROWS = Shape(SIZE.words, SIZE.width), rows_of(SIZE, seed=1)
WEIGHTS = begin(SHAPE, seed=1)
TRAINING, STEPS = Training(epochs=2, batch=2, rate=0.5), Steps(2.0**-16, 2**19)
EVERYBODY = range(SIZE.clients)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def wanted() -> list[np.ndarray]:
    how = {"epochs": TRAINING.epochs, "batch": TRAINING.batch, "rate": TRAINING.rate}
    return [STEPS.of(train_client(SHAPE, WEIGHTS, rows, **how)[0]) for rows in ROWS]


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Once the third device is done, the process of the first place is killed: these are the processes."""
    found: list[int] = []
    done = team._Work.done

    def killing(work: team._Work, made: Trained) -> None:
        done(work, made)
        if len(work.found) == 3 and len(found) == 1:
            os.kill(found[0], signal.SIGKILL)
            found.append(found[0])

    monkeypatch.setattr(team._Work, "done", killing)
    return found


def pid_of(one: Team) -> int:
    one.measure([0], WEIGHTS)
    process = one._workers[0].process
    assert process is not None
    return process.pid


@pytest.mark.parametrize("recorded", [True, False])
def test_a_process_that_is_killed_in_a_round_changes_nothing(
    recorded: bool, killed: list[int], wanted: list[np.ndarray]
) -> None:
    with Team(ROWS, shape=SHAPE) as one:
        killed.append(pid_of(one))
        if recorded:
            found = one.train(EVERYBODY, WEIGHTS, TRAINING, steps=STEPS)
            assert sorted(found) == list(EVERYBODY)
            assert all(np.array_equal(found[at].update, wanted[at]) for at in EVERYBODY)
        else:
            total, losses = one.total(EVERYBODY, WEIGHTS, TRAINING, steps=STEPS)
            assert sorted(losses) == list(EVERYBODY)
            assert np.array_equal(total, np.sum(wanted, axis=0, dtype=np.int64))
        assert len(killed) == 2
        assert pid_of(one) != killed[0]


def test_where_nothing_can_be_forked_each_process_is_started(
    monkeypatch: pytest.MonkeyPatch, wanted: list[np.ndarray]
) -> None:
    class Broken:
        def start(self, files: object) -> None:
            raise ServiceError("no process can be forked")

        def close(self) -> None:
            pass

    monkeypatch.setattr(idle, "_idle", [])
    monkeypatch.setattr(idle, "_nursery", Broken())
    with Team(ROWS, shape=SHAPE, size=1) as one:
        found = one.train(EVERYBODY, WEIGHTS, TRAINING, steps=STEPS)
        assert all(np.array_equal(found[at].update, wanted[at]) for at in EVERYBODY)
    assert idle._nursery is None
    idle.end_all()


def test_a_process_that_ends_again_and_again_ends_the_round(
    monkeypatch: pytest.MonkeyPatch, killed: list[int]
) -> None:
    monkeypatch.setattr(team, "_LIVES", 1)
    # One alone: another would take the devices that are left.
    with Team(ROWS, shape=SHAPE, size=1) as one:
        killed.append(pid_of(one))
        with pytest.raises(ProtocolAborted):
            one.train(EVERYBODY, WEIGHTS, TRAINING)


def test_what_a_round_returned_stays_as_it_was_in_the_next(wanted: list[np.ndarray]) -> None:
    with Team(ROWS, shape=SHAPE) as one:
        first = one.train(EVERYBODY, WEIGHTS, TRAINING, steps=STEPS)
        one.train(EVERYBODY, WEIGHTS * 2, TRAINING, steps=STEPS)
        assert all(np.array_equal(first[at].update, wanted[at]) for at in EVERYBODY)


def test_memory_is_emptied_when_a_team_ends_and_closed_with_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    # One process of its own is ended here: those that wait serve the tests to come.
    monkeypatch.setattr(idle, "_idle", [])
    with Team(ROWS, shape=SHAPE, size=1) as one:
        pid_of(one)
        process = one._workers[0].process
        assert process is not None
        assert os.fstat(process.area.file).st_size > 20 * SHAPE.length
    assert os.fstat(process.area.file).st_size == 0
    home = Path(f"/proc/{process.pid}/cwd").resolve()
    idle.end_all()
    assert not home.exists()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(process.area.file)


HOST = """
import time
from workloads.federated.training.idle import Process
one = Process()
one.area.fit(10**6)
one.area.weights[:] = 1
print(one.pid, flush=True)
time.sleep(60)
"""


def test_nothing_is_left_of_a_host_that_was_killed() -> None:
    shared = Path("/dev/shm")
    before = set(shared.iterdir()) if shared.exists() else set()
    host = subprocess.Popen([sys.executable, "-c", HOST], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert host.stdout is not None
    there = Path(f"/proc/{int(host.stdout.readline())}")
    home = (there / "cwd").resolve()
    host.kill()
    host.wait()
    host.stdout.close()
    wait_until(lambda: not home.exists())
    wait_until(lambda: not (there / "exe").exists())
    assert not shared.exists() or set(shared.iterdir()) <= before


def test_the_sum_without_a_record_is_that_of_the_workload() -> None:
    registry = discover()
    made = Made.of(registry, SIZE, seed=3)
    with Embedded(registry, made, seed=3) as engine:
        for _ in range(2):
            assert engine.unrecorded()[1] == pytest.approx(engine.recorded()[1], rel=1e-12)
            assert np.array_equal(engine.weights, engine.unrecorded_weights)
    assert not np.array_equal(engine.weights, begin(made.plan.shape, seed=3))


@pytest.mark.parametrize(
    ("largest", "kind"), [(2**15 - 1, np.int16), (2**15, np.int32), (2**19, np.int32), (2**19 + 1, np.float32)]
)
def test_steps_have_the_narrowest_type_and_what_ran_away_has_none(largest: int, kind: type) -> None:
    for sign in (1, -1):
        found = STEPS.of(np.array([0, sign * largest * STEPS.unit], dtype=np.float32))
        assert found.dtype == (kind if (sign, largest) != (-1, 2**15) else np.int16)
    assert STEPS.of(np.array([np.nan], dtype=np.float32)).dtype == np.float32
