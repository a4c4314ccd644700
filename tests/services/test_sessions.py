"""Sessions and secrets that work once: what lasts, what ends, and what a file gives away."""

import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from privacy.errors import StateError
from privacy.services.once import Full, Once
from privacy.services.sessions import MOST, Sessions

ADDRESS = "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"


class Clock:
    now = 1_900_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sessions(tmp_path, clock):
    return Sessions(tmp_path / "sessions.sqlite", clock=clock)


def test_a_session_is_there_after_the_file_is_opened_anew(sessions, clock):
    token, made = sessions.begin(ADDRESS, chain_id=2**256 - 1, kind="wallet")
    found = Sessions(sessions.path, clock=clock).of_token(token)
    assert found == made
    assert (found.address, found.chain_id, found.kind) == (ADDRESS, 2**256 - 1, "wallet")
    assert found.until - found.since == sessions.life


def test_an_acknowledged_session_survives_kill_9(tmp_path):
    code = (
        "import sys; from pathlib import Path; from privacy.services.sessions import Sessions\n"
        f"print(Sessions(Path(sys.argv[1])).begin({ADDRESS!r}, chain_id=1, kind='demo')[0], flush=True)\n"
        "import time; time.sleep(600)"
    )
    path = tmp_path / "sessions.sqlite"
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
    token = process.stdout.readline().strip()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert Sessions(path).of_token(token).address == ADDRESS


def test_the_file_holds_no_token_and_is_its_owners_alone(sessions):
    token, made = sessions.begin(ADDRESS, chain_id=1, kind="wallet")
    files = list(sessions.path.parent.iterdir())
    assert not any(token.encode() in path.read_bytes() for path in files)
    assert made.id.encode() in sessions.path.read_bytes()
    assert os.name != "posix" or sessions.path.stat().st_mode & 0o077 == 0
    # What the file holds opens nothing.
    assert sessions.of_token(made.id) is None


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "\udcff", "' OR 1=1 --"])
def test_a_token_that_was_never_given_out_opens_nothing(sessions, token):
    sessions.begin(ADDRESS, chain_id=1, kind="wallet")
    assert sessions.of_token(token) is None


def test_a_session_ends_by_itself_and_a_clock_set_back_does_not_prolong_it(sessions, clock):
    token, made = sessions.begin(ADDRESS, chain_id=1, kind="wallet")
    clock.now = made.until - 1
    assert sessions.of_token(token)
    clock.now = made.until
    assert sessions.of_token(token) is None
    clock.now = made.since - 3600
    assert sessions.of_token(token) is None


def test_signing_out_ends_one_session_and_signing_in_anew_ends_the_one_before(sessions):
    first, _ = sessions.begin(ADDRESS, chain_id=1, kind="wallet")
    other, _ = sessions.begin(ADDRESS, chain_id=1, kind="wallet")
    second, _ = sessions.begin(ADDRESS, chain_id=1, kind="demo", instead=first)
    assert sessions.of_token(first) is None
    assert sessions.of_token(second).kind == "demo"
    sessions.end(second)
    sessions.end("never given out")
    assert sessions.of_token(second) is None
    assert sessions.of_token(other)


def test_what_is_over_is_removed_and_the_number_is_bounded(sessions, clock):
    first, _ = sessions.begin(ADDRESS, chain_id=1, kind="wallet")
    with sqlite3.connect(sessions.path) as connection:
        rows = [(f"{i:064x}", ADDRESS, "1", "demo", clock.now + i / MOST, clock.now + 9e9) for i in range(1, MOST)]
        connection.executemany("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.close()
    clock.now += 2
    sessions.begin(ADDRESS, chain_id=1, kind="wallet")
    assert sessions.of_token(first) is None
    assert sessions.get(f"{1:064x}")
    clock.now += 1e10
    sessions.begin(ADDRESS, chain_id=1, kind="wallet")
    with sqlite3.connect(sessions.path) as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (1,)
    connection.close()


@pytest.mark.parametrize("content", [b"not a database" * 400, None])
def test_a_file_that_is_something_else_is_refused_in_words_and_left_alone(tmp_path, content):
    path = tmp_path / "sessions.sqlite"
    if content is None:
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA user_version = 7")
        connection.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(StateError, match="sessions"):
        Sessions(path).of_token("x")
    assert path.read_bytes() == before


def test_a_secret_works_once_for_whom_it_was_made_and_in_time(clock):
    once = Once(life=300, clock=clock)
    secret = once.make("value", owner="mine")
    assert once.take(secret, owner="another") is None
    assert once.take(secret, owner="mine") == "value"
    assert once.take(secret, owner="mine") is None
    late = once.make("value", owner="mine")
    clock.now += 300
    assert once.take(late, owner="mine") is None


def test_secrets_are_bounded_for_one_owner_and_in_all(clock):
    once = Once(life=300, most=5, each=2, clock=clock)
    made = [once.make(i, owner="mine") for i in range(4)]
    assert [once.take(secret, owner="mine") for secret in made] == [None, None, 2, 3]
    for i in range(5):
        once.make(i, owner=f"owner {i}")
    with pytest.raises(Full):
        once.make(5, owner="one more")
    clock.now += 300
    once.make(5, owner="one more")
    assert len(once) == 1
