"""The For-You-Page under a randomiser: what leaves the device follows from the released value alone."""

import math
from pathlib import Path

import numpy as np
import pytest

from privacy import lab
from privacy.boundary.channel import Channel
from privacy.errors import BudgetError, ParamError
from privacy.guarantees import OutputPrivacy, Strength
from privacy.mechanism import PrivacyCost
from privacy.plugin import CLIENT
from privacy.randomiser import Randomiser
from privacy.registry import Entry, Registry, discover
from privacy.request import RunRequest
from privacy.services import releases
from privacy.services.releases import Purse
from privacy.services.rounds import RoundBook
from privacy.spec import BackendSpec
from privacy.transports.base import seat_for
from privacy.workload import Account
from tests.support.rounds import account, deployed, first
from workloads.fyp.deployment import Deployment
from workloads.fyp.options import OWN
from workloads.fyp.world import CANDIDATES, Taste


class Coarse(Randomiser):
    """A toy: names one topic's centre at random. It has no use but to show the plumbing."""

    def randomise(self, value, seat):
        place = int.from_bytes(seat.random.bytes(4), "little") % len(seat.task.centres)
        return np.array(seat.task.centres[place], dtype=np.int64)

    def cost(self, task) -> PrivacyCost:
        return PrivacyCost(epsilon=6.0, rho=18.0)

    def output(self, task) -> OutputPrivacy:
        return OutputPrivacy(6.0, 0.0, "user and period", "replace-one", "local", "none")


TOY = BackendSpec(id="coarse", title="C", summary="s", implements={"scoring": f"{__name__}:Coarse"}, kind="randomiser")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def registry() -> Registry:
    return Registry([*discover().entries, Entry("coarse", "here", False, TOY)], discover().workload_entries)


def wires(deployment: Deployment, liked: list[int], sent: np.ndarray) -> list[tuple[str, bytes]]:
    channel = Channel()
    deployment.next_person(channel)
    deployment.serve(deployment.world.taste(np.array(liked)), channel, sent=sent)
    return [(m.kind, m.sample) for m in channel.transcript.messages if m.sender.name == "client"]


def test_two_tastes_with_one_release_send_the_same_bytes(registry: Registry) -> None:
    deployment = deployed(RunRequest(stack="coarse"), registry)
    deployment.publish(Channel())
    sent = np.array(deployment.world.centres[3])
    assert wires(deployment, [1, 2, 3], sent) == wires(deployment, [700, 900], sent)


def test_candidates_come_whole_and_are_ranked_by_the_true_taste(registry: Registry) -> None:
    deployment = deployed(RunRequest(stack="coarse"), registry)
    deployment.publish(Channel())
    world = deployment.world
    taste = world.taste(np.array(world.personas[0].liked))
    channel = Channel()
    served = deployment.serve(taste, channel, sent=taste.vector)
    # Released as it is, the taste has its own best among the candidates: re-ranking must find plain's feed.
    plain, _ = first(RunRequest(), registry)
    assert served.shown.tolist() == plain.shown
    fetch = next(m for m in channel.transcript.messages if m.kind == "records")
    assert fetch.body_bytes > CANDIDATES * 2 * world.items.shape[1]
    assert {m.exposure.value for m in channel.transcript.messages if m.sender.name == "client"} == {"randomised"}


@pytest.mark.parametrize(("stack", "fetch"), [("coarse", "private"), ("coarse+he", "private"), ("coarse+he", "by id")])
def test_the_guarantee_says_which_observer_noise_and_encryption_are_for(
    registry: Registry, stack: str, fetch: str
) -> None:
    deployment = deployed(RunRequest(stack=stack, options={"fetch": fetch}), registry)
    hidden = {"scoring": "he" in stack, "lookup": "he" in stack and fetch == "private"}
    for step, private in hidden.items():
        found = deployment.guarantees[step].observer("server")
        assert found is not None
        assert found.strength == (Strength.COMPUTATIONAL if private else Strength.DIFFERENTIAL)
        assert found.output is not None
        assert found.output.epsilon == 6.0


def test_stacks_with_nothing_to_randomise_are_refused_and_not_listed(registry: Registry) -> None:
    assert {"coarse", "coarse+he"} <= set(registry.stacks())
    assert "coarse+local" not in registry.stacks()
    with pytest.raises(ParamError, match="sends nothing"):
        registry.stack("coarse+local")
    with pytest.raises(ParamError, match="one carrier"):
        registry.stack("plain+he")


def test_a_release_is_drawn_once_charged_once_and_kept(registry: Registry) -> None:
    request, book = RunRequest(stack="coarse"), RoundBook()
    kept = book.get(request, registry)
    for _ in range(3):
        assert first(request, registry)[0].sent == kept.sent
    balance = releases.balance(account(request, registry))
    assert math.isclose(balance.spent.epsilon, 6.0)
    assert balance.lifetime.charges == 1


def test_a_spent_budget_refuses_with_a_date_and_personas_can_be_reset(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(releases.BUDGETS, "demo", releases.BUDGETS["own"])
    deployment = deployed(RunRequest(stack="coarse"), registry)
    tastes = [deployment.world.taste(np.array([i, i + 1])) for i in range(3)]

    def release(simulated: bool, taste: Taste) -> None:
        owner, about = "ada" if simulated else OWN, (deployment.world.data_hash,)
        purse = Purse(Account(owner, simulated=simulated, about=about, private=taste.vector.tobytes()))
        purse.release(deployment.randomiser, taste.vector, seat_for(CLIENT, deployment.world.scoring_task, None))

    for who in (True, False):
        for taste in tastes[:2]:
            release(who, taste)
        with pytest.raises(BudgetError, match=r"\d{4}-\d\d-\d\d"):
            release(who, tastes[2])
        release(who, tastes[0])
    releases.reset_demo()
    release(True, tastes[2])
    with pytest.raises(BudgetError):
        release(False, tastes[2])


def test_stacks_under_one_randomiser_are_measured_on_the_same_noise(registry: Registry) -> None:
    """A carrier moves what was released: it can make a feed neither better nor worse."""
    options = {"items": 400, "dims": 16, "cohort": 20}
    found = {}
    for stack in ("dp", "dp+he"):
        metrics = lab.attacks(RunRequest(stack=stack, options=options), registry).metrics
        found[stack] = {m.key: m.value for m in metrics if m.key in ("top10_overlap", "ndcg_at_10", "recall_at_10")}
    assert found["dp"] == found["dp+he"]
    other = lab.attacks(RunRequest(stack="dp", options=options, params={"epsilon": 1.0}), registry).metrics
    assert {m.key: m.value for m in other if m.key in found["dp"]} != found["dp"]
