"""A party in a process of its own."""

import gc
import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import CONTRIBUTORS, Broadcast, Fault, Faulty, Introspection, SharedScoring
from toys_aggregation import COLLECTOR, MaskedSum, PaddedSum, SumTask

from backends.local.mechanism import LocalLookup, LocalScoring
from backends.plain.mechanism import PlainLookup, PlainScoring
from privacy.boundary.channel import Channel
from privacy.errors import (
    BoundaryError,
    IntegrityError,
    MechanismError,
    PluginError,
    ProtocolAborted,
    VeilbenchError,
    WireError,
)
from privacy.plugin import CLIENT, SERVER, LookupTask, ScoringTask, Secret
from privacy.protocol import Session
from privacy.registry import discover
from privacy.transports import framing
from privacy.transports.spawned import Spawned
from privacy.transports.station import RunKey
from privacy.transports.worker import describe

ROOT = Path(__file__).parents[1]
TASK = ScoringTask(items=6, dims=4)
CATALOGUE = np.arange(-12, 12).reshape(6, 4)
VECTOR = np.array([3, -250, 0, 17])
LOOKUP = LookupTask(items=6, record_bytes=4, count=2)
RECORDS = CATALOGUE.astype(np.uint8)


@pytest.fixture
def spawned():
    with Spawned() as transport:
        yield transport


def once(mechanism, private, transports, *, task=None, own=None, cache=None, channel=None):
    channel = channel or Channel()
    session = Session(mechanism, task, own or {}, transports=transports, cache=cache)
    session.publish(channel)
    return session.run({CLIENT: Secret(private, owner=CLIENT)}, channel)


@pytest.mark.parametrize("roles", [("server",), ("client",), ("client", "server")], ids="-".join)
@pytest.mark.parametrize("kind", [PlainScoring, LocalScoring, SharedScoring])
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
    told = json.loads(once(Introspection(), b"", {"server": spawned}, own={SERVER: b"x"}).output)
    assert [told["pid"]] == list(spawned.pids) != [os.getpid()]
    home = told["env"]["HOME"]
    assert home == told["env"]["VEILBENCH_HOME"] == told["cwd"] != os.environ.get("HOME")
    assert "hunter2" not in json.dumps(told)
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


def test_a_killed_process_is_told_in_a_sentence(spawned):
    session = Session(PlainScoring(), TASK, {SERVER: CATALOGUE}, transports={"server": spawned})
    os.kill(spawned.pids[0], signal.SIGKILL)
    for says in (r"The process of server was killed by signal 9; open a new session", "has ended"):
        with pytest.raises(ProtocolAborted, match=says):
            session.run({CLIENT: Secret(VECTOR, owner=CLIENT)}, Channel())
    session.forget()
    assert spawned.pids == ()


def test_a_process_that_ends_itself_is_told_with_its_status(spawned):
    with pytest.raises(ProtocolAborted, match="The process of server ended with exit status 7"):
        once(Faulty(Fault("die")), b"?", {"server": spawned})


def test_an_interrupt_between_question_and_answer_ends_the_process(spawned, monkeypatch):
    session = Session(PlainScoring(), TASK, {SERVER: CATALOGUE}, transports={"server": spawned})

    def interrupted(stream):
        raise KeyboardInterrupt

    monkeypatch.setattr(framing, "read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.run({CLIENT: Secret(VECTOR, owner=CLIENT)}, Channel())
    assert spawned.pids == ()  # or the next question would get the last one's answer


def test_what_a_plugin_prints_goes_elsewhere(spawned, capfd):
    assert once(Faulty(Fault("print")), b"?", {"server": spawned}).output == b"?"
    out, err = capfd.readouterr()
    assert out == ""
    assert "this line must not reach the frames" in err
    assert "nor this one" in err


@pytest.mark.parametrize("kind", ["raise", "malformed", "astray", "twice", "abort", "itself"])
def test_errors_are_those_of_a_run_in_process(spawned, kind):
    with pytest.raises(VeilbenchError) as here:
        once(Faulty(Fault(kind)), b"opera", {})
    with pytest.raises(VeilbenchError) as there:
        once(Faulty(Fault(kind)), b"opera", {"server": spawned})
    assert (type(there.value), str(there.value)) == (type(here.value), str(here.value))
    assert "opera" not in str(there.value)


def test_a_plugins_own_error_comes_back_as_its_base(spawned):
    with pytest.raises(WireError, match="The server's own error; read its manual") as caught:
        once(Faulty(Fault("own")), b"?", {"server": spawned})
    assert type(caught.value) is WireError


def test_an_altered_wire_is_found_in_the_process_too(spawned):
    class Tampering(Channel):
        def transport(self, sealed):
            return sealed[:-1] + bytes([sealed[-1] ^ 1])

    session = Session(PlainScoring(), TASK, {SERVER: CATALOGUE}, transports={"server": spawned})
    with pytest.raises(IntegrityError, match="altered"):
        session.run({CLIENT: Secret(VECTOR, owner=CLIENT)}, Tampering())
    session.reseat(CLIENT)
    retried = session.run({CLIENT: Secret(VECTOR, owner=CLIENT)}, Channel())
    assert np.array_equal(retried.output, CATALOGUE @ VECTOR)


def test_a_new_person_in_a_process_gets_a_new_process(spawned):
    session, channel = Session(LocalScoring(), TASK, {SERVER: CATALOGUE}, transports={"client": spawned}), Channel()
    session.publish(channel)
    before = spawned.pids
    session.reseat(CLIENT)
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


# ends

HOST = """
import os, signal, sys
from privacy.plugin import SERVER, ScoringTask
from privacy.protocol import Session
from privacy.transports.spawned import Spawned
from privacy.transports.station import RunKey
from backends.plain.mechanism import PlainScoring
session = Session(PlainScoring(), ScoringTask(1, 1), {}, transports={"server": Spawned()})
print(session.endpoints[SERVER].pid, flush=True)
{end}
"""


@pytest.mark.parametrize("end", ["", "os.kill(os.getpid(), signal.SIGKILL)", "os._exit(1)", "raise SystemExit"])
def test_a_process_ends_with_its_host_however_that_ends(end, tmp_path):
    # The party shares its host's standard error: reading that to its end means that both have gone.
    host = subprocess.run(
        [sys.executable, "-c", HOST.replace("{end}", end)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        timeout=60,
    )
    assert int(host.stdout) > 0
    assert list(tmp_path.iterdir()) == []  # its home folder is gone too
    assert host.stderr == b""


def test_a_session_that_is_dropped_takes_its_process_along():
    session = Session(PlainScoring(), TASK, {}, transports={"server": Spawned()})
    process = session.endpoints[SERVER]._process
    del session
    gc.collect()
    assert process.returncode is not None


# frames


def through(message, **options):
    stream = io.BytesIO()
    framing.write(stream, message)
    stream.seek(0)
    header, parts = framing.read(stream)
    return framing.decode(header, parts, **options)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(VALUES)
def test_values_survive_a_frame(value):
    assert through(value) == value


@dataclass(frozen=True)
class Settings:
    dims: int
    name: str = "x"


class NotData:
    pass


def test_only_dataclasses_are_rebuilt_and_only_where_asked_for():
    found = {f"{__name__}:Settings": Settings, f"{__name__}:NotData": NotData}
    assert through(Settings(3), rebuild=found.__getitem__) == Settings(3)
    with pytest.raises(WireError):
        through(Settings(3))
    header = json.dumps({"class": f"{__name__}:NotData", "fields": {}}).encode()
    with pytest.raises(WireError, match="not a dataclass"):
        framing.decode(header, [], rebuild=found.__getitem__)


@given(st.binary(max_size=200))
def test_junk_is_no_frame(junk):
    try:
        header, parts = framing.read(io.BytesIO(junk))
        framing.decode(header, parts)
    except (EOFError, WireError):
        return
    assert len(junk) >= 9  # the shortest frame: two counts and one digit


def test_a_frame_that_announces_too_much_is_refused_before_it_is_read():
    for start in (b"\xff" * 8, (5).to_bytes(4, "little") + (1).to_bytes(4, "little") + b"\xff" * 8):
        with pytest.raises(WireError, match="more than is allowed"):
            framing.read(io.BytesIO(start + bytes(64)))


def test_an_untyped_failure_is_named_and_not_quoted():
    assert describe(ValueError("opera")) | {"then": ""} == {
        "class": MechanismError.__name__, "what": "a party's process raised ValueError", "where": "", "then": "",
    }  # fmt: skip
