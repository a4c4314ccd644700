"""What the guarantees say agrees with what the plans compute."""

import pytest

from backends.smpc.graph import plan
from backends.smpc.mechanism import SmpcAggregation
from backends.smpc.plugin import SmpcParams, register_backends
from privacy.plugin import AggregationTask, BackendSpec, Strength

FIFTY = AggregationTask(contributors=50, length=2, bound=3)


def masks(task: AggregationTask):
    return SmpcAggregation().guarantee(task)


def test_masks_are_computational_and_everyone_who_reads_the_sum_is_named():
    made = masks(FIFTY)
    assert {t.observer for t in made.towards} == {"aggregator", "collector", "contributor"}
    assert {t.strength for t in made.towards} == {Strength.COMPUTATIONAL}
    assert {t.security_bits for t in made.towards} == {128}
    for observer in ("aggregator", "collector"):
        assert any("the sum itself" in leak for leak in made.observer(observer).leaks)
    assert "which it reads" in made.observer("aggregator").statement
    assert "fewer than 34 of 50" in made.observer("collector").statement


def test_an_aggregator_that_hands_out_keys_is_covered_only_where_identities_were_registered():
    assert "trusted on first use" in masks(FIFTY).observer("aggregator").assumption
    known = AggregationTask(contributors=50, length=2, bound=3, identities=("ab" * 32,) * 50)
    text = masks(known).observer("aggregator").assumption
    assert "registered before" in text
    assert "at most 17 helpers" in text


def test_a_graph_of_neighbours_states_its_failure_probabilities():
    made = plan(n=200)
    text = masks(AggregationTask(contributors=200, length=2, bound=3)).observer("aggregator").statement
    for stated in (f"with {made.neighbours} others", f"If {made.colluding} of 200 collude", "2^-41", "2^-21"):
        assert stated in text


def test_two_servers_must_not_collude():
    made = SmpcAggregation(SmpcParams(scheme="two servers")).guarantee(FIFTY)
    assert {t.observer for t in made.towards} == {"aggregator-1", "aggregator-2", "collector"}
    assert {t.strength for t in made.towards} == {Strength.NON_COLLUSION}
    assert all("do not collude" in made.observer(f"aggregator-{i}").assumption for i in (1, 2))


def test_thresholds_are_never_below_the_minimum_cohort():
    task = AggregationTask(contributors=50, length=2, bound=3, minimum=40)
    assert SmpcAggregation().threshold(FIFTY) == 34
    assert SmpcAggregation().threshold(task) == 40
    assert SmpcAggregation(SmpcParams(scheme="two servers")).threshold(task) == 40


@pytest.mark.parametrize("scheme", ["automatic", "masks", "two servers", "prio3"])
def test_the_backend_is_what_its_specification_names(scheme):
    (spec,) = register_backends()
    assert isinstance(spec, BackendSpec)
    assert (spec.id, spec.kind, spec.modules) == ("smpc", "carrier", ("cryptography", "Crypto", "numba"))
    module, name = spec.implements["aggregation"].split(":")
    assert (module, name) == (SmpcAggregation.__module__, SmpcAggregation.__name__)
    assert spec.params(scheme=scheme).scheme == scheme
