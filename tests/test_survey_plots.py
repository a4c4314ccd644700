"""What plots and exports say of a survey: the curve of many rounds, wires that are alike, tables, links and reports."""

import csv
import io
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from drawings import check, lines, marks, spoken, words
from hypothesis import given
from hypothesis import strategies as st
from saved_survey import request, survey

from privacy.compare.plan import Plan
from privacy.errors import ParamError, UnknownNameError
from privacy.export import plan_of, query_of, to_csv, to_html, to_query
from privacy.export.drawn import drawn
from privacy.export.told import cost_columns, quality_columns, told
from privacy.plots.disaggregation import Curve, Point, disaggregation, sentence
from privacy.plots.groups import grouped, totals
from privacy.registry import discover
from workloads.catalogue import WORKLOADS, Workload


def rising(name: str, *, to: float, rounds: int = 20, fixed: bool = False) -> Curve:
    shares = [to * r / rounds for r in range(1, rounds + 1)]
    points = (Point(r, s, max(s - 0.05, 0), min(s + 0.05, 1)) for r, s in enumerate(shares, start=1))
    return Curve(name, tuple(points), fixed)


def test_the_curves_of_many_rounds_are_drawn_with_intervals_and_said_in_words() -> None:
    curves = [rising("Plain, changing", to=1.0), rising("Plain, fixed", to=0.0, fixed=True)]
    svg = disaggregation(curves)
    root = check(svg)
    assert "Plain, changing" in words(root)
    assert "sums published so far" in words(root)
    assert "half of them by round 10" in spoken(root)
    assert "Plain, fixed: 0 of the devices told apart (0 to 0.050) after round 1" in spoken(root)
    # Ten marks and one in the legend for each, three strokes to an interval.
    assert len(marks(root)) == 22
    assert len(lines(root, "interval")) == 60
    assert "What stops it: cohorts that stay fixed" in sentence(curves)
    assert "Plain, changing: 1.00 of the devices told apart" in sentence(curves)


def test_more_devices_told_apart_is_up_and_later_is_right() -> None:
    places = marks(check(disaggregation([rising("one", to=1.0)])))[:-1]
    assert places == sorted(places, key=lambda p: (p[0], -p[1]))
    assert places[0][1] > places[-1][1]


def test_nothing_released_is_a_sentence() -> None:
    for curves in ([], [Curve("SMPC", ())]):
        assert "No attack has run yet" in words(check(disaggregation(curves)))
        assert "Nothing was released" in sentence(curves)


SHARES = st.floats(0, 1) | st.floats(allow_nan=True)
CURVES = st.lists(
    st.builds(
        Curve, st.text(max_size=40),
        st.lists(st.builds(Point, st.integers(1, 60), SHARES, SHARES, SHARES), max_size=60).map(tuple), st.booleans(),
    ),
    max_size=5,
)  # fmt: skip


@given(CURVES)
def test_any_curves_make_a_plot(curves: list[Curve]) -> None:
    check(disaggregation(curves))


def wire(seq: int, sender: str, receiver: str, **more: Any) -> dict[str, Any]:
    return {
        "seq": seq, "phase": "run", "round": 1, "sender": sender, "receiver": receiver, "via": None, "kind": "vector",
        "exposure": "plaintext", "bytes": 100 + seq, "step": "aggregation",
    } | more  # fmt: skip


def test_wires_that_differ_by_contributor_alone_are_one_group() -> None:
    sent = [wire(i, f"contributor-{i}", "aggregator") for i in range(1, 13)]
    servers = [wire(20 + i, f"contributor-{i}", "aggregator-2") for i in (1, 2)]
    found = grouped([*sent, *servers, wire(30, "aggregator", "collector", round=2, kind="sum")])
    assert [(g.count, g.first["seq"], g.ends) for g in found] == [
        (12, 1, "contributor-2 to contributor-12"), (2, 21, "contributor-2"), (1, 30, ""),
    ]  # fmt: skip
    assert (found[0].bytes, found[0].least, found[0].most) == (sum(range(101, 113)), 101, 112)


@pytest.mark.parametrize("change", [{"round": 2}, {"kind": "share"}, {"exposure": "share"}, {"phase": "setup"}])
def test_wires_of_another_kind_are_another_group(change: dict[str, Any]) -> None:
    wires = [wire(1, "contributor-1", "aggregator"), wire(2, "contributor-2", "aggregator", **change)]
    assert len(grouped(wires)) == 2


def test_a_party_s_row_counts_what_it_sent_and_received() -> None:
    wires = [wire(i, f"contributor-{i}", "aggregator") for i in range(1, 12)]
    first, aggregator, collector = totals([*wires, wire(12, "aggregator", "collector")])
    assert (first.name, first.others, first.sent, first.sent_bytes, first.received) == ("contributor-1", 10, 1, 101, 0)
    assert (aggregator.name, aggregator.sent, aggregator.received) == ("aggregator", 1, 11)
    assert aggregator.received_bytes == sum(range(101, 112))
    assert (collector.name, collector.others, collector.received_bytes) == ("collector", 0, 112)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 3), st.integers(0, 10**6)), max_size=30))
def test_grouping_loses_no_wire_and_no_byte(made: list[tuple[int, int, int]]) -> None:
    wires = [wire(i, f"contributor-{who}", "aggregator", round=r, bytes=n) for i, (who, r, n) in enumerate(made)]
    found = grouped(wires)
    assert sum(g.count for g in found) == len(wires)
    assert sum(g.bytes for g in found) == sum(n for _, _, n in made)
    assert [g.first["seq"] for g in found] == sorted(g.first["seq"] for g in found)


def test_a_survey_is_drawn_by_its_own_figures() -> None:
    plots = drawn(survey(discover(), "plain", "he"))
    assert [one.tab for one in plots] == ["Two sums", "Aggregator", "Many rounds", "Cost"]
    two, _, many, cost = (check(one.svg) for one in plots)
    assert "attack advantage (0 is guessing, 1 is certainty)" in words(two)
    assert "share of devices told apart (0 is none, 1 is all)" in words(many)
    assert "guessed answer 0.40" in words(two)
    assert "accuracy of the answer 0.95" in spoken(two)
    assert "contributor 2 ms" in spoken(cost)


def test_a_sweep_of_a_survey_is_over_its_own_figures() -> None:
    found = survey(discover(), "dp")
    swept = Plan(found.plan.base, ("dp",), "epsilon", (1.0, 4.0))
    cells = swept.cells(discover())
    made = type(found)(swept, cells, [found.records[0], found.records[0]])
    by = next(one for one in drawn(made) if one.tab == "By epsilon")
    assert "accuracy of the answer" in words(check(by.svg))


def test_tables_have_a_head_for_every_figure() -> None:
    workload = WORKLOADS["tally"]
    assert [k for k, _ in quality_columns(workload)] == list(workload.quality)
    assert "setup_seconds" not in dict(cost_columns(workload))
    assert dict(cost_columns(WORKLOADS["fyp"]))["setup_seconds"] == "Setup"
    for one in WORKLOADS.values():
        heads = [head for _, head in [*quality_columns(one), *cost_columns(one)]]
        assert all(head[:1].isupper() or not head[:1].isalpha() or head.startswith("nDCG") for head in heads)
        assert {view.attack for view in told(one).views} <= set(one.quality)


def test_a_report_of_a_survey_says_its_question_and_its_settings() -> None:
    found = survey(discover(), "plain", "he", question="mean", devices=60)
    text = to_html(found)
    assert "the question is a mean, over 60 simulated devices" in text
    for needed in ("tally under plain and he", "Devices", "Cohort of one", "Fixed cohorts", "option.devices=60"):
        assert needed in text
    assert "simulated people, with" not in text
    assert to_query(found.plan).replace("&", "&amp;") in text
    rows = list(csv.DictReader(io.StringIO(to_csv(found), newline=""), strict=True))
    assert {json.loads(r["options"])["question"] for r in rows} == {"mean"}
    assert {r["workload"] for r in rows} == {"tally"}


def options() -> st.SearchStrategy[dict[str, Any]]:
    """Settings of a survey within their bounds."""
    return st.fixed_dictionaries(
        {},
        optional={
            "question": st.sampled_from(["histogram", "mean", "heavy"]), "devices": st.integers(2, 5000),
            "share": st.floats(0.001, 1.0), "rounds": st.integers(2, 60), "bins": st.integers(2, 64),
            "column": st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
        },
    )  # fmt: skip


@given(options(), st.integers(0, 2**32 - 1))
def test_a_link_reproduces_a_survey(asked: dict[str, Any], seed: int) -> None:
    base = request(**asked)
    plan = Plan(type(base)(**(vars(base) | {"seed": seed})), ("plain", "he"))
    assert plan_of(query_of(plan)) == plan
    assert plan_of(dict(parse_qsl(to_query(plan), strict_parsing=True))) == plan


def test_a_survey_s_link_has_nothing_of_a_feed() -> None:
    query = query_of(Plan(request(), ("plain",)))
    assert not {"user", "items", "dims", "cohort"} & set(query)
    assert plan_of(query | {"option.bins": "12"}).base.options["bins"] == 12


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"workload": "tally", "option.bins": "many"}, ParamError),
        ({"workload": "tally", "option.colour": "red"}, UnknownNameError),
        ({"workload": "fyp", "option.bins": "3"}, ParamError),
        ({"workload": "poll"}, UnknownNameError),
    ],
)
def test_a_survey_s_link_that_cannot_be_read_is_a_sentence(query: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        plan_of(query)


def test_a_workload_without_words_of_its_own_is_drawn_all_the_same() -> None:
    known = WORKLOADS["tally"]
    other = Workload(**(vars(known) | {"id": "else", "attack": "attack_aggregator"}))
    (view,) = told(other).views
    assert view.attack == "attack_aggregator"
    assert told(other).over(Plan(request(), ("plain",))) == "seed 0"
