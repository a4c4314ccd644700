"""A client that publishes its key: person after person, in the kit, in runs, in processes and on servers."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from privacy import lab
from privacy.boundary.channel import Channel
from privacy.errors import IntegrityError
from privacy.plugin import CLIENT, SERVER, RunRequest, ScoringTask, Secret
from privacy.protocol import Session
from privacy.registry import Registry, discover
from privacy.testing import Bench, case_for, check_backend
from privacy.testing.kit import run_check
from privacy.transports.base import Transport, seat_for
from privacy.transports.http import Http
from privacy.transports.spawned import Spawned
from privacy.web.app import build_app
from privacy.web.serving import Live
from tests.support.machines import LIMITS, TOKEN
from tests.support.soaking import sized
from workloads.fyp.deployment import Deployment
from workloads.fyp.evaluation import send_cohort
from workloads.fyp.options import FypOptions
from workloads.fyp.workload import world_of

FOLDER = Path(__file__).parent / "newcomers"
TASK = ScoringTask(items=6, dims=4)
CATALOGUE = np.arange(-12, 12).reshape(6, 4)
VECTORS = np.array([[3, -250, 0, 17], [0, 0, 0, 1], [256, 256, -256, 9]])


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover(plugins=FOLDER)


@pytest.fixture(params=["in process", "spawned", "http"])
def places(request: pytest.FixtureRequest, registry: Registry) -> Iterator[dict[str, Transport]]:
    if request.param == "in process":
        yield {}
    elif request.param == "spawned":
        with Spawned() as spawned:
            yield {"server": spawned}
    else:
        live = Live(build_app("scoring", token=TOKEN, limits=LIMITS, registry=registry), limits=LIMITS).start()
        with Http([live.url], token=TOKEN, registry=registry) as http:
            yield {"server": http}
        live.stop()


def scored(session: Session[ScoringTask], vector: np.ndarray, channel: Channel) -> np.ndarray:
    return session.run({CLIENT: Secret(vector, owner=CLIENT)}, channel).output


def test_each_person_is_answered_under_a_key_of_its_own(registry: Registry, places: dict[str, Transport]) -> None:
    mechanism = registry.mechanism(registry.spec("paillier"), "scoring", None)
    session = Session(mechanism, TASK, {SERVER: CATALOGUE}, transports=places)
    session.publish(channel := Channel())
    keys = []
    for vector in VECTORS:
        assert np.array_equal(scored(session, vector, channel), CATALOGUE @ vector)
        setup = [m for m in channel.transcript.messages if m.phase == "setup"]
        assert [(m.sender, m.receiver, m.kind) for m in setup] == [(CLIENT, SERVER, "public-key")]
        keys.append(setup[0].sample)
        session.reseat(CLIENT, channel=(channel := Channel()))
    assert len(set(keys)) == len(VECTORS)


def test_a_wire_that_was_altered_costs_the_key_and_no_more(registry: Registry) -> None:
    class Tampering(Channel):
        def transport(self, sealed: bytes) -> bytes:
            return sealed[:-1] + bytes([sealed[-1] ^ 1])

    mechanism = registry.mechanism(registry.spec("paillier"), "scoring", None)
    session = Session(mechanism, TASK, {SERVER: CATALOGUE})
    session.publish(Channel())
    with pytest.raises(IntegrityError):
        scored(session, VECTORS[0], Tampering())
    with pytest.raises(IntegrityError):
        session.reseat(CLIENT, channel=Tampering())
    session.reseat(CLIENT, channel=(channel := Channel()))
    assert np.array_equal(scored(session, VECTORS[1], channel), CATALOGUE @ VECTORS[1])


@pytest.mark.soak("conformance")
def test_the_kit_finds_nothing(registry: Registry) -> None:
    spec = registry.spec("paillier")
    telling = {"error", "length", "malformed", "keys", "isolation", "fresh", "bytes"}
    only = sized(sorted(telling), None)
    here = check_backend(spec, registry, plays=48, seed=1, places=("in process",), only=only)
    there = check_backend(spec, registry, plays=48, seed=1, places=("spawned",), only=("error", "length", "bytes"))
    assert {(r.id, r.place): r.detail for r in (*here.results, *there.results) if r.passed is False} == {}
    assert {r.id for r in there.results if r.passed} == {"error", "length", "bytes"}
    # The games are too short to settle anything here: the soak plays them long, on every built-in backend.
    assert {r.id for r in here.results if r.passed} >= telling


def test_the_kit_finds_a_server_that_stays_with_the_first_key(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    mechanism = registry.mechanism(registry.spec("paillier"), "scoring", None)
    server = type(mechanism.role(seat_for(SERVER, TASK, CATALOGUE)))
    kept = server.keep
    monkeypatch.setattr(server, "keep", lambda self, wires: None if hasattr(self, "n") else kept(self, wires))
    case = case_for("scoring")
    assert run_check("error", Bench(mechanism, case, seed=1, brief=True)).passed is False
    monkeypatch.undo()
    assert run_check("error", Bench(mechanism, case, seed=1, brief=True)).passed is True


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_run_serves_a_cohort(registry: Registry, elsewhere: bool) -> None:
    request = RunRequest(stack="paillier", options={"cohort": 20, "items": 120, "dims": 8})
    with Spawned() as spawned:
        record = lab.run(request, registry=registry, places={"server": spawned} if elsewhere else None)
    assert record.failure is None
    error = next(m for m in record.metrics if m.key == "score_error")
    assert error.value == 0
    assert error.n == 20


def test_a_cohort_is_served_by_processes(registry: Registry) -> None:
    world = world_of(RunRequest(stack="paillier"), FypOptions(items=120, dims=8))
    with Spawned() as spawned:
        deployment = Deployment(world, registry, registry.stack("paillier"), transports={"server": spawned})
        deployment.publish(Channel())
        visits = send_cohort(deployment, world.histories(users=20), progress=lambda *_: None, label="people")
    assert visits.error == [0.0] * 20
