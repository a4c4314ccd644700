"""`veilbench serve --role` and `--servers`: started as a person starts them, and what they are told."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from privacy.cli import main
from privacy.commands.serve import limits
from privacy.errors import ParamError, ServiceError, StateError, UnknownNameError
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services import servers
from privacy.services.rounds import RoundBook
from tests.support import ROOT
from tests.support.machines import TOKEN, machine
from tests.support.waiting import CAP, wait_until


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    monkeypatch.delenv("VEILBENCH_TOKEN", raising=False)
    return tmp_path


class Started:
    """A `veilbench serve --role` of one's own."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "privacy", "serve", *options], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        self.wording = [self.process.stderr.readline(), self.process.stderr.readline()]
        self.url = self.wording[0].split(" on ")[1].split(" ")[0]
        self.token = self.wording[1].split(" --token-file ")[1].strip()

    def answers(self) -> dict:
        def answer() -> dict:
            try:
                return httpx.get(f"{self.url}/api/health", timeout=60, verify=False).json()
            except httpx.TransportError:
                return {}

        return wait_until(answer, every=0.05)

    def stop(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGINT)
        rest = self.process.communicate(timeout=CAP)[1]
        return self.process.returncode, rest


@pytest.fixture
def started():
    running = []

    def start(*options: str) -> Started:
        running.append(Started(*options))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.stop()


def test_a_run_over_a_server_of_ones_own(started, home, capsys):
    server = started("--role", "scoring", "--port", "0")
    assert server.answers()["role"] == "scoring"
    assert Path(server.token) == home / "tokens" / f"scoring-{server.url.rpartition(':')[2]}.token"
    assert Path(server.token).stat().st_mode & 0o777 == 0o600
    assert Path(server.token).read_text().strip() not in "".join(server.wording)
    common = ["run", "fyp", "--items", "200", "--cohort", "20", "--json", "--servers", server.url]
    assert main([*common, "--token-file", server.token]) == 0
    printed = capsys.readouterr()
    record = json.loads(printed.out)
    assert record["failure"] is None or not record["failure"]
    metrics = {m["key"]: m["value"] for m in record["metrics"]}
    assert metrics["bytes_up"] > 0 < metrics["bytes_down"]
    assert metrics["top10_overlap"] == 1
    assert printed.err  # who has computed on what was sent
    status, rest = server.stop()
    assert status in (0, 130, -signal.SIGINT)
    assert "Traceback" not in rest
    assert main(common) == 2
    assert "nothing answers at" in json.loads(capsys.readouterr().out)["error"].lower()


def test_the_token_of_the_environment_serves_both_ends(started, monkeypatch):
    monkeypatch.setenv("VEILBENCH_TOKEN", "a-token-of-the-environment")
    server = started("--role", "collector", "--port", "0")
    server.answers()
    assert "that of VEILBENCH_TOKEN" in server.wording[1]
    (checked,) = servers.check(servers.servers_with_file(server.url, None))
    assert checked.role == "collector"


def test_listening_for_others_without_tls_is_warned_of(started):
    server = started("--role", "aggregator", "--port", "0", "--address", "0.0.0.0")
    server.answers()
    assert "without TLS" in server.stop()[1]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--limit", "nonsense=3", "--role", "scoring"], "There is no limit named 'nonsense'"),
        (["--limit", "parties=many", "--role", "scoring"], "is not a limit"),
        (["--limit", "parties=-1", "--role", "scoring"], "is not a limit"),
        (["--token-file", "x"], "are for a server of a role"),
        (["--role", "scoring", "--port", "70000"], "70000 is not a port"),
        (["--role", "collector", "--port", "0", "--contributors", "4"], "cannot open a live round"),
    ],
)
def test_what_cannot_be_served_is_told(options, says, capsys):
    assert main(["serve", *options]) == 2
    assert says in capsys.readouterr().err


def test_a_busy_port_is_told(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", "--role", "scoring", "--port", str(taken.getsockname()[1])]) == 2
    assert "cannot be used" in capsys.readouterr().err


def test_limits_are_numbers_of_their_kind():
    changed = limits(["parties=3", "idle_seconds=1.5", "memory_bytes=1e9"])
    assert (changed.parties, changed.idle_seconds, changed.memory_bytes) == (3, 1.5, 10**9)
    with pytest.raises(UnknownNameError):
        limits(["rates=3"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--servers", "http://127.0.0.1:1", "--isolated"], "give only one of them"),
        (["--token-file", "x"], "--token-file is for --servers"),
        (["--servers", "http://127.0.0.1:1", "--token-file", "/nowhere/at/all"], "There is no token file"),
        (["--servers", "127.0.0.1:1"], "is not an address of a server"),
        (["--servers", "http://127.0.0.1:1"], "Nothing answers at http://127.0.0.1:1; start it with veilbench serve"),
    ],
)
def test_servers_that_cannot_be_used_are_told(options, says, capsys):
    assert main(["run", "fyp", "--items", "200", "--cohort", "20", *options]) == 2
    assert says in capsys.readouterr().err


def test_the_setting_survives_a_restart_and_is_its_owners_alone(home):
    assert servers.configured() is None
    chosen = servers.servers("http://10.0.0.1:8511, https://b.example:8512", f"{TOKEN}-1 {TOKEN}-2")
    servers.save(chosen)
    assert servers.configured() == chosen
    assert (home / "servers.json").stat().st_mode & 0o777 == 0o600
    assert TOKEN not in repr(chosen)
    (home / "servers.json").write_text("{}")
    with pytest.raises(StateError, match="cannot be read"):
        servers.configured()
    servers.clear()
    assert servers.configured() is None
    servers.clear()


@pytest.mark.parametrize(
    ("urls", "token", "says"),
    [
        ("", "", "no server is named"),
        ("http://a http://b", f"{TOKEN} {TOKEN} {TOKEN}", "3 tokens for 2 servers"),
        ("http://a", "short", "a token is 16 to 512"),
        (" ".join(f"http://h{i}" for i in range(9)), "", "name at most 8"),
    ],
)
def test_settings_that_are_none_are_told(urls, token, says):
    with pytest.raises(ParamError) as caught:
        servers.servers(urls, token)
    assert says.lower() in str(caught.value).lower()
    assert not token or token not in str(caught.value)


def test_each_server_is_checked_with_its_token():
    with machine("scoring") as live:
        good, bad = servers.servers(live.url, TOKEN), servers.servers(live.url, TOKEN + "x")
        assert [(c.role, c.problem) for c in servers.check(good)] == [("scoring", "")]
        (refused,) = servers.check(bad)
        assert "refuses this token" in refused.problem
        (down,) = servers.check(servers.servers("http://127.0.0.1:1", TOKEN))
        assert "Nothing answers at http://127.0.0.1:1" in down.problem


def test_a_feed_is_run_on_the_servers_in_use_and_kept_apart():
    request, registry, book = RunRequest(options={"items": 200, "cohort": 20}), discover(), RoundBook()
    here = book.get(request, registry)
    with machine("scoring") as live:
        seated = []
        start = live.parties.seat
        live.parties.seat = lambda *given: (seated.append(given[0]), start(*given))[1]
        servers.save(servers.servers(live.url, TOKEN))
        there = book.get(request, registry)
        assert book.runs == 2
        assert len(seated) == 2  # scoring and lookup
        assert there.cards == here.cards
        assert live.parties.pids == ()
        assert book.get(request, registry) == there
        assert book.runs == 2
    changed = RunRequest(options={"items": 200, "cohort": 20, "user": "bruno"})
    with pytest.raises(ServiceError, match="Nothing answers"):
        book.get(changed, registry)
    servers.clear()
    assert book.get(changed, registry).cards != here.cards
