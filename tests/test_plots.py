"""Plots: well-formed, said in words, inside their ground, never two units of privacy on one axis."""

import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from drawings import SVG, check, lines, marks, parsed, spoken, words
from hypothesis import given
from hypothesis import strategies as st
from saved import bound, comparison, metric, record, swept

from privacy.plots import SandwichRow, bounds_of, costs, sandwich, sweep, tradeoff
from privacy.plots.marks import marks_of
from privacy.plots.svg import COLOURS, DIM, SHAPES

GROUNDS = ("#ffffff", "#f4f7f8", "#0d1519", "#132026", "#0e1117", "#262730")
KIND = ("data-unit", "data-neighbours", "data-model", "data-delta")
KEYS = (
    "top10_overlap", "attribute_advantage", "attribute_advantage_control", "bytes_up", "bytes_setup", "client_seconds",
    "setup_seconds",
)  # fmt: skip


def test_a_tradeoff_shows_every_cell_its_intervals_chance_and_control() -> None:
    root = check(tradeoff(swept().rows()))
    text = words(root)
    for name in ("plain", "local", "dp at 0.5", "random feed 0.010", "plain control 0.93", "guessing"):
        assert name in text
    # Ten cells and four stacks in the legend; two intervals of three strokes each.
    assert len(marks(root)) == 14
    assert len(lines(root, "interval")) == 60
    assert "dp+he at 4: top-10 overlap 0.90 (0.86 to 0.94), attack advantage 0.70 (0.50 to 0.75)" in spoken(root)


def test_more_utility_is_up_and_more_attack_is_right() -> None:
    rows = comparison(
        [("good", None, record("good", utility=0.9, attack=0.1)), ("bad", None, record("bad", utility=0.2, attack=0.8))]
    ).rows()
    (good, bad, *_) = marks(check(tradeoff(rows)))
    assert good[0] < bad[0]
    assert good[1] < bad[1]


def test_a_cell_whose_control_is_too_weak_is_named_and_not_drawn() -> None:
    rows = comparison([("plain", None, record("plain")), ("he", None, record("he", attack=None))]).rows()
    root = check(tradeoff(rows))
    assert "Not drawn, as a figure is missing: he" in words(root)
    assert "not drawn: he, the plain control reached 0.41" in spoken(root).lower()
    assert len(marks(root)) == 2


def axes(svg: str) -> list[ET.Element]:
    return [e for e in check(svg).iter(f"{SVG}g") if e.get("data-axis")]


def test_a_sweep_of_one_unit_is_one_axis_with_level_lines_for_the_others() -> None:
    found = swept()
    svg = sweep(found.rows(), bounds_of(found))
    (axis,) = axes(svg)
    assert axis.get("data-unit") == "user and period"
    assert len(lines(axis, "level")) >= 4
    text = words(axis)
    for name in ("plain, local", "random feed", "guessing", "epsilon for one user and period, local model"):
        assert name in text
    for tick in ("0.5", "1", "2", "4"):
        assert tick in [e.text for e in axis.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    "other", [{"unit": "example"}, {"model": "central"}, {"neighbours": "add-remove"}, {"delta": 1e-5}]
)
def test_two_units_of_privacy_never_share_an_axis(other: dict[str, Any]) -> None:
    cells = [(s, e, record(s, output=bound(e, **more))) for s, more in (("a", {}), ("b", other)) for e in (0.5, 8.0)]
    found = comparison(cells, sweep="epsilon")  # type: ignore[arg-type]
    one, two = axes(sweep(found.rows(), bounds_of(found)))
    for axis, mine, others in ((one, "a at", "b at"), (two, "b at", "a at")):
        tips = [t.text or "" for t in axis.iter(f"{SVG}title")]
        assert len(tips) == 4
        assert all(t.startswith(mine) and others not in t for t in tips)
    assert [one.get(k) for k in KIND] != [two.get(k) for k in KIND]


def test_cost_puts_zero_beside_a_logarithmic_axis() -> None:
    rows = comparison([("plain", None, record("plain")), ("local", None, record("local"))]).rows()
    root = check(costs(rows))
    assert " 0 " in f" {words(root).replace('|', ' ')} "
    zero = [m for m in marks(root) if m[0] < 200]
    assert len(zero) == 2
    assert "plain: bytes up 971 B, bytes down 971 B, bytes setup 0 B, device 97 µs (90 µs to 100 µs)" in spoken(root)


def test_a_sandwich_shows_both_bounds_and_says_when_the_audit_proves_more() -> None:
    rows = [
        SandwichRow("dp krr", declared=2.0, audited=1.7, unit="user and period", n=20_000),
        SandwichRow("dp planted", declared=1.0, audited=3.4, unit="user and period", n=20_000),
        SandwichRow("dp-sgd", declared=8.0, audited=0.0, unit="example", n=5_000),
        SandwichRow("later", declared=8.0, unit="example"),
        SandwichRow("he", advantage=0.01, low=-0.05, high=0.07, n=400),
    ]
    root = check(sandwich(rows))
    units = [e.get("data-unit") for e in root.iter(f"{SVG}g") if e.get("data-unit")]
    assert units == ["user and period", "example"]
    text = words(root)
    for part in ("1.70 ≤ ε ≤ 2.00", "3.40 > 1.00 declared", "0 ≤ ε ≤ 8.00", "not audited", "0.010 (−0.050 to 0.070)"):
        assert part in text
    assert spoken(root).count("proves more than was declared") == 1
    assert "No mechanism" in words(check(sandwich([])))


@pytest.mark.parametrize("draw", [tradeoff, costs, lambda rows: sweep(rows, {})])
def test_no_row_at_all_is_a_sentence(draw: Any) -> None:
    root = check(draw([]))
    assert words(root)
    assert marks(root) == []


HOSTILE = "</text><script>alert(1)</script>\"'&\x00\u202e\ud800<svg onload=x>"


def test_hostile_names_stay_text() -> None:
    cells = [(f"{HOSTILE}{i}", e, record("x", output=bound(2.0, unit=HOSTILE))) for i, e in ((0, None), (1, 2.0))]
    found = comparison(cells, sweep="epsilon")  # type: ignore[arg-type]
    for svg in (tradeoff(found.rows()), costs(found.rows()), sweep(found.rows(), bounds_of(found), parameter=HOSTILE)):
        root = check(svg)
        assert {e.tag.removeprefix(SVG) for e in root.iter()} <= {
            "svg", "title", "desc", "g", "line", "path", "text",
        }  # fmt: skip
        assert not any(name.startswith("on") for e in root.iter() for name in e.attrib)
        assert not set("\x00\u202e\ud800") & set(svg)
    check(sandwich([SandwichRow(HOSTILE, declared=1.0, audited=0.5, unit=HOSTILE)]))


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("ground", GROUNDS)
def test_marks_stand_out_on_both_themes(ground: str) -> None:
    (dim,) = re.findall(r"#\w{6}", DIM)
    for colour in (*COLOURS, dim):
        high, low = sorted((luminance(colour), luminance(ground)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 3


def test_stacks_differ_in_shape_and_not_in_colour_alone() -> None:
    rows = comparison([(f"s{i}", None, record("x", utility=i / 10)) for i in range(7)]).rows()
    shapes = [e.get("d") for e in parsed(tradeoff(rows)).iter() if e.get("data-kind") == "mark"]
    assert len(set(shapes[:7])) == 7
    looks = {(SHAPES[i % len(SHAPES)], COLOURS[i % len(COLOURS)]) for i in range(56)}
    assert len(looks) == 56


FIGURES = st.one_of(
    st.none(), st.just(0.0), st.floats(-1, 1), st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 10**9)
)
ROWS = st.lists(
    st.builds(
        lambda stack, swept, key, value, ends, chance: {
            "stack": stack, "swept": swept, "label": stack if swept is None else f"{stack} at {swept:g}",
            **metric(key, value, low=ends[0], high=ends[1], chance=chance),
        },
        st.sampled_from(["plain", "dp", "dp+he", ""]) | st.text(max_size=60),
        st.none() | st.sampled_from([0.25, 1.0, 16.0]) | FIGURES,
        st.sampled_from(KEYS),
        FIGURES,
        st.tuples(FIGURES, FIGURES),
        FIGURES,
    ),
    max_size=20,
)  # fmt: skip


@given(ROWS, st.booleans())
def test_any_rows_make_a_plot(rows: list[dict[str, Any]], bounded: bool) -> None:
    bounds = {r["label"]: bound(1.0, unit=r["stack"][:1]) for r in rows} if bounded else {}
    for svg in (tradeoff(rows), sweep(rows, bounds), costs(rows)):
        check(svg)
    assert len(marks_of(rows)) <= len(rows)


@given(
    st.lists(st.builds(SandwichRow, st.text(max_size=50), FIGURES, FIGURES, st.text(max_size=4), FIGURES, FIGURES)),
)
def test_any_audits_make_a_sandwich(rows: list[SandwichRow]) -> None:
    check(sandwich(rows))
