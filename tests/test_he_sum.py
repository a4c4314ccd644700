"""Sums under HE end to end: exact or within the declared error, dropouts, refusals, keys that stay where they are."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.he.plugin import HeParams
from backends.he.sum_keys import SumKeys
from backends.he.sum_mechanism import HeAggregation
from backends.he.sum_wires import body_size, key_size
from privacy.boundary.channel import Channel
from privacy.boundary.secret import Secret
from privacy.boundary.transcript import Transcript
from privacy.errors import BoundaryError, IntegrityError, ProtocolAborted, WireError
from privacy.plugin import AGGREGATOR, COLLECTOR, AggregationTask, Strength, Sum, Wire, contributor, pack_roll
from privacy.primitives.aggregation import reference
from privacy.protocol import Faults, Session
from privacy.transports.spawned import Spawned

TASK = AggregationTask(contributors=5, length=40, bound=1000, minimum=3)
SCHEMES = pytest.mark.parametrize("scheme", ["bfv", "ckks"])


def vectors(task: AggregationTask, seed: int = 0):
    rng = np.random.default_rng(seed)
    return {p: rng.integers(-task.bound, task.bound, task.length, endpoint=True) for p in task.roster}


class Sums:
    """One session with its channel and whole transcript."""

    def __init__(self, task: AggregationTask = TASK, scheme: str = "auto", *, transports=None, **params) -> None:
        self.mechanism = HeAggregation(HeParams(sum_scheme=scheme, **params))
        self.task, self.plan = task, self.mechanism.plan(task)
        self.session = Session(self.mechanism, task, {}, transports=transports)
        self.channel = Channel(transcript=Transcript(sample_bytes=None))
        self.session.publish(self.channel)

    def run(self, values=None, **options):
        values = values or vectors(self.task)
        return self.session.run({p: Secret(v, owner=p) for p, v in values.items()}, self.channel, **options)

    def role(self, party):
        return self.session.endpoints[party].role

    def messages(self, kind: str):
        return self.channel.transcript.view([AGGREGATOR, COLLECTOR, *self.task.roster]).of_kind(kind)

    def error(self, outcome, values) -> int:
        result = Sum.of(outcome.output)
        exact = reference(self.task, {contributor(i): values[contributor(i)] for i in result.included})
        return int(np.abs(result.total - exact).max())


@settings(max_examples=25)
@given(
    st.integers(1, 4), st.integers(1, 5000), st.integers(1, 2**30), st.sampled_from(["bfv", "ckks"]), st.data()
)  # fmt: skip
def test_sums_are_exact_or_within_the_declared_error(contributors, length, bound, scheme, data) -> None:
    weights = tuple(data.draw(st.lists(st.integers(1, 9), min_size=contributors, max_size=contributors)))
    task = AggregationTask(contributors, length, bound, minimum=1, weights=weights)
    values = vectors(task, data.draw(st.integers(0, 2**32)))
    for place in {0, length // 2, length - 1}:
        for vector in values.values():
            vector[place] = data.draw(st.sampled_from([-bound, bound, 0]))
    sums = Sums(task, scheme)
    error = sums.error(sums.run(values), values)
    assert error <= sums.mechanism.tolerance(task)
    assert scheme == "ckks" or error == 0


@SCHEMES
@pytest.mark.parametrize("sign", [-1, 1])
def test_extremes_of_every_entry(scheme: str, sign: int) -> None:
    task = AggregationTask(contributors=3, length=4099, bound=1 << 20, weights=(1, 7, 2))
    values = {p: np.full(task.length, sign * task.bound) for p in task.roster}
    sums = Sums(task, scheme)
    assert sums.error(sums.run(values), values) <= sums.mechanism.tolerance(task)


def test_measured_errors_are_not_far_under_the_declared_one() -> None:
    task = AggregationTask(contributors=10, length=100_000, bound=1 << 15)
    values, sums = vectors(task), Sums(task, "ckks")
    error, declared = sums.error(sums.run(values), values), sums.mechanism.tolerance(task)
    # 2^-40 for the largest of 100,000 is 8.9 deviations, and the largest of them reaches 4 to 5.
    assert 0.35 * declared < error <= declared < task.sum_bound / 1000


@SCHEMES
def test_several_chunks_of_blocks(scheme: str) -> None:
    task = AggregationTask(contributors=2, length=300_000, bound=1 << 38)
    values, sums = vectors(task), Sums(task, scheme)
    assert sums.plan.blocks > 128
    assert sums.error(sums.run(values), values) <= sums.mechanism.tolerance(task)


def test_100k_entries_take_a_quarter_of_the_bytes_of_ckks_vector() -> None:
    import tenseal as ts

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = ts.context(ts.SCHEME_TYPE.CKKS, 8192, coeff_mod_bit_sizes=[60, 40, 60])
        whole.global_scale = 2.0**40
        theirs = len(ts.ckks_vector(whole, np.random.default_rng(0).normal(0, 0.02, 100_000)).serialize())
    for scheme, share in (("ckks", 4), ("bfv", 8)):
        plan = HeAggregation(HeParams(sum_scheme=scheme)).plan(AggregationTask(10, 100_000, 1 << 15))
        assert body_size(plan) * share < theirs


def test_dropouts_are_left_out_and_too_few_are_never_released() -> None:
    values, sums = vectors(TASK), Sums()
    outcome = sums.run(values, faults=Faults(drops={contributor(2): 1, contributor(5): 1}))
    assert Sum.of(outcome.output).included == (1, 3, 4)
    assert sums.error(outcome, values) == 0
    for gone in (3, 5):
        with pytest.raises(ProtocolAborted, match=f"{5 - gone} contributions came and 3 are needed"):
            sums.run(values, faults=Faults(drops={contributor(i): 1 for i in range(1, gone + 1)}))


def test_runs_of_one_session_do_not_mix() -> None:
    sums = Sums()
    for seed in range(3):
        values = vectors(TASK, seed)
        assert sums.error(sums.run(values), values) == 0


@pytest.mark.parametrize("bad", [np.full(40, np.nan), np.full(40, 1001), np.zeros(39, int), np.zeros(40)])
def test_what_a_vector_may_not_hold_is_refused_on_the_device(bad) -> None:
    values, sums = vectors(TASK), Sums()
    with pytest.raises(BoundaryError):
        contribution(sums, 3, bad)
    outcome = sums.run({**values, contributor(3): bad})
    assert Sum.of(outcome.output).included == (1, 2, 4, 5)
    assert sums.error(outcome, values) == 0


def contribution(sums: Sums, index: int, value) -> bytes:
    role = sums.role(contributor(index))
    role.begin(Secret(value, owner=contributor(index)))
    return role.step(1, ()).wires[0].body


MALFORMED = {
    "truncated": lambda body: body[:-1],
    "empty": lambda body: b"",
    "oversized": lambda body: body + b"\0",
    "magic": lambda body: b"VBSS" + body[4:],
    "header": lambda body: body[:6] + bytes([body[6] ^ 1]) + body[7:],
    "first residue": lambda body: body[:28] + b"\xff" * 100 + body[128:],
    "last residue": lambda body: body[:-8] + b"\xff" * 8,
}


@pytest.mark.parametrize("length", [40, 300_000])
@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_contribution_is_refused_by_name_and_leaves_no_trace(change, length: int) -> None:
    task = AggregationTask(contributors=3, length=length, bound=1 << 38, minimum=2)
    values, sums = vectors(task), Sums(task, "ckks")
    bodies = {i: contribution(sums, i, values[contributor(i)]) for i in (1, 2, 3)}
    role = sums.role(AGGREGATOR)
    role.begin(None)
    for index in (1, 2, 3):
        body = change(bodies[2]) if index == 2 else bodies[index]
        role.take(Wire(AGGREGATOR, "contribution", "ciphertext", body, contributor(index)))
    (wire,) = role.step(2, ()).wires
    collector = sums.role(COLLECTOR)
    result = collector.step(3, [Wire(COLLECTOR, "sum", "ciphertext", wire.body, AGGREGATOR)]).output
    assert result.included == (1, 3)
    assert list(result.refused) == ["contributor-2"]
    exact = values[contributor(1)] + values[contributor(3)]
    assert np.abs(result.total - exact).max() <= sums.mechanism.tolerance(task)


def test_strangers_twins_and_latecomers() -> None:
    values, sums = vectors(TASK), Sums()
    role = sums.role(AGGREGATOR)
    role.begin(None)
    for sender in (COLLECTOR, contributor(6), None):
        with pytest.raises(WireError, match="not of the roster"):
            role.take(Wire(AGGREGATOR, "contribution", "ciphertext", b"", sender))
    bodies = {i: contribution(sums, i, values[contributor(i)]) for i in (1, 2, 3, 4)}
    for index in (1, 1, 2, 3):
        role.take(Wire(AGGREGATOR, "contribution", "ciphertext", bodies[index], contributor(index)))
    late = Wire(AGGREGATOR, "contribution", "ciphertext", bodies[4], contributor(4))
    (wire,) = role.step(2, [late]).wires
    result = sums.role(COLLECTOR).step(3, [Wire(COLLECTOR, "sum", "ciphertext", wire.body, AGGREGATOR)]).output
    assert result.included == (1, 2, 3)
    assert result.refused["contributor-1"].startswith("it contributed twice")
    assert result.refused["contributor-4"] == "it came late"
    assert np.array_equal(result.total, reference(TASK, {contributor(i): values[contributor(i)] for i in (1, 2, 3)}))


@settings(max_examples=60)
@given(st.data(), st.sampled_from(["cut", "grow", "roll", "header", "residue", "flip"]))
def test_the_collector_refuses_what_is_no_sum(data: st.DataObject, change: str) -> None:
    sums = shared()
    good = sums.messages("sum")[0].sample
    start = len(good) - body_size(sums.plan)
    if change == "cut":
        bad = good[: data.draw(st.integers(0, len(good) - 1))]
    elif change == "grow":
        bad = good + data.draw(st.binary(min_size=1, max_size=99))
    elif change == "roll":
        bad = pack_roll((1, 2, data.draw(st.integers(6, 9))), {}, body=good[start:])
    elif change == "header":
        place = start + data.draw(st.integers(0, 27))
        bad = good[:place] + bytes([good[place] ^ data.draw(st.integers(1, 255))]) + good[place + 1 :]
    elif change == "residue":
        bad = good[:-64] + b"\xff" * 64
    else:  # every second half of the ciphertext: the zero that every block ends in comes out wrong
        half = start + 28 + (len(good) - start - 28) // 2
        bad = good[:half] + bytes(len(good) - half)
    with pytest.raises(WireError):
        sums.role(COLLECTOR).step(3, [Wire(COLLECTOR, "sum", "ciphertext", bad, AGGREGATOR)])


_SHARED: list[Sums] = []


def shared() -> Sums:
    if not _SHARED:
        _SHARED.append(Sums())
        _SHARED[0].run()
    return _SHARED[0]


def test_a_sum_of_too_few_is_refused_by_the_collector_too() -> None:
    sums = shared()
    wire = Wire(COLLECTOR, "sum", "ciphertext", pack_roll((1, 2), {}, body=b""), AGGREGATOR)
    assert "2 contributions and 3 are needed" in sums.role(COLLECTOR).step(3, [wire]).reason
    with pytest.raises(BoundaryError, match="not the aggregator"):
        sums.role(COLLECTOR).step(3, [Wire(COLLECTOR, "sum", "ciphertext", wire.body, contributor(1))])


def test_a_malformed_public_key_is_refused() -> None:
    sums = shared()
    key, role = sums.messages("public-key")[0].sample, Sums().role(contributor(1))
    assert len(key) == key_size(sums.plan)
    for bad in (key[:-1], key + b"\0", b"VBSC" + key[4:], key[:28] + b"\xff" * (len(key) - 28)):
        with pytest.raises(WireError, match="public key is refused"):
            role.keep([Wire(contributor(1), "public-key", "public", bad, COLLECTOR)])
    for material in ([], [Wire(contributor(1), "public-key", "public", key, AGGREGATOR)]):
        with pytest.raises(WireError, match="One public key"):
            role.keep(material)


@SCHEMES
def test_a_sum_under_another_key_is_noticed_and_keys_are_dropped(scheme: str) -> None:
    task = AggregationTask(contributors=3, length=5000, bound=1000)
    sums, values = Sums(task, scheme), vectors(task)
    sums.role(COLLECTOR)._keys = SumKeys(sums.plan.preset)
    with pytest.raises(IntegrityError, match="does not decrypt under this session's key"):
        sums.run(values)
    assert sums.role(COLLECTOR).seat.keys.material() == {}
    with pytest.raises((IntegrityError, ProtocolAborted), match=r"key was discarded|contributions came"):
        sums.run(values)


@SCHEMES
def test_the_secret_key_stays_with_the_collector(scheme: str) -> None:
    sums = Sums(scheme=scheme)
    sums.run()
    assert sums.mechanism.key_holder(TASK) == COLLECTOR
    held = {p: e.role.seat.keys.material() for p, e in sums.session.endpoints.items()}
    assert [p for p, keys in held.items() if keys] == [COLLECTOR]
    forms = list(held[COLLECTOR].values())
    assert len(forms) == 9
    wires = [m.sample for kind in ("public-key", "contribution", "sum") for m in sums.messages(kind)]
    assert len(wires) == 11
    assert not any(form[at : at + 64] in wire for form in forms for at in (0, len(form) // 2) for wire in wires)
    aggregator = vars(sums.role(AGGREGATOR))
    assert not any("key" in name for name in aggregator)
    assert not any(isinstance(value, SumKeys) for value in aggregator.values())


def test_ciphertexts_and_keys_are_fresh() -> None:
    first, second = Sums(), Sums()
    values = {p: np.zeros(TASK.length, dtype=int) for p in TASK.roster}
    for sums in (first, first, second):
        sums.run(values)
    bodies = [m.sample for sums in (first, second) for m in sums.messages("contribution")]
    assert len(set(bodies)) == len(bodies) == 15
    assert {len(body) for body in bodies} == {body_size(first.plan)}
    assert first.messages("public-key")[0].sample != second.messages("public-key")[0].sample


def test_one_key_releases_no_more_ckks_sums_than_its_flooding_allows() -> None:
    sums = Sums(scheme="ckks", sum_releases=2)
    for _ in range(2):
        sums.run()
    with pytest.raises(ProtocolAborted, match="start a new session"):
        sums.run()


def test_the_collector_works_in_a_process_of_its_own() -> None:
    values, spawned = vectors(TASK), Spawned()
    sums = Sums(transports={"collector": spawned, "aggregator": spawned})
    try:
        assert sums.error(sums.run(values), values) == 0
    finally:
        for endpoint in sums.session.endpoints.values():
            endpoint.close()


def test_the_guarantee_names_what_it_rests_on() -> None:
    for scheme, words in (("ckks", "statistical parameter 30 for up to 16 sums"), ("bfv", "probability 2^-40")):
        guarantee = HeAggregation(HeParams(sum_scheme=scheme)).guarantee(TASK)
        aggregator, collector = guarantee.observer("aggregator"), guarantee.observer("collector")
        assert words in aggregator.statement
        assert "IND-CPA-D" in aggregator.statement
        assert (aggregator.strength, aggregator.security_bits) == (Strength.COMPUTATIONAL, 128)
        assert collector.strength == Strength.NON_COLLUSION
        assert "the sum" in collector.leaks
        for observer in (aggregator, collector):
            assert "do not collude" in observer.assumption
