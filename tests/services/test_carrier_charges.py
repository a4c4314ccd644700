"""A carrier whose runs spend a budget is charged in every door, and one that hides what it spends runs in none."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from privacy import lab
from privacy.boundary.channel import Channel
from privacy.cli import main
from privacy.commands.contribute import charge
from privacy.errors import BudgetError, PluginError, VeilbenchError
from privacy.guarantees import Guarantee
from privacy.live.plan import plan
from privacy.mechanism import PrivacyCost
from privacy.plugin import CLIENT, SERVER, ScoringTask, Secret
from privacy.protocol import Session
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services import releases
from privacy.services.declared import declared
from privacy.services.ledger import Budget, demo, persistent
from privacy.services.rounds import RoundBook
from tests.support import PLANTED, ROOT
from tests.support.live_bench import Place
from tests.support.small_features import keep
from tests.support.soaking import in_soak, sized
from tests.support.survey_requests import request
from workloads.fyp.workload import world_of

FEED = {"items": 60, "dims": 8, "cohort": 20}
SUM = """
from dataclasses import replace
from backends.plain.aggregation import PlainAggregation
from privacy.plugin import BackendSpec, PrivacyCost, hookimpl

class Paid(PlainAggregation):
    def cost(self, task):
        return PrivacyCost(0.5)

@hookimpl
def register_backends():
    return [BackendSpec("paid_sum", "Paid sum", "A sum that spends.", {"aggregation": __name__ + ":Paid"})]
"""
LATE = """def guarantee(self, task):
        return self.bound(task) if task.items == 60 else Guarantee.none(towards="server")

    def bound"""


@pytest.fixture(scope="module")
def small_features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keep(tmp_path_factory.mktemp("cache"), items=FEED["items"], dims=FEED["dims"])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_features: Path) -> Path:
    """A state folder with a carrier that draws noise of epsilon 0.5 anew in each run: paid for, and not."""
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    shutil.copytree(small_features, tmp_path / "cache")
    folder = tmp_path / "plugins"
    folder.mkdir()
    paid = (PLANTED / "fresh_noise.py").read_text().replace("PrivacyCost(0.0005)", "PrivacyCost(0.5)")
    unpaid = paid.replace("def cost", "def price")
    (folder / "unpaid_noise.py").write_text(unpaid)
    (folder / "paid_noise.py").write_text(paid)
    (folder / "late_noise.py").write_text(unpaid.replace("def guarantee", LATE))
    (folder / "paid_sum.py").write_text(SUM)
    return tmp_path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Budgets for four runs."""
    for name, period in (("own", "month"), ("demo", "day")):
        monkeypatch.setitem(releases.BUDGETS, name, Budget(epsilon=2.0, delta=1e-5, period=period))


def feed(**options: object) -> RunRequest:
    return RunRequest(stack="paid_noise", options=FEED | options)


def test_a_carrier_that_is_wanted_again_and_again_is_refused_at_the_end_of_its_budget(small: None) -> None:
    registry = discover()
    wanted = feed(user="own")
    taste = world_of(wanted, lab.options_of(wanted, registry)).taste(np.array([0, 1]))
    for _ in range(4):
        lab.first_round(wanted, registry, private=taste)
    with pytest.raises(BudgetError):
        lab.first_round(wanted, registry, private=taste)
    assert (persistent().lifetime("own").charges, demo().lifetime("own").charges) == (4, 0)


def test_each_door_charges_one_run(small: None, capsys: pytest.CaptureFixture[str]) -> None:
    registry = discover()
    lab.run(feed(), registry=registry)
    RoundBook().get(feed(), registry)
    command = ["run", "fyp", "--stack", "paid_noise", "--json", "--items", "60", "--dims", "8", "--cohort", "20"]
    assert [main(command) for _ in range(3)] == [0, 0, 2]
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"]
    assert demo().lifetime("ada").charges == 4


def test_the_api_charges_the_own_budget_and_refuses(small: None, client: object, home: Path) -> None:
    liked = [i["id"] for i in client.get("/api/recommendations/ada").json()["items"][:3]]  # type: ignore[attr-defined]
    body = {"liked": liked, "stack": "paid_noise"}
    found = [client.post("/api/recommendations", json=body).status_code for _ in range(5)]  # type: ignore[attr-defined]
    assert found == [200, 200, 200, 200, 429]
    assert persistent().lifetime("own").charges == 4


@pytest.mark.parametrize(("stack", "charges"), [("plain", 0), ("paid_sum", 1), ("dp", 1), ("dp+paid_sum", 2)])
def test_a_sum_is_charged_for_its_carrier_and_for_its_noise(stack: str, charges: int) -> None:
    wanted = request(stack)
    lab.run(wanted, registry=discover())
    account = lab.opened(wanted, discover()).account
    assert releases.ledger_for(account).lifetime(account.owner).charges == charges


def test_a_device_that_contributes_pays_for_the_carrier(small: None, tmp_path: Path) -> None:
    where = Place(tmp_path, stack="paid_sum", contributors=3, minimum=2)
    planned = plan(where.definition, where.registry, joined=3)
    for _ in range(4):
        charge(planned)
    with pytest.raises(BudgetError):
        charge(planned)
    assert persistent().lifetime("own").charges == 4


def test_a_differential_claim_without_a_cost_is_refused_at_registration() -> None:
    rows = {entry.id: entry for entry in discover().entries}
    assert rows["paid_noise"].available
    assert not rows["unpaid_noise"].available
    assert "declares no cost" in rows["unpaid_noise"].reason
    assert "cost()" in rows["unpaid_noise"].remedy
    assert main(["run", "fyp", "--stack", "unpaid_noise", "--items", "60", "--dims", "8", "--cohort", "20"]) == 2


def test_a_claim_that_comes_later_is_refused_before_anything_is_sent() -> None:
    registry = discover()
    mechanism = registry.mechanism(registry.spec("late_noise"), "scoring", None)
    mechanism.guarantee(ScoringTask(items=60, dims=8))
    with pytest.raises(PluginError, match="declares no cost"):
        lab.run(RunRequest(stack="late_noise", options=FEED), registry=registry)
    assert main(["run", "fyp", "--stack", "late_noise", "--items", "60", "--dims", "8", "--cohort", "20"]) == 2
    assert not list(demo().path.parent.glob("ledger*.sqlite"))


def test_plugins_says_what_the_host_would_refuse() -> None:
    registry = discover()
    spec = registry.spec("late_noise")
    assert isinstance(declared(registry.spec("paid_noise"), registry)["scoring"], Guarantee)
    spec.implements["scoring"] = spec.implements["scoring"].replace("late_noise", "unpaid_noise")
    told = declared(spec, registry)["scoring"]
    assert isinstance(told, str)
    assert "declares no cost" in told


def test_a_session_that_spends_is_seated_for_nobody() -> None:
    registry = discover()
    mechanism = registry.mechanism(registry.spec("paid_noise"), "scoring", None)
    with pytest.raises(BudgetError, match="nobody pays"):
        Session(mechanism, ScoringTask(items=6, dims=4), {SERVER: np.zeros((6, 4), dtype=np.int64)})


@pytest.mark.parametrize("cost", [PrivacyCost(float("nan")), PrivacyCost(-1.0), PrivacyCost(0.0, rho=-0.5)])
def test_a_cost_that_is_no_price_sends_nothing(cost: PrivacyCost) -> None:
    registry = discover()
    mechanism = registry.mechanism(registry.spec("paid_noise"), "scoring", None)
    mechanism.cost = lambda task: cost
    purse, channel = releases.Purse(lab.Account("own", simulated=False)), Channel()
    session = Session(mechanism, ScoringTask(items=6, dims=4), {SERVER: np.zeros((6, 4), dtype=np.int64)}, payer=purse)
    session.publish(channel)
    before = len(channel.transcript.messages)
    with pytest.raises(VeilbenchError):
        session.run({CLIENT: Secret(np.ones(4, dtype=np.int64), owner=CLIENT)}, channel)
    assert len(channel.transcript.messages) == before


RACE = """
import contextlib, io, os, sys
from pathlib import Path
import numpy as np
from privacy import lab
from privacy.cli import main
from privacy.commands.contribute import charge
from privacy.errors import BudgetError
from privacy.live.plan import plan
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services import releases
from privacy.services.ledger import Budget
from privacy.services.rounds import Private, RoundBook
from tests.support.live_bench import Place
from workloads.fyp.workload import world_of

releases.BUDGETS |= {n: Budget(epsilon=4.0, delta=1e-5, period=p) for n, p in (("own", "month"), ("demo", "day"))}
registry = discover()
request = RunRequest(stack="paid_noise", options={"user": "own", "items": 60, "dims": 8, "cohort": 20})
taste = world_of(request, lab.options_of(request, registry)).taste(np.array([0, 1]))
where = Place(Path(os.environ["VEILBENCH_HOME"]), stack="paid_sum", contributors=3, minimum=2)
planned = plan(where.definition, where.registry, joined=3)
words = ["run", "fyp", "--stack", "paid_noise", "--items", "60", "--dims", "8", "--cohort", "20", "--json"]

def command():
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = main(words)
    if code:
        raise BudgetError("refused")

door = {
    "lab": lambda: lab.first_round(request, registry, private=taste),
    "page": lambda: RoundBook().get(request, registry, private=Private(taste, os.urandom(8))),
    "command": command,
    "device": lambda: charge(planned),
}[sys.argv[1]]
gate = os.pipe()
for number in range(8):
    if os.fork() == 0:
        os.read(gate[0], 1)
        for _ in range(3):
            try:
                door()
            except BudgetError:
                continue
            os.write(1, b"granted\\n")
        os._exit(0)
print(os.getpid(), flush=True)
os.write(gate[1], b"x" * 8)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
"""
DOORS = ["lab", in_soak("ledger", "page"), in_soak("ledger", "command"), in_soak("ledger", "device")]


@pytest.mark.sized("ledger")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("killed", [False, True])
def test_eight_processes_that_run_a_carrier_get_eight_runs(home: Path, killed: bool, door: str) -> None:
    ledger, user = (demo, "ada") if door == "command" else (persistent, "own")
    for round_ in range(2 if door == "command" else sized(1, 10)):  # a command runs the attacks as well
        for old in home.glob("ledger*"):
            old.unlink()
        command, heard = [sys.executable, "-c", RACE, door], 1 + round_ % 6 if killed else 0
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as race:
            assert race.stdout is not None
            pid = int(race.stdout.readline())
            for _ in range(heard):
                race.stdout.readline()
            if killed:
                os.killpg(pid, signal.SIGKILL)
            granted = heard + race.stdout.read().count("granted")
        kept = ledger().lifetime(user).charges
        # A grant that was charged may be killed before it is told; none is told that was not charged.
        assert granted <= kept <= 8
        assert killed or granted == kept == 8
