"""Servers that fail, stop, come back, run out of memory or patience: what a host is told, and what is left."""

import json
import os
import signal
import time
from functools import partial

import numpy as np
import pytest

from backends.plain.aggregation import PlainAggregation
from backends.plain.mechanism import PlainScoring
from privacy.boundary.channel import Channel
from privacy.errors import ProtocolAborted, ServiceError
from privacy.plugin import CLIENT, SERVER, AggregationTask, ScoringTask, Secret
from privacy.protocol import Session
from privacy.transports.http import Http
from privacy.transports.http_frames import frame
from privacy.transports.http_line import Line
from privacy.transports.spawned import Spawned
from privacy.web.limits import Limits
from tests.support.machines import LIMITS, TOKEN, CountingProxy, Hungry, machine, registry
from tests.support.toys import Fault, Faulty

TASK = ScoringTask(items=6, dims=4)
CATALOGUE = np.arange(-12, 12).reshape(6, 4)
VECTOR = np.array([3, -250, 0, 17])


@pytest.fixture
def live():
    with machine() as one:
        yield one


@pytest.fixture
def http(live):
    with Http([live.url], token=TOKEN, registry=registry()) as transport:
        yield transport


def open_session(http, mechanism=None):
    own = {SERVER: CATALOGUE} if mechanism is None else {}
    return Session(mechanism or PlainScoring(), TASK, own, transports={"server": http})


def ask(session, private=VECTOR, channel=None):
    return session.run({CLIENT: Secret(private, owner=CLIENT)}, channel or Channel()).output


def test_a_lost_answer_is_asked_for_again_and_nothing_runs_twice(live):
    with CountingProxy(live.port) as proxy, Http([proxy.url], token=TOKEN, registry=registry()) as http:
        session, channel = open_session(http, Hungry()), Channel()
        assert json.loads(ask(session, b"?", channel))["asked"] == 1
        for turn in (2, 3, 4):
            proxy.cut_answers = 1
            assert json.loads(ask(session, b"?", channel))["asked"] == turn
            assert proxy.cut_answers == 0
        assert http.placed[0].payload == channel.transcript.bytes()  # a repetition is overhead


def test_an_operation_out_of_step_is_refused(live, http):
    session = open_session(http)
    endpoint = session.endpoints[SERVER]
    ask(session)
    body = frame(("forget", {}))
    path = f"/api/parties/{endpoint._name}"
    done = live.parties.status(endpoint._name)["operations"]
    for number in (0, done, done + 2, 10**9):
        with pytest.raises(ProtocolAborted, match=f"Operation {number} came after {done}"):
            endpoint.line.ask("POST", f"{path}/{number}", body)
    first = endpoint.line.ask("POST", f"{path}/{done + 1}", body)
    assert endpoint.line.ask("POST", f"{path}/{done + 1}", body) == first


def test_a_server_that_stops_is_told_in_a_sentence(http, live):
    session = open_session(http)
    assert np.array_equal(ask(session), CATALOGUE @ VECTOR)
    live.stop()
    with pytest.raises(ServiceError, match=r"Nothing answers at http://127.*veilbench serve --role"):
        ask(session)
    session.forget()
    with pytest.raises(ProtocolAborted, match="The session of server has ended"):
        ask(session)


def test_a_server_that_comes_back_knows_no_party_and_seats_new_ones():
    first = machine().start()
    http = Http([first.url], token=TOKEN, registry=registry())
    session = open_session(http)
    assert np.array_equal(ask(session), CATALOGUE @ VECTOR)
    first.stop()
    with machine(port=first.port) as again:
        assert again.url == first.url
        with pytest.raises(ProtocolAborted, match=r"no longer knows server: it was restarted.*open a new session"):
            ask(session)
        assert np.array_equal(ask(open_session(http)), CATALOGUE @ VECTOR)
        http.close()


def test_a_party_that_takes_too_much_memory_ends_and_the_server_lives_on(live, http):
    session = open_session(http, Hungry())
    before = json.loads(ask(session, b"?"))["pid"]
    with pytest.raises(ProtocolAborted, match="more memory than its process may take"):
        ask(session, b"memory")
    with pytest.raises(ProtocolAborted, match="The process of server"):
        ask(session, b"?")
    fresh = open_session(http, Hungry())
    assert json.loads(ask(fresh, b"?"))["pid"] != before
    assert before not in live.parties.pids


def test_a_spawned_party_may_have_a_cap_too():
    for cap, outcome in ((2**29, None), (2**33, b"pid")):
        with Spawned(memory_bytes=cap) as spawned:
            session = Session(Hungry(), TASK, {}, transports={"server": spawned})
            if outcome is None:
                with pytest.raises(ProtocolAborted, match="more memory"):
                    ask(session, b"memory")
            else:
                assert outcome in ask(session, b"memory")


def test_a_party_that_takes_too_long_is_ended():
    limits = Limits(operation_seconds=3.0)
    with machine(limits=limits) as live, Http([live.url], token=TOKEN, registry=registry()) as http:
        session = open_session(http, Hungry())
        with pytest.raises(ProtocolAborted, match="Server took more than 3 seconds for one step and was ended"):
            ask(session, b"sleep")
        assert live.parties.pids == ()
        assert json.loads(ask(open_session(http, Hungry()), b"?"))["asked"] == 1


def test_a_party_whose_process_dies_is_told_and_the_server_lives_on(live, http):
    with pytest.raises(ProtocolAborted, match="The process of server ended with exit status 7"):
        ask(open_session(http, Faulty(Fault("die"))), b"?")
    session = open_session(http)
    os.kill(live.parties.pids[-1], signal.SIGKILL)
    with pytest.raises(ProtocolAborted, match="The process of server was killed by signal 9"):
        ask(session)
    assert np.array_equal(ask(open_session(http)), CATALOGUE @ VECTOR)


def test_parties_left_idle_are_ended():
    with machine(limits=Limits(idle_seconds=2.0)) as live, Http([live.url], token=TOKEN, registry=registry()) as http:
        session = open_session(http)
        (pid,) = live.parties.pids
        for _ in range(1200):  # the server's own clock ends it
            if not live.parties.pids:
                break
            time.sleep(0.05)
        with pytest.raises(ProtocolAborted, match="no longer knows server: it was restarted, or left idle"):
            ask(session)
    assert not os.path.exists(f"/proc/{pid}")


def test_more_parties_than_seats_are_refused_until_one_leaves(live, http, monkeypatch):
    sessions = [open_session(http) for _ in range(LIMITS.parties)]
    with Http([live.url], token=TOKEN, registry=registry()) as another:
        with monkeypatch.context() as impatience:  # a host that does not wait for a busy server
            impatience.setattr("privacy.transports.http.Line", partial(Line, patience=0.0))
            with pytest.raises(ServiceError, match="seats 4 parties and all seats are taken"):
                open_session(another)
        sessions[0].endpoints[SERVER].close()
        assert np.array_equal(ask(open_session(another)), CATALOGUE @ VECTOR)


def test_a_task_too_large_for_a_server_is_told_before_it_is_sent(live, http):
    task = AggregationTask(contributors=3, length=10, bound=10, identities=("ab" * 1_000_000,) * 3)
    http.roles()
    http._health[live.url]["role"] = "aggregator"
    with pytest.raises(ServiceError, match=r"needs 6,000,\d+ bytes at once; the server at .* takes 4,194,304"):
        Session(PlainAggregation(), task, {}, transports={"aggregator": http})
