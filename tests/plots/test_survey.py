"""What plots and exports say of a survey: the curve of many rounds, wires that are alike, tables, links and reports."""

import csv
import io
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.compare.plan import Plan
from privacy.errors import ParamError, UnknownNameError
from privacy.export import query_of, to_csv, to_html, to_query
from privacy.export.charts import charts
from privacy.export.tables import tables
from privacy.figures import Figures
from privacy.plots.disaggregation import Curve, Point, disaggregation, sentence
from privacy.plots.groups import grouped, totals
from privacy.registry import discover
from tests.charts import check, layer, written
from tests.support.links import plan_of
from tests.support.saved_survey import request, survey

SPEC = discover().workload("survey")


def rising(name: str, *, to: float, rounds: int = 20, fixed: bool = False) -> Curve:
    shares = [to * r / rounds for r in range(1, rounds + 1)]
    points = (Point(r, s, max(s - 0.05, 0), min(s + 0.05, 1)) for r, s in enumerate(shares, start=1))
    return Curve(name, tuple(points), fixed)


def test_the_curves_of_many_rounds_hold_every_point_and_its_interval() -> None:
    curves = [rising("Plain, changing", to=1.0), rising("Plain, fixed", to=0.0, fixed=True)]
    chart = check(disaggregation(curves, about="In all."))
    rows = layer(chart, "line")["rows"]
    for curve in curves:
        mine = [(r["round"], r["share"], r["low"], r["high"]) for r in rows if r["series"] == curve.name]
        assert mine == [tuple(p) for p in curve.points]
        # Ten of twenty points have a mark and an interval, the last among them.
        marked = [r["round"] for r in rows if r["series"] == curve.name and r["shown"]]
        assert marked == list(range(2, 21, 2))
    shape = layer(chart, "point")["encoding"]["shape"]
    assert (shape["field"], len(set(shape["scale"]["range"]))) == ("series", 2)
    assert "Plain, changing 1.00" in written(chart)
    assert "half of them by round 10" in chart.description
    assert "Plain, fixed: 0 of the devices told apart (0 to 0.050) after round 1" in chart.description
    assert chart.caption == f"{sentence(curves)} In all."


def test_nothing_released_is_a_sentence() -> None:
    for curves in ([], [Curve("SMPC", ())]):
        assert written(check(disaggregation(curves)))
        assert sentence(curves)


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
    comparison = survey(discover(), "plain", "he")
    two, aggregator, many, sizes, times = map(check, charts(comparison, SPEC))
    figures = Figures(SPEC.figures)
    for chart, key in (
        (two, "attack_differencing"),
        (aggregator, "attack_aggregator"),
        (many, "attack_disaggregation"),
    ):
        assert chart.tab == figures[key].tab
        assert layer(chart, "point")["encoding"]["x"]["title"] == figures[key].axis
        assert [(r["x"], r["y"]) for r in layer(chart, "point")["rows"]] == [(0.8, 0.95), (pytest.approx(0.6), 0.85)]
    assert "guessed answer 0.40" in written(two)
    assert {r["figure"] for r in layer(sizes, "point")["rows"]} == {"up", "down", "setup"}
    assert {(r["figure"], r["value"]) for r in layer(times, "point")["rows"]} == {
        ("contributor", 2e-3), ("aggregators", 2e-3), ("collector", 2e-3),
    }  # fmt: skip


def test_a_sweep_of_a_survey_is_over_its_own_figures() -> None:
    found = survey(discover(), "dp")
    swept = Plan(found.plan.base, ("dp",), "epsilon", (1.0, 4.0))
    cells = swept.cells(discover())
    made = type(found)(swept, cells, [found.records[0], found.records[0]])
    utility, attack = (one for one in charts(made, SPEC) if one.tab == "By epsilon")
    assert [r["at"] for r in layer(utility, "point")["rows"]] == [1.0, 4.0]
    assert layer(utility, "point")["encoding"]["y"]["title"] == "accuracy of the answer"
    assert layer(attack, "point")["encoding"]["y"]["title"] == "attack, two sums that differ by one"


def test_tables_have_a_column_for_every_figure_of_their_workload() -> None:
    for one in discover().workloads.values():
        figures = Figures(one.figures)
        assert figures.of("cost")
        assert figures.utility is not None
        assert {f.key for f in figures.drawn} <= {f.key for f in figures.of("quality", "leak")}
        assert all(f.column[:1].isupper() or f.column.startswith("nDCG") for f in figures.of("quality", "leak", "cost"))
    quality, cost = tables(survey(discover(), "plain", "he"), SPEC)
    assert [r.label for r in quality.rows] == ["plain", "he"]
    first = dict(zip([f.key for f in quality.figures], quality.rows[0].readings, strict=True))
    assert (first["answer_accuracy"].value, first["answer_accuracy"].interval) == ("0.95", "[0.93, 0.97]")
    assert {f.key: r.value for f, r in zip(cost.figures, cost.rows[0].readings, strict=True)}["bytes_up"] == "971 B"


def test_a_report_of_a_survey_says_its_question_and_its_settings() -> None:
    found = survey(discover(), "plain", "he", question="mean", devices=60)
    text = to_html(found, SPEC)
    for needed in (
        "simulated devices",
        "question mean",
        "survey under plain and he",
        "Devices",
        "Cohort of one",
        "Fixed cohorts",
        "option.devices=60",
    ):
        assert needed in text
    assert "simulated people" not in text
    assert to_query(found.plan).replace("&", "&amp;") in text
    rows = list(csv.DictReader(io.StringIO(to_csv(found), newline=""), strict=True))
    assert {json.loads(r["options"])["question"] for r in rows} == {"mean"}
    assert {r["workload"] for r in rows} == {"survey"}


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
def test_a_link_reproduces_a_survey(order: dict[str, Any], seed: int) -> None:
    base = request(**order)
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
        ({"workload": "survey", "option.bins": "many"}, ParamError),
        ({"workload": "survey", "option.colour": "red"}, UnknownNameError),
        ({"workload": "fyp", "option.bins": "3"}, UnknownNameError),
        ({"workload": "poll"}, UnknownNameError),
    ],
)
def test_a_survey_s_link_that_cannot_be_read_is_a_sentence(query: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        plan_of({"stacks": "plain"} | query)


def test_a_workload_that_draws_no_attack_is_drawn_by_its_first() -> None:
    plain = tuple(replace(f, tab="") for f in SPEC.figures)
    first, *_ = charts(survey(discover(), "plain"), replace(SPEC, figures=plain))
    assert layer(check(first), "point")["rows"][0]["x"] == 0.8
