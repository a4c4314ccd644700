"""Parties that are forked where their backend is imported already: processes of their own all the same."""

import os

import numpy as np
import pytest

from backends.smpc.lookup.mechanism import SmpcLookup
from privacy.boundary.channel import Channel
from privacy.errors import ProtocolAborted
from privacy.plugin import CLIENT, SERVER, LookupTask
from privacy.protocol import Session
from privacy.testing.bench import station
from privacy.transports.cradle import cradle
from privacy.transports.nursery import possible
from privacy.transports.spawned import Spawned
from tests.support.lookup_runs import fetch, table

pytestmark = pytest.mark.skipif(not possible(), reason="this system has no nursery")
MODULE = "backends.smpc.lookup.mechanism"


def seated(transport: Spawned, mechanism: SmpcLookup | None = None) -> Session:
    records = table(40, 8)
    session = Session(
        mechanism or SmpcLookup(), LookupTask(40, 8, 3), {SERVER: records}, transports={"server": transport}
    )
    session.publish(Channel())
    return session


def test_forked_parties_answer_from_processes_and_homes_of_their_own():
    with cradle([MODULE]) as nursery, Spawned(nursery=nursery, memory_bytes=4 * 2**30) as transport:
        assert nursery is not None
        session = seated(transport)
        assert (fetch(session, np.array([1, 5, 39])) == table(40, 8)[[1, 5, 39]]).all()
        pids = set(transport.pids)
        assert len(pids) == 2
        assert os.getpid() not in pids
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


def test_a_fork_that_is_killed_ends_its_run_with_words():
    with cradle([MODULE]) as nursery, Spawned(nursery=nursery) as transport:
        session = seated(transport)
        os.kill(transport.pids[0], 9)
        with pytest.raises(ProtocolAborted, match="process of server-1 has ended"):
            fetch(session, np.array([1, 5, 39]))


def test_forks_do_not_draw_alike_from_a_generator_of_the_process(tmp_path, monkeypatch):
    (tmp_path / "drawing_server.py").write_text(
        "import numpy\n"
        "from backends.smpc.lookup.mechanism import SmpcLookup, PointTable\n"
        "from privacy.plugin import PUBLIC, CLIENT, Wire\n"
        "class Drawing(PointTable):\n"
        "    def publish(self):\n"
        "        super().publish()\n"
        "        return [Wire(CLIENT, 'drawn', PUBLIC, numpy.random.bytes(16))]\n"
        "class DrawingLookup(SmpcLookup):\n"
        "    def server(self, seat):\n"
        "        return Drawing(seat)\n"
        "    def client(self, seat):\n"
        "        made = super().client(seat)\n"
        "        made.keep = lambda material: setattr(made, 'seen', [w.body for w in material])\n"
        "        return made\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    from drawing_server import DrawingLookup

    with cradle(["drawing_server"]) as nursery, Spawned(nursery=nursery) as transport:
        session = seated(transport, DrawingLookup())
        first, second = station(session, CLIENT).role.seen
    assert first != second


def test_a_module_that_starts_a_thread_is_left_to_the_parties(tmp_path, monkeypatch):
    (tmp_path / "threaded.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
    )
    (tmp_path / "failing.py").write_text("raise RuntimeError('no')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with cradle(["threaded", "failing", MODULE, "no_such_module"]) as nursery:
        assert nursery is not None
