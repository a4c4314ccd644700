"""kill -9 of servers amid a hundred private fetches: it is told, the fetch is made anew, and no record is wrong."""

import contextlib
import itertools
import os
import random
import signal
import threading
import time

import numpy as np
import pytest

pytest.importorskip("tenseal")

from backends.he.lookup.layout import Layout
from backends.he.lookup.mechanism import HeLookup
from backends.smpc.lookup.mechanism import SmpcLookup
from privacy.boundary.channel import Channel
from privacy.errors import ProtocolAborted, ServiceError, VeilbenchError
from privacy.plugin import CLIENT, SERVER, LookupTask, Secret
from privacy.protocol import Session
from privacy.testing.bench import whole_channel
from privacy.transports.http import Http
from tests.support.lookup_runs import table
from tests.support.machines import TOKEN, machine, registry
from tests.support.soaking import in_soak, sized

QUERIES, KILLS = 100, sized(1, 20)
TASK = LookupTask(items=2_100, record_bytes=40, count=3)
RECORDS = table(TASK.items, TASK.record_bytes)


class Person:
    """Who fetches, and opens a new session where a server has ended."""

    def __init__(self, mechanism, http):
        self.mechanism, self.http, self.told, self.sent = mechanism, http, [], []
        self.open()

    def open(self):
        self.session = Session(self.mechanism, TASK, {SERVER: RECORDS}, transports={"server": self.http})
        self.session.publish(Channel())

    def fetch(self, indices):
        while True:
            channel = whole_channel()
            try:
                return self.session.run({CLIENT: Secret(indices, owner=CLIENT)}, channel).output
            except (ProtocolAborted, ServiceError) as error:
                self.told.append(str(error))
                for endpoint in self.session.endpoints.values():
                    with contextlib.suppress(VeilbenchError):
                        endpoint.close()
                self.open()
            finally:
                self.sent += [m.sample for m in channel.transcript.messages if m.sender == CLIENT]


@pytest.mark.sized("live")
@pytest.mark.parametrize("mechanism", [HeLookup, in_soak("live", SmpcLookup)])
def test_servers_are_killed_amid_fetches_and_every_delivered_record_is_right(mechanism):
    chance, numpy = random.Random(3), np.random.default_rng(4)
    struck = set(chance.sample(range(QUERIES), KILLS))
    with contextlib.ExitStack() as stack:
        machines = [stack.enter_context(machine()) for _ in range(mechanism.servers)]
        http = stack.enter_context(Http([m.url for m in machines], token=TOKEN, registry=registry()))
        person, kills = Person(mechanism(), http), 0
        for number in range(QUERIES):
            indices = numpy.integers(0, TASK.items, TASK.count)
            blow = threading.Thread(target=strike, args=(machines, chance)) if number in struck else None
            if blow:
                blow.start()
            assert (person.fetch(indices) == RECORDS[indices]).all()
            if blow:
                blow.join()
                kills += 1
        # A server that was killed after it had answered is missed by the next fetch.
        person.fetch(indices)
    assert kills == KILLS
    assert 1 <= len(person.told) <= KILLS
    assert all("killed by signal 9" in sentence for sentence in person.told)
    # What was sent and lost is never sent again: each attempt drew afresh.
    assert len(set(person.sent)) == len(person.sent) >= QUERIES * mechanism.servers
    if mechanism is HeLookup:
        columns = Layout.of(TASK).columns
        words = [np.frombuffer(body[-4 * columns :], dtype="<u4") for body in person.sent]
        for one, other in itertools.pairwise(words):
            assert (np.abs((one - other).view(np.int32)) > 42).mean() > 0.99


def strike(machines, chance):
    """Kill the party of some machine, a moment from now."""
    time.sleep(chance.uniform(0, 0.02))
    os.kill(chance.choice(machines).parties.pids[-1], signal.SIGKILL)
