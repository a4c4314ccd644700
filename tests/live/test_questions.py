"""What a live round asks, and what a device makes of an answer before anything leaves it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import DataError, ParamError
from privacy.guarantees import Guarantee, OutputPrivacy, Strength, Towards
from privacy.live.plan import Definition, plan, weaker
from privacy.live.question import Vector, live_of, read_toml
from privacy.registry import discover
from tests.support.live_bench import Place
from workloads.survey.live import Question

AGE = Question("histogram", low=0, high=100, bins=4)
REGISTRY = discover()


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30))
def test_a_histogram_counts_every_answer_once(values):
    total = sum(AGE.encode(v) for v in values)
    counts = np.histogram(values, bins=4, range=(0, 100))[0]
    assert list(total) == list(counts)
    assert list(AGE.decode(total, count=len(values))["counts"].values()) == list(counts)


def test_categories_are_counted_by_name():
    colours = Question("histogram", categories=("red", "blue"))
    total = colours.encode("blue") + colours.encode("blue") + colours.encode("red")
    assert colours.decode(total, count=3) == {"counts": {"red": 1, "blue": 2}, "of": 3}
    with pytest.raises(DataError, match="not one of the categories"):
        colours.encode("green")


@given(st.lists(st.floats(-40, 60), min_size=1, max_size=30))
def test_a_mean_is_off_by_half_a_unit_at_most(values):
    question = Question("mean", low=-40, high=60, unit=0.25)
    vectors = [question.encode(v) for v in values]
    assert max(np.abs(v).max() for v in vectors) <= question.bound
    assert abs(question.decode(sum(vectors), count=len(values))["mean"] - np.mean(values)) <= 0.125 + 1e-9


def test_a_vector_is_counted_in_steps():
    question = Vector(3, 2.0, 0.5)
    assert list(question.encode([0.5, -2.0, 1.1])) == [1, -4, 2]
    assert question.decode(np.array([1, -4, 2]), count=1)["sum"] == [0.5, -2.0, 1.0]


@pytest.mark.parametrize(
    ("question", "value"),
    [
        (AGE, "nan"), (AGE, "inf"), (AGE, "twelve"), (AGE, 101), (AGE, -1), (AGE, ""), (AGE, [1, 2]),
        (Question("mean"), float("nan")), (Question("mean"), 2),
        (Vector(2), [1.0]), (Vector(2), [1.0, np.nan]),
        (Vector(2), [1.0, 1.5]), (Vector(2), object()),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused_on_the_device_and_not_quoted(question, value):
    with pytest.raises(DataError) as refused:
        question.encode(value)
    assert "twelve" not in str(refused.value)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "rumour"}, {"kind": "histogram", "bins": 0}, {"kind": "histogram", "low": 3, "high": 3},
        {"kind": "mean", "low": "x"}, {"kind": "vector", "length": 10**8}, {"kind": "vector", "unit": 0},
        {"kind": "vector", "bound": float("inf")}, {"kind": "vector", "colour": "red"}, {"kind": "mean", "unit": 1e-30},
        {"kind": "vector", "text": "x" * 501}, {},
    ],
)  # fmt: skip
def test_impossible_questions_are_refused(values):
    with pytest.raises(ParamError):
        live_of(values, REGISTRY)


def test_a_question_is_read_from_toml(tmp_path):
    path = tmp_path / "q.toml"
    path.write_text('kind = "mean"\ntext = "How old are you?"\nlow = 0\nhigh = 120\n')
    assert live_of(read_toml(path), REGISTRY) == Question("mean", "How old are you?", 0.0, 120.0)
    path.write_text("kind = ")
    with pytest.raises(DataError, match="cannot be read"):
        read_toml(path)


def test_a_definition_survives_the_way_to_the_device():
    made = Definition(AGE.as_dict(), "plain", {"a": 1}, 7, 3, 1.0, 2.0, True, "elsewhere")
    assert Definition.read(made.as_dict()) == made
    for broken in ({}, made.as_dict() | {"contributors": "many"}, made.as_dict() | {"minimum": 8}):
        with pytest.raises(ParamError):
            Definition.read(broken)
    with pytest.raises(ParamError, match="not a possible time limit"):
        Definition(AGE.as_dict(), round_seconds=0)


def test_a_run_is_planned_for_those_who_joined(tmp_path):
    where = Place(tmp_path, contributors=9, minimum=4)
    assert plan(where.definition, where.registry, joined=5).task.contributors == 5
    with pytest.raises(ParamError):
        plan(where.definition, where.registry, joined=3)


def test_a_mechanism_whose_contributors_publish_is_refused(tmp_path):
    where = Place(tmp_path, stack="rounds")
    made = where.registry.mechanism(where.registry.spec("rounds"), "aggregation", None)
    type(made).roles[0].publish = lambda self: []
    with pytest.raises(ParamError, match="publish keys before a run"):
        plan(where.definition, where.registry, joined=3)


def test_less_than_was_shown_is_noticed():
    bound = OutputPrivacy(1.0, 1e-6, "contributor", "add or remove", "central", "pld")
    shown = Guarantee((Towards("aggregator", Strength.COMPUTATIONAL, "", security_bits=128, output=bound),))
    for now in (
        Guarantee((Towards("collector", Strength.COMPUTATIONAL, "", security_bits=128),)),
        Guarantee((Towards("aggregator", Strength.NONE, "", security_bits=128, output=bound),)),
        Guarantee((Towards("aggregator", Strength.COMPUTATIONAL, "", security_bits=80, output=bound),)),
        Guarantee((Towards("aggregator", Strength.COMPUTATIONAL, "", security_bits=128),)),
    ):
        assert "aggregator" in weaker(shown, now)
    assert weaker(shown, shown) == ""
