"""How a party in a process of its own ends: killed, by itself, with its host, and the errors that come back."""

import gc
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from backends.plain.mechanism import PlainScoring
from privacy.boundary.channel import Channel
from privacy.errors import IntegrityError, ProtocolAborted, VeilbenchError, WireError
from privacy.plugin import CLIENT, SERVER, Secret
from privacy.protocol import Session
from privacy.transports import framing
from privacy.transports.spawned import Spawned
from tests.support import ROOT
from tests.support.spawned_runs import CATALOGUE, TASK, VECTOR, once
from tests.support.toys import Fault, Faulty
from tests.support.waiting import CAP


@pytest.fixture
def spawned():
    with Spawned() as transport:
        yield transport


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
    session.reseat(CLIENT, channel=Channel())
    retried = session.run({CLIENT: Secret(VECTOR, owner=CLIENT)}, Channel())
    assert np.array_equal(retried.output, CATALOGUE @ VECTOR)


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
        timeout=CAP,
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
