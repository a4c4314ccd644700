"""Charts: the values of records in them, a shape and a text beside every colour, never two units on one axis."""

import json
import re
import sys
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.figures import Figure, Figures
from privacy.plots import Chart, SandwichRow, bounds_of, costs, sandwich, sweep, tradeoff
from privacy.plots.chart import COLOURS, DIM, INK, SHAPES, placed, spread
from privacy.plots.marks import levels, marks_of
from tests.charts import check, layer, layers
from tests.support.saved import bound, comparison, metric, record, swept
from tests.support.soaking import sized
from workloads.fyp.figures import FIGURES

GROUNDS = ("#ffffff", "#f4f7f8", "#0d1519", "#132026", "#0e1117", "#262730")
FOUND = Figures(FIGURES)
UTILITY, ATTACK = FOUND["top10_overlap"], FOUND["attribute_advantage"]
COST = FOUND.of("cost")
KEYS = (
    "top10_overlap", "attribute_advantage", "attribute_advantage_control", "bytes_up", "bytes_setup", "client_seconds",
    "setup_seconds",
)  # fmt: skip


def trade(rows: Any) -> Chart:
    return tradeoff(list(rows), utility=UTILITY, attack=ATTACK)


def swept_by(rows: Any, bounds: Any, parameter: str = "epsilon") -> list[Chart]:
    return sweep(list(rows), bounds, parameter=parameter, utility=UTILITY, attack=ATTACK)


def test_a_tradeoff_holds_every_cell_with_its_intervals_chance_and_control() -> None:
    found = swept().rows()
    chart = check(trade(found))
    points = {row["run"]: row for row in layer(chart, "point")["rows"]}
    marks = marks_of(found)
    assert list(points) == [m.label for m in marks]
    for mark in marks:
        x, y, row = mark.readings["attribute_advantage"], mark.readings["top10_overlap"], points[mark.label]
        assert (row["x"], row["x_low"], row["x_high"]) == (x.value, x.low, x.high)
        assert (row["y"], row["y_low"], row["y_high"]) == (y.value, y.low, y.high)
    wide, tall = layer(chart, "rule", of="x_low"), layer(chart, "rule", of="y_low")
    assert wide["encoding"]["x2"]["field"] == "x_high"
    assert tall["encoding"]["y2"]["field"] == "y_high"
    upright, level = (one for one in layers(chart) if one["mark"]["type"] == "rule" and "at" in one["rows"][0])
    assert [row["at"] for row in upright["rows"]] == [0.0, 0.93]
    assert [row["at"] for row in level["rows"]] == [0.0102]
    assert upright["mark"]["strokeDash"]
    assert level["mark"]["strokeDash"]
    assert [t["field"] for t in layer(chart, "point")["encoding"]["tooltip"]] == ["run", "utility", "attack"]
    assert chart.spec["layer"][-1]["encoding"]["x"]["title"] == ATTACK.axis


def test_each_stack_has_a_shape_and_a_text_beside_its_colour() -> None:
    chart = trade(swept().rows())
    point = layer(chart, "point")["encoding"]
    assert point["color"]["field"] == point["shape"]["field"] == "stack"
    assert point["color"]["scale"]["domain"] == ["plain", "local", "dp", "dp+he"]
    assert len(set(point["shape"]["scale"]["range"])) == len(set(point["color"]["scale"]["range"])) == 4
    labels = layer(chart, "text", of="label")
    assert labels["encoding"]["color"]["value"] == INK
    assert [row["label"] for row in labels["rows"]] == [
        "plain", "local", "dp at 0.5", "1", "2", "dp at 4", "dp+he at 0.5", "1", "2", "dp+he at 4",
    ]  # fmt: skip
    looks = {(SHAPES[i % len(SHAPES)], COLOURS[i % len(COLOURS)]) for i in range(56)}
    assert len(looks) == 56


def test_chances_that_lie_close_are_one_level() -> None:
    assert levels([0.516, None, 0.027, 0.499, 0.507, 0.027]) == [0.027, 0.5073]
    assert levels([0.1, 0.13, 0.16, 0.19, 0.5, 0.9]) == [0.115, 0.175, 0.5]
    assert levels([None]) == []


def test_a_cell_without_a_figure_is_named_and_not_drawn() -> None:
    rows = comparison([("plain", None, record("plain")), ("he", None, record("he", attack=None))]).rows()
    chart = check(trade(rows))
    assert [row["run"] for row in layer(chart, "point")["rows"]] == ["plain"]
    assert chart.caption.endswith("he.")
    assert "the plain control reached 0.41" in chart.description


def test_the_description_says_every_value_in_words() -> None:
    text = trade(swept().rows()).description
    assert "dp+he at 4: top-10 overlap 0.90 (0.86 to 0.94), attribute attack, whole view 0.70 (0.50 to 0.75)" in text


def test_a_sweep_is_a_chart_of_each_figure_with_level_lines_for_the_other_stacks() -> None:
    found = swept()
    utility, attack = map(check, swept_by(found.rows(), bounds_of(found)))
    for chart, key in ((utility, "top10_overlap"), (attack, "attribute_advantage")):
        rows = layer(chart, "point")["rows"]
        readings = {m.label: m.readings[key] for m in marks_of(found.rows())}
        assert {r["run"]: (r["at"], r["value"], r["low"], r["high"]) for r in rows} == {
            f"{stack} at {v:g}": (v, readings[f"{stack} at {v:g}"].value, readings[f"{stack} at {v:g}"].low,
                                  readings[f"{stack} at {v:g}"].high)
            for stack in ("dp", "dp+he") for v in (0.5, 1.0, 2.0, 4.0)
        }  # fmt: skip
        x = layer(chart, "point")["encoding"]["x"]
        assert (x["scale"]["type"], x["scale"]["base"], x["axis"]["values"]) == ("log", 2, [0.5, 1.0, 2.0, 4.0])
        assert x["title"] == "epsilon for one user and period"
        # Side by side, yet each nearest to its own value.
        assert all(abs(r["x"] / r["at"] - 1) < 0.05 for r in rows)
    assert {row["at"] for row in layer(utility, "rule", of="at")["rows"]} == {1.0, 0.0102}
    levels = {row["at"]: row["text"] for row in layer(attack, "rule", of="at")["rows"]}
    assert set(levels) == {0.9, 0.0, 0.93}
    assert "plain" in levels[0.9]
    assert "guessing" in levels[0.0]


@pytest.mark.parametrize(
    "other", [{"unit": "example"}, {"model": "central"}, {"neighbours": "add-remove"}, {"delta": 1e-5}]
)
def test_two_units_of_privacy_never_share_an_axis(other: dict[str, Any]) -> None:
    cells = [(s, e, record(s, output=bound(e, **more))) for s, more in (("a", {}), ("b", other)) for e in (0.5, 8.0)]
    found = comparison(cells, sweep="epsilon")  # type: ignore[arg-type]
    charts = swept_by(found.rows(), bounds_of(found))
    assert [{row["stack"] for row in layer(one, "point")["rows"]} for one in charts] == [{"a"}, {"a"}, {"b"}, {"b"}]
    assert charts[1].caption != charts[3].caption


def test_cost_has_a_line_for_each_cell_and_a_place_for_zero() -> None:
    rows = comparison([("plain", None, record("plain")), ("local", None, record("local"))]).rows()
    sizes, times = map(check, costs(rows, COST))
    assert {(r["run"], r["figure"]): r["value"] for r in layer(sizes, "point")["rows"]} == {
        (run, figure): value
        for run in ("plain", "local")
        for figure, value in (("up", 971.0), ("down", 971.0), ("setup", 0.0))
    }
    scale = layer(sizes, "rule")["encoding"]["x"]["scale"]
    assert (scale["type"], scale["domain"][0]) == ("symlog", 0.0)
    (first, _) = layer(times, "point")["rows"]
    assert (first["value"], first["low"], first["high"], first["text"]) == (
        9.7e-5,
        9e-5,
        1e-4,
        "97 µs (90 µs to 100 µs)",
    )
    assert layer(times, "point")["encoding"]["shape"]["field"] == "figure"


def test_a_sandwich_holds_both_bounds_and_says_when_the_audit_proves_more() -> None:
    rows = [
        SandwichRow("dp krr", declared=2.0, audited=1.7, unit="user and period", n=20_000),
        SandwichRow("dp planted", declared=1.0, audited=3.4, unit="user and period", n=20_000),
        SandwichRow("dp-sgd", declared=8.0, audited=0.0, unit="example", n=5_000),
        SandwichRow("later", declared=8.0, unit="example"),
        SandwichRow("he", advantage=0.01, low=-0.05, high=0.07, n=400),
    ]
    users, examples, games = map(check, sandwich(rows))
    assert [(r["declared"], r["audited"], r["broken"]) for r in layer(users, "rule")["rows"]] == [
        (2.0, 1.7, False), (1.0, 3.4, True),
    ]  # fmt: skip
    assert [(r["name"], r["value"]) for r in layer(examples, "point")["rows"]] == [
        ("dp-sgd", 8.0), ("dp-sgd", 0.0), ("later", 8.0),
    ]  # fmt: skip
    assert [(r["value"], r["low"], r["high"]) for r in layer(games, "point")["rows"]] == [(0.01, -0.05, 0.07)]
    assert [("⚠" in r["finding"]) for r in layer(users, "text")["rows"]] == [False, True]
    assert "proves more than was declared" in users.description
    assert check(sandwich([])[0]).description


@pytest.mark.parametrize("draw", [lambda r: [trade(r)], lambda r: costs(r, COST), lambda r: swept_by(r, {})])
def test_no_row_at_all_is_a_sentence(draw: Any) -> None:
    (chart,) = draw([])
    assert [row["text"] for row in layers(check(chart))[0]["rows"]] == [chart.description]


def test_the_same_rows_are_the_same_chart() -> None:
    assert trade(swept().rows()) is trade(swept().rows())
    assert trade(swept().rows()) is not trade(swept().rows()[:12])


def test_charts_are_defined_without_loading_altair(tmp_path: Any) -> None:
    import subprocess

    code = "import sys, privacy.plots; print([m for m in ('altair', 'jinja2', 'vl_convert') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"


HOSTILE = "</text><script>alert(1)</script>\"'&\x00\u202e\ud800<svg onload=x>"


def test_hostile_names_are_data_and_never_code() -> None:
    cells = [(f"{HOSTILE}{i}", e, record("x", output=bound(2.0, unit=HOSTILE))) for i, e in ((0, None), (1, 2.0))]
    found = comparison(cells, sweep="epsilon")  # type: ignore[arg-type]
    charts = [
        trade(found.rows()), *costs(found.rows(), COST), *swept_by(found.rows(), bounds_of(found), HOSTILE),
        *sandwich([SandwichRow(HOSTILE, declared=1.0, audited=0.5, unit=HOSTILE)]),
    ]  # fmt: skip
    for chart in charts:
        text = json.dumps(check(chart).spec, ensure_ascii=False)
        assert not set("\x00\u202e\ud800") & set(text + chart.title + chart.tab + chart.caption)
        assert not any("script" in e for e in re.findall(r'"(?:expr|labelExpr|test|filter)": "([^"]*)"', text))


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("ground", GROUNDS)
def test_marks_stand_out_on_both_themes(ground: str) -> None:
    for colour in (*COLOURS, DIM):
        high, low = sorted((luminance(colour), luminance(ground)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 3


PLACES = st.lists(st.tuples(st.floats(0, 600), st.floats(0, 300), st.text(max_size=12)), max_size=8)


@given(PLACES)
def test_labels_lie_on_their_ground_beside_their_mark(points: list[tuple[float, float, str]]) -> None:
    found = placed(points, wide=600, tall=300)
    assert len(found) == len(points)
    assert all((align == "left") == (dx > 0) for dx, _, align in found)


def test_labels_of_marks_that_coincide_do_not_cover_each_other() -> None:
    found = placed([(300.0, 150.0, "stack")] * 8, wide=600, tall=300)
    assert len({(dx, dy) for dx, dy, _ in found}) == 8


@given(st.lists(st.floats(0, 200), min_size=1, max_size=10))
def test_spread_names_keep_their_order_and_distance(places: list[float]) -> None:
    found = spread(places, gap=14, low=0, high=200)
    ordered = [found[i] for i in sorted(range(len(places)), key=places.__getitem__)]
    assert all(b - a >= 13.99 for a, b in pairwise(ordered))
    assert 0 <= min(found) <= max(found) <= 200.01


NUMBERS = st.one_of(
    st.none(), st.just(0.0), st.floats(-1, 1), st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 10**9)
)
ROWS = st.lists(
    st.builds(
        lambda stack, swept, key, value, ends, chance: {
            "stack": stack, "swept": swept, "label": stack if swept is None else f"{stack} at {swept:g}",
            **metric(key, value, low=ends[0], high=ends[1], chance=chance),
        },
        st.sampled_from(["plain", "dp", "dp+he", ""]) | st.text(max_size=60),
        st.none() | st.sampled_from([0.25, 1.0, 16.0]) | NUMBERS,
        st.sampled_from(KEYS),
        NUMBERS,
        st.tuples(NUMBERS, NUMBERS),
        NUMBERS,
    ),
    max_size=20,
)  # fmt: skip


@pytest.mark.sized("fuzz")
@settings(max_examples=sized(3, 100))
@given(ROWS, st.booleans())
def test_any_rows_make_a_chart(rows: list[dict[str, Any]], bounded: bool) -> None:
    bounds = {r["label"]: bound(1.0, unit=r["stack"][:1]) for r in rows} if bounded else {}
    for chart in (trade(rows), *swept_by(rows, bounds), *costs(rows, COST)):
        check(chart)
    assert len(marks_of(rows)) <= len(rows)


@pytest.mark.sized("fuzz")
@settings(max_examples=sized(3, 100))
@given(
    st.lists(st.builds(SandwichRow, st.text(max_size=50), NUMBERS, NUMBERS, st.text(max_size=4), NUMBERS, NUMBERS)),
)
def test_any_audits_make_a_sandwich(rows: list[SandwichRow]) -> None:
    for chart in sandwich(rows):
        check(chart)


def test_a_figure_that_nobody_describes_is_drawn_by_its_key() -> None:
    rows = comparison([("plain", None, record("plain"))]).rows()
    chart = check(
        tradeoff(rows, utility=Figure("top10_overlap", "top10 overlap"), attack=Figures([])["attribute_advantage"])
    )
    assert layer(chart, "point")["encoding"]["x"]["title"] == "attribute advantage"
