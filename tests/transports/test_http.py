"""Parties over HTTP, against live servers: the same sessions as in process, and every byte accounted for."""

import contextlib
from dataclasses import replace

import numpy as np
import pytest

from backends.local.mechanism import LocalScoring
from backends.plain.aggregation import PlainAggregation
from backends.plain.mechanism import PlainLookup, PlainScoring
from privacy.boundary.channel import Channel
from privacy.boundary.party import Party
from privacy.errors import BoundaryError, IntegrityError, PluginError, ServiceError, VeilbenchError
from privacy.params import build
from privacy.plugin import AGGREGATOR, CLIENT, COLLECTOR, SERVER, AggregationTask, LookupTask, ScoringTask, Secret, Sum
from privacy.primitives.aggregation import reference
from privacy.protocol import Faults, Session
from privacy.transports.http import Http
from tests.support.machines import TOKEN, Constant, CountingProxy, Hungry, machine, registry
from tests.support.soaking import in_soak
from tests.support.toys import Fault, Faulty, SharedScoring

TASK = ScoringTask(items=6, dims=4)
CATALOGUE = np.arange(-12, 12).reshape(6, 4)
VECTOR = np.array([3, -250, 0, 17])
SUMS = AggregationTask(contributors=5, length=7, bound=100, minimum=3)


@pytest.fixture(scope="module")
def machines():
    lives = {role: machine(role).start() for role in ("scoring", "aggregator", "collector")}
    lives["scoring 2"] = machine("scoring").start()
    yield lives
    for live in lives.values():
        live.stop()


@pytest.fixture
def http(machines):
    with Http([live.url for live in machines.values()], token=TOKEN, registry=registry()) as transport:
        yield transport
    assert all(live.parties.pids == () for live in machines.values())  # nothing is left behind


def served(http, mechanism, private, *, task=TASK, own=CATALOGUE, cache=None, channel=None):
    session = Session(mechanism, task, {SERVER: own}, transports={"server": http}, cache=cache)
    channel = channel or Channel()
    session.publish(channel)
    return session.run({CLIENT: Secret(private, owner=CLIENT)}, channel)


def summed(transports, values, *, own=None, channel=None, faults=None, task=SUMS, mechanism=None):
    channel = channel or Channel()
    session = Session(mechanism or PlainAggregation(), task, own or {}, transports=transports)
    session.publish(channel)
    secrets = {p: Secret(v, owner=p) for p, v in values.items()}
    return session.run(secrets, channel, faults=faults)


def vectors(seed=1):
    rng = np.random.default_rng(seed)
    return {p: rng.integers(-SUMS.bound, SUMS.bound, SUMS.length) for p in SUMS.roster}


def crossed(channel, *parties):
    """What the transcript says went to and from parties that live elsewhere."""
    sent = channel.transcript
    return sum(sent.bytes(sender=p) + sent.bytes(receiver=p) for p in parties)


@pytest.mark.parametrize(
    ("kind", "caching"),
    [
        (PlainScoring, False), (PlainScoring, True), (LocalScoring, False), (SharedScoring, False),
        in_soak("live", LocalScoring, True), in_soak("live", SharedScoring, True),
    ],
)  # fmt: skip
def test_scores_equal_those_in_process(http, kind, caching):
    channel = Channel()
    outcome = served(http, kind(), VECTOR, cache={} if caching else None, channel=channel)
    assert np.array_equal(outcome.output, CATALOGUE @ VECTOR)
    assert len(http.placed) == (2 if kind is SharedScoring else 1)
    assert http.socket_bytes.payload == crossed(channel, *(e.party for e in http.placed))


def test_two_servers_of_one_role_live_on_two_machines(http, machines):
    served(http, SharedScoring(), VECTOR)
    assert [len(machines[name].parties.pids) for name in ("scoring", "scoring 2")] == [1, 1]


def test_ciphertexts_cross_the_socket_and_decrypt_right(http):
    from backends.he.scoring.mechanism import HeScoring

    task, rng = ScoringTask(items=60, dims=16), np.random.default_rng(2)
    catalogue, vector = rng.integers(-60, 60, (60, 16)), rng.integers(-60, 60, 16)
    spec = registry().spec("he")
    mechanism = HeScoring(spec.params())
    outcome = served(http, mechanism, vector, task=task, own=catalogue)
    assert np.abs(outcome.output - catalogue @ vector).max() <= mechanism.tolerance(task)


def test_records_equal_those_in_process(http):
    records, task = CATALOGUE.astype(np.uint8), LookupTask(items=6, record_bytes=4, count=2)
    outcome = served(http, PlainLookup(), np.array([5, 2]), task=task, own=records)
    assert np.array_equal(outcome.output, records[[5, 2]])


def test_a_sum_over_two_machines_is_exact_and_counted_on_every_socket(machines):
    values, channel = vectors(), Channel()
    names = ("aggregator", "collector")
    with CountingProxy(machines[names[0]].port) as one, CountingProxy(machines[names[1]].port) as two:
        with Http([one.url, two.url], token=TOKEN, registry=registry()) as http:
            outcome = summed(http.transports(), values, channel=channel)
            status = [machines[n].parties.status(e._name) for n, e in zip(names, http.placed, strict=True)]
        payload, overhead = http.socket_bytes
    result = Sum.of(outcome.output)
    assert np.array_equal(result.total, reference(SUMS, values))
    assert payload == crossed(channel, AGGREGATOR, COLLECTOR)
    assert payload == sum(s["received"] + s["sent"] for s in status)
    assert payload + overhead == one.bytes + two.bytes  # no byte on a socket is uncounted
    assert outcome.seconds[AGGREGATOR] > 0


@pytest.mark.parametrize(
    ("backend", "params"),
    [("smpc", {}), ("smpc", {"scheme": "two servers"}), ("smpc", {"scheme": "prio3"}), ("he", {})],
    ids=["masks", "two", "prio3", "he"],
)
def test_every_carrier_sums_over_machines_as_in_process(http, machines, backend, params):
    spec, values, channel = registry().spec(backend), vectors(), Channel()
    mechanism = registry().mechanism(spec, "aggregation", build(spec.params, params, owner=backend))
    task = replace(SUMS, contributors=5)
    two = mechanism.aggregators != (AGGREGATOR,)
    with contextlib.ExitStack() as stack:
        if two:
            second = stack.enter_context(machine("aggregator"))
            urls = [machines["aggregator"].url, second.url, machines["collector"].url]
            http = stack.enter_context(Http(urls, token=TOKEN, registry=registry()))
        outcome = summed(http.transports(), values, channel=channel, mechanism=mechanism, task=task)
        result = Sum.of(outcome.output)
        assert result.included == (1, 2, 3, 4, 5)
        assert np.abs(result.total - reference(SUMS, values)).max() <= mechanism.tolerance(task)
        assert len(http.placed) == 2 + two
        assert http.socket_bytes.payload == crossed(channel, *(e.party for e in http.placed))


def test_a_dropout_and_a_late_contribution_are_as_in_process(http):
    values = vectors()
    drops, late = {SUMS.roster[1]: 1}, {(SUMS.roster[2], 1): 1}
    there = summed(http.transports(), values, faults=Faults(drops=drops, delays=late))
    here = summed({}, values, faults=Faults(drops=drops, delays=late))
    assert Sum.of(there.output).included == Sum.of(here.output).included == (1, 4, 5)
    assert np.array_equal(there.output[0], here.output[0])


def test_an_aggregator_elsewhere_adds_the_noise_of_its_own_randomiser(http, monkeypatch):
    values = vectors()
    outcome = summed(http.transports(), values, own={AGGREGATOR: Constant(7)})
    assert np.array_equal(Sum.of(outcome.output).total, reference(SUMS, values) + 7)
    with pytest.raises(ServiceError, match="No randomiser of this server adds noise of that kind"):
        summed(http.transports(), values, own={AGGREGATOR: Fault("not noise")})


@pytest.mark.parametrize("kind", ["raise", "malformed", "astray", "twice", "abort", "itself", "own"])
def test_errors_are_those_of_a_run_in_process(http, kind):
    in_process = Session(Faulty(Fault(kind)), TASK, {SERVER: CATALOGUE})
    with pytest.raises(VeilbenchError) as here:
        in_process.run({CLIENT: Secret(b"opera", owner=CLIENT)}, Channel())
    with pytest.raises(VeilbenchError) as there:
        served(http, Faulty(Fault(kind)), b"opera")
    assert str(there.value) == str(here.value)
    assert isinstance(here.value, type(there.value))
    assert "opera" not in str(there.value)


def test_an_altered_wire_is_found_on_the_server_and_its_keys_go(http):
    class Tampering(Channel):
        def transport(self, sealed):
            return sealed[:-1] + bytes([sealed[-1] ^ 1])

    session = Session(PlainScoring(), TASK, {SERVER: CATALOGUE}, transports={"server": http})
    with pytest.raises(IntegrityError, match="altered"):
        session.run({CLIENT: Secret(VECTOR, owner=CLIENT)}, Tampering())
    session.reseat(CLIENT, channel=Channel())
    retried = session.run({CLIENT: Secret(VECTOR, owner=CLIENT)}, Channel())
    assert np.array_equal(retried.output, CATALOGUE @ VECTOR)


def test_what_may_not_leave_the_device_does_not(http):
    with pytest.raises(BoundaryError, match="Client has a private input and stays on this device"):
        Session(PlainScoring(), TASK, {SERVER: CATALOGUE}, transports={"client": http})
    session = Session(PlainScoring(), TASK, {SERVER: CATALOGUE}, transports={"server": http})
    with pytest.raises(BoundaryError, match="does not move to a server"):
        session.run({SERVER: Secret(VECTOR, owner=SERVER)}, Channel())


def test_the_catalogue_goes_to_a_server_once(http):
    own = np.arange(40_000).reshape(10_000, 4) % 200
    task = ScoringTask(items=10_000, dims=4)
    before = http.socket_bytes.overhead
    first = served(http, PlainScoring(), VECTOR, task=task, own=own), http.socket_bytes.overhead - before
    second = served(http, PlainScoring(), VECTOR, task=task, own=own), http.socket_bytes.overhead - before - first[1]
    assert np.array_equal(first[0].output, own @ VECTOR)
    assert np.array_equal(second[0].output, own @ VECTOR)
    assert first[1] > own.nbytes > 10 * (second[1] - 80_000)  # the second sends no catalogue; 80 kB of it are scores


def test_a_role_that_no_machine_has_is_told_in_a_sentence(machines):
    with Http([machines["collector"].url], token=TOKEN, registry=registry()) as http:
        with pytest.raises(ServiceError, match="No server named has the role scoring, which server needs"):
            served(http, PlainScoring(), VECTOR)
        assert list(http.transports()) == ["collector"]
    with Http([machines["scoring"].url], token=TOKEN, registry=registry()) as http:
        with pytest.raises(ServiceError, match="1 of the servers named have the role scoring, which server-2 needs"):
            served(http, SharedScoring(), VECTOR)
        http._health[http.urls[0]]["role"] = "aggregator"  # a host that asks the wrong machine all the same
        with pytest.raises(ServiceError, match="A machine of role scoring does not seat aggregator of aggregation"):
            summed({"aggregator": http}, vectors())


def test_a_wrong_token_and_an_unknown_backend_are_told_in_a_sentence(machines):
    with (
        Http([machines["scoring"].url], token="another-token-of-the-right-form", registry=registry()) as http,
        pytest.raises(ServiceError, match=r"refuses this token; give the file that it printed with --token-file"),
    ):
        served(http, PlainScoring(), VECTOR)

    class Unlisted(PlainScoring):
        pass

    with Http([machines["scoring"].url], token=TOKEN, registry=registry()) as http:
        for mechanism, says in ((Unlisted(), "cannot be found"), (ListedNowhere(), "of no registered backend")):
            with pytest.raises((PluginError, BoundaryError), match=says):
                served(http, mechanism, VECTOR)


class ListedNowhere(PlainScoring):
    """A mechanism that no registry names."""


def test_a_server_of_another_version_is_refused(machines, monkeypatch):
    with Http([machines["scoring"].url], token=TOKEN, registry=registry()) as http:
        monkeypatch.setattr("privacy.transports.http.PROTOCOL", 99)
        with pytest.raises(ServiceError, match="speaks otherwise; install the same version on both machines"):
            http.roles()


def test_a_party_ahead_of_its_turn_computes_while_others_do(http):
    session = Session(Hungry(), TASK, {}, transports={"server": http})
    endpoint = session.endpoints[SERVER]
    assert session.run({CLIENT: Secret(b"?", owner=CLIENT)}, Channel()).output
    endpoint.announce(9, [])
    assert endpoint._ahead is not None
    assert endpoint.step(9, []).wires == ()
    assert endpoint._ahead is None
    assert Party("server") == endpoint.party
