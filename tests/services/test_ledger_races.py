"""The privacy ledger under races and kills: none of them makes it grant more."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from privacy.errors import BudgetError
from privacy.mechanism import PrivacyCost
from privacy.services.ledger import Budget, Ledger
from tests.support import ROOT
from tests.support.ledger_payments import pay
from tests.support.soaking import sized


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def soak(*arguments: str) -> dict:
    command = [sys.executable, "-m", "tests.soak.ledger", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.sized("ledger")
def test_eight_processes_racing_for_eight_grants_get_exactly_eight():
    rounds = sized(3, 20)
    found = soak("--rounds", str(rounds), "--kills", "0")
    assert found["granted"] == found["recorded"] == [8] * rounds


@pytest.mark.sized("ledger")
def test_a_kill_at_any_moment_neither_loses_a_grant_nor_adds_one():
    rounds = sized(6, 200)
    found = soak("--rounds", str(rounds))
    assert found["killed"] >= rounds
    assert all(granted <= kept <= 8 for granted, kept in zip(found["granted"], found["recorded"], strict=True))


HALF = """
import os, signal, sys
from pathlib import Path
from privacy.services.ledger_store import Store
with Store(Path(sys.argv[1]), kind="persistent", patience=1)._open() as connection:
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("BEGIN")
    for i in range(400):
        connection.execute("INSERT INTO charges VALUES ('ada', 'month', ?, '2025-06-15', 1, 1, 1)", (f"{i:0200}",))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_killed_in_the_middle_of_a_write_leaves_nothing_of_it(ledger):
    pay(ledger, PrivacyCost(1.0), budget=Budget(epsilon=8), token="before")
    before = ledger.path.stat().st_size
    done = subprocess.run([sys.executable, "-c", HALF, ledger.path], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert ledger.path.stat().st_size > before  # part of it had reached the file
    assert ledger.lifetime("ada").charges == 1
    assert ledger.path.stat().st_size == before


def test_threads_racing_for_one_draw_charge_it_once_and_for_eight_grants_get_eight(ledger):
    patient, budget, charged, refused = Ledger(ledger.path), Budget(epsilon=9, delta=1e-9), [], []
    barrier = threading.Barrier(8)

    def run(number: int) -> None:
        barrier.wait()
        charged.append(pay(patient, PrivacyCost(1.0), budget=budget, token="the same").charged)
        for i in range(2):
            try:
                pay(patient, PrivacyCost(1.0), budget=budget, token=f"{number} {i}")
            except BudgetError:
                refused.append(number)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(charged), len(charged), len(refused)) == (1, 8, 8)
    assert patient.lifetime("ada").charges == 9
