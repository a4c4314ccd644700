"""The ledger's files: the demo's and the person's own, and files that cannot be used."""

import sqlite3
import stat
from pathlib import Path

import pytest

from privacy.errors import StateError
from privacy.mechanism import PrivacyCost
from privacy.services.ledger import Budget, Ledger
from privacy.services.releases import ledger_for
from privacy.workload import Account
from tests.support.ledger_payments import pay
from workloads.fyp.options import OWN

ADA, MINE = Account("ada"), Account(OWN, simulated=False)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


# Two files


def test_a_persona_pays_from_the_demo_and_the_person_from_their_own(state):
    assert ledger_for(ADA).path == state / "ledger-demo.sqlite"
    assert ledger_for(MINE).path == state / "ledger.sqlite"


def test_a_reset_of_the_demo_leaves_the_persistent_file_as_it_is(state):
    budget = Budget(epsilon=8.0)
    pay(ledger_for(ADA), PrivacyCost(1.0), budget=budget, token="t")
    pay(ledger_for(MINE), PrivacyCost(2.0), budget=budget, token="t", user=OWN)
    before = (state / "ledger.sqlite").read_bytes()
    ledger_for(ADA).reset()
    assert (state / "ledger.sqlite").read_bytes() == before
    assert ledger_for(ADA).lifetime("ada").charges == 0
    assert ledger_for(MINE).lifetime(OWN).epsilon == 2.0
    for path in state.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_persistent_ledger_cannot_be_reset_not_even_as_a_demo(state):
    pay(ledger_for(MINE), PrivacyCost(1.0), budget=Budget(epsilon=8), token="t", user=OWN)
    with pytest.raises(StateError, match="cannot be reset"):
        ledger_for(MINE).reset()
    with pytest.raises(StateError, match="not a demo ledger"):
        Ledger(state / "ledger.sqlite", resettable=True).reset()
    assert ledger_for(MINE).lifetime(OWN).charges == 1


# Files that cannot be used


def test_a_damaged_ledger_grants_nothing_and_only_the_demos_is_replaced(state):
    budget = Budget(epsilon=8)
    for ledger in (ledger_for(ADA), ledger_for(MINE)):
        pay(ledger, PrivacyCost(1.0), budget=budget, token="t")
        ledger.path.write_bytes(b"no database " * 400)
        with pytest.raises(StateError, match="damaged, so nothing can be charged"):
            pay(ledger, PrivacyCost(1.0), budget=budget, token="u")
        assert ledger.path.read_bytes() == b"no database " * 400
    ledger_for(ADA).reset()
    assert pay(ledger_for(ADA), PrivacyCost(1.0), budget=budget, token="t").charged
    assert (state / "ledger.sqlite").read_bytes() == b"no database " * 400


def test_a_locked_ledger_grants_nothing_and_says_so(ledger):
    budget = Budget(epsilon=8)
    pay(ledger, PrivacyCost(1.0), budget=budget, token="t")
    other = sqlite3.connect(ledger.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StateError, match="nother process holds the privacy ledger"):
        pay(ledger, PrivacyCost(1.0), budget=budget, token="u")
    other.execute("ROLLBACK")
    other.close()
    assert ledger.lifetime("ada").charges == 1


def test_a_full_disk_grants_nothing_and_loses_nothing(ledger, monkeypatch):
    budget, granted, connect = Budget(epsilon=100), 0, sqlite3.connect
    pay(ledger, PrivacyCost(0.1), budget=budget, token="first")

    def nearly_full(*args, **kwargs):
        connection = connect(*args, **kwargs)
        connection.execute("PRAGMA max_page_count = 6")
        return connection

    monkeypatch.setattr(sqlite3, "connect", nearly_full)
    while granted < 200:
        try:
            pay(ledger, PrivacyCost(0.1), budget=budget, token=f"{granted:0200}")
        except StateError as error:
            assert "disk is full, so nothing was charged" in str(error)  # noqa: PT017
            break
        granted += 1
    monkeypatch.undo()
    assert 0 < granted < 200
    assert granted == ledger.lifetime("ada").charges - 1


def test_a_file_of_another_kind_is_left_alone(ledger):
    other = sqlite3.connect(ledger.path)
    other.executescript("PRAGMA user_version = 9; CREATE TABLE charges (a);")
    other.close()
    before = ledger.path.read_bytes()
    with pytest.raises(StateError, match="not a persistent ledger of this version"):
        ledger.lifetime("ada")
    assert ledger.path.read_bytes() == before


def test_a_folder_in_the_place_of_the_file_is_one_sentence(ledger):
    ledger.path.mkdir()
    with pytest.raises(StateError, match="cannot be used: SQLITE_CANTOPEN"):
        ledger.lifetime("ada")
