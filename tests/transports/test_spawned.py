"""A party in a process of its own: its results, what it inherits, and what may move there."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from backends.local.mechanism import LocalLookup, LocalScoring
from backends.plain.mechanism import PlainLookup, PlainScoring
from privacy.boundary.channel import Channel
from privacy.errors import BoundaryError, PluginError
from privacy.plugin import CLIENT, SERVER, LookupTask, Secret
from privacy.protocol import Session
from privacy.registry import discover
from privacy.transports.spawned import Spawned
from privacy.transports.station import RunKey
from tests.support.soaking import in_soak
from tests.support.spawned_runs import CATALOGUE, TASK, VECTOR, once
from tests.support.toys import CONTRIBUTORS, Broadcast, Fault, Faulty, Introspection, SharedScoring
from tests.support.toys_aggregation import COLLECTOR, MaskedSum, PaddedSum, SumTask

LOOKUP = LookupTask(items=6, record_bytes=4, count=2)
RECORDS = CATALOGUE.astype(np.uint8)


@pytest.fixture
def spawned():
    with Spawned() as transport:
        yield transport


SERVER_ALONE, CLIENT_ALONE, BOTH = ("server",), ("client",), ("client", "server")


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        (PlainScoring, SERVER_ALONE), (PlainScoring, CLIENT_ALONE), (PlainScoring, BOTH),
        in_soak("live", LocalScoring, SERVER_ALONE), in_soak("live", LocalScoring, CLIENT_ALONE), (LocalScoring, BOTH),
        in_soak("live", SharedScoring, SERVER_ALONE), in_soak("live", SharedScoring, CLIENT_ALONE),
        (SharedScoring, BOTH),
    ],
)  # fmt: skip
def test_scores_equal_those_in_process(spawned, kind, roles):
    transports = dict.fromkeys(roles, spawned)
    here = once(kind(), VECTOR, {}, task=TASK, own={SERVER: CATALOGUE})
    there = once(kind(), VECTOR, transports, task=TASK, own={SERVER: CATALOGUE})
    assert np.array_equal(there.output, here.output)
    assert there.output.dtype == here.output.dtype
    assert all(s > 0 for p, s in there.seconds.items() if p == CLIENT or kind is not LocalScoring)


@pytest.mark.parametrize("kind", [PlainLookup, LocalLookup])
def test_records_equal_those_in_process(spawned, kind):
    indices = np.array([5, 2])
    there = once(kind(), indices, {"server": spawned}, task=LOOKUP, own={SERVER: RECORDS})
    assert np.array_equal(there.output, RECORDS[indices])


def test_every_party_of_an_aggregation_in_its_own_process(spawned):
    task = SumTask(contributors=3, dims=2, threshold=2)
    secrets = {p: Secret(np.array([p.index, 5]), owner=p) for p in task.parties}
    for mechanism, role in ((PaddedSum(), "collector"), (MaskedSum(), "aggregator")):
        session = Session(mechanism, task, {}, transports={role: spawned})
        assert np.array_equal(session.run(secrets, Channel()).output, [6, 15])
    assert len(spawned.pids) == 2


def test_the_process_is_another_with_its_own_home_and_nothing_inherited(spawned, monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "hunter2")
    document = json.loads(once(Introspection(), b"", {"server": spawned}, own={SERVER: b"x"}).output)
    assert [document["pid"]] == list(spawned.pids) != [os.getpid()]
    home = document["env"]["HOME"]
    assert home == document["env"]["VEILBENCH_HOME"] == document["cwd"] != os.environ.get("HOME")
    assert "hunter2" not in json.dumps(document)
    assert Path(home).is_dir()
    spawned.close()
    assert not Path(home).exists()
    assert spawned.pids == ()


def test_the_process_starts_before_a_secret_exists(spawned):
    session = Session(PlainScoring(), TASK, {SERVER: CATALOGUE}, transports={"server": spawned})
    (pid,) = spawned.pids
    session.run({CLIENT: Secret(VECTOR, owner=CLIENT)}, Channel())
    assert spawned.pids == (pid,)


def test_a_secret_of_another_party_does_not_move(spawned):
    session = Session(PlainScoring(), TASK, {SERVER: CATALOGUE}, transports={"server": spawned})
    endpoint = session.endpoints[SERVER]
    with pytest.raises(BoundaryError, match="tried to open a secret of client"):
        endpoint.begin(RunKey("session", 1, bytes(32)), Secret(VECTOR, owner=CLIENT))
    assert np.array_equal(session.run({CLIENT: Secret(VECTOR, owner=CLIENT)}, Channel()).output, CATALOGUE @ VECTOR)


def test_a_value_without_a_form_is_refused_and_not_quoted(spawned):
    session = Session(Faulty(Fault("none")), None, {}, transports={"client": spawned})
    with pytest.raises(BoundaryError, match="A set cannot move to another process"):
        session.run({CLIENT: Secret({"opera"}, owner=CLIENT)}, Channel())
    assert session.run({CLIENT: Secret(b"opera", owner=CLIENT)}, Channel()).output == b"opera"
    with pytest.raises(BoundaryError, match="A set cannot move"):
        Session(Faulty(Fault("none")), None, {SERVER: {1}}, transports={"server": spawned})


def test_what_a_plugin_prints_goes_elsewhere(spawned, capfd):
    assert once(Faulty(Fault("print")), b"?", {"server": spawned}).output == b"?"
    out, err = capfd.readouterr()
    assert out == ""
    assert "this line must not reach the frames" in err
    assert "nor this one" in err


def test_a_new_person_in_a_process_gets_a_new_process(spawned):
    session, channel = Session(LocalScoring(), TASK, {SERVER: CATALOGUE}, transports={"client": spawned}), Channel()
    session.publish(channel)
    before = spawned.pids
    session.reseat(CLIENT, channel=channel)
    assert len(spawned.pids) == 1
    assert spawned.pids != before
    outcome = session.run({CLIENT: Secret(VECTOR, owner=CLIENT)}, channel)
    assert np.array_equal(outcome.output, CATALOGUE @ VECTOR)


def test_held_material_is_not_transferred_to_a_process_again(spawned):
    cache, kinds = {}, []
    for _ in range(2):
        channel = Channel()
        transports = {"client": spawned, "server": spawned}
        there = once(
            LocalScoring(), VECTOR, transports, task=TASK, own={SERVER: CATALOGUE}, cache=cache, channel=channel
        )
        assert np.array_equal(there.output, CATALOGUE @ VECTOR)
        kinds.append([m.kind for m in channel.transcript.messages])
    assert kinds == [["offer", "want", "catalogue"], ["offer"]]


def test_outputs_of_plain_values_come_back(spawned):
    session, channel = Session(Broadcast(), None, {}, transports={"contributor": spawned}), Channel()
    session.publish(channel)
    outputs = session.run({}, channel).outputs
    assert outputs[CONTRIBUTORS[0]][0] == ("server-1", "contributor-1", b"the same for all")
    assert COLLECTOR not in outputs


PLUGIN = """
from dataclasses import dataclass
from privacy.plugin import *

@dataclass(frozen=True)
class Loud:
    gain: int = param(2, help="How much louder.", low=1, high=9)

class Louder(QueryMechanism):
    def client(self, seat): return Ask(seat)
    def server(self, seat): return Shout(seat, self.params.gain)
    def guarantee(self, task): return Guarantee.none(towards="server")

class Ask(QueryClient):
    def query(self, private):
        yield Wire(SERVER, "vector", PLAINTEXT, pack(private.open(self.seat)))
    def reveal(self, answers): return unpack(answers[0].body)

class Shout(QueryServer):
    def __init__(self, seat, gain):
        super().__init__(seat)
        self.gain = gain
    def answer(self, query):
        return Wire(reply_to(query), "scores", PLAINTEXT, pack(self.gain * self.seat.own @ unpack(query.body)))

@hookimpl
def register_backends():
    return [BackendSpec(id="loud", title="Loud", summary="Shouts.", params=Loud,
                        implements={"scoring": f"{__name__}:Louder"})]
"""


def test_a_plugin_that_came_as_a_file_runs_in_a_process(spawned, tmp_path):
    (tmp_path / "very-loud.py").write_text(PLUGIN)
    registry = discover(plugins=tmp_path)
    stack = registry.stack("loud", {"gain": "3"})
    mechanism = registry.mechanism(stack.carrier, "scoring", stack.params)
    there = once(mechanism, VECTOR, {"server": spawned}, task=TASK, own={SERVER: CATALOGUE})
    assert np.array_equal(there.output, 3 * CATALOGUE @ VECTOR)


def test_a_mechanism_that_cannot_be_found_elsewhere_is_refused(spawned, monkeypatch):
    class Inside(PlainScoring):
        pass

    with pytest.raises(BoundaryError, match="define it at the top of a module"):
        Session(Inside(), TASK, {}, transports={"server": spawned})
    monkeypatch.setattr(PlainScoring, "__module__", "no_such_module")
    with pytest.raises(PluginError, match="no_such_module"):
        Session(PlainScoring(), TASK, {}, transports={"server": spawned})
    assert spawned.pids == ()


def test_a_seeded_source_stays_in_process(spawned):
    class Seeded:
        seeded = True

        def bytes(self, count):
            return bytes(count)

    with pytest.raises(BoundaryError, match="stays in process"):
        Session(PlainScoring(), TASK, {}, transports={"server": spawned}, randomness={SERVER: Seeded()})
