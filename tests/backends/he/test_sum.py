"""Sums under HE end to end: exact or within the declared error, dropouts, keys that stay where they are."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.he.aggregation.keys import SumKeys
from backends.he.aggregation.mechanism import HeAggregation
from backends.he.aggregation.wires import body_size
from backends.he.plugin import HeParams
from privacy.errors import ProtocolAborted
from privacy.plugin import AGGREGATOR, COLLECTOR, AggregationTask, Strength, Sum, contributor
from privacy.protocol import Faults
from privacy.transports.spawned import Spawned
from tests.support.he_sums import SCHEMES, TASK, Sums, vectors


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
