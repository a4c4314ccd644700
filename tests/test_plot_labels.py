"""Axes and labels of plots: values keep their order, and labels neither cover nor run into each other."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from drawings import SVG, check
from hypothesis import given
from hypothesis import strategies as st
from saved import comparison, record

from privacy.plots import tradeoff
from privacy.plots.labels import Box, Label, around, stack_up, write
from privacy.plots.scale import doublings, even, settings, tens
from privacy.plots.svg import width_of


def test_doublings_of_epsilon_stand_at_equal_distances() -> None:
    axis = settings([0.25, 0.5, 1, 2, 4, 8, 16], 0, 600)
    places = [axis(v) for v in axis.ticks]
    steps = {round(b - a, 6) for a, b in pairwise(places)}
    assert len(steps) == 1
    assert settings([-1.0, 0.0, 3.0], 0, 600).log is False


def boxes(root: ET.Element, size: float = 11.5) -> Iterator[Box]:
    for e in root.iter(f"{SVG}text"):
        if "11.5px" in (e.get("style") or "") and " at " in (e.text or ""):
            wide = len(e.text or "") * size * 0.57
            left = float(e.get("x", "0")) - {"start": 0, "middle": wide / 2, "end": wide}[e.get("text-anchor", "start")]
            yield Box(left, float(e.get("y", "0")) - 9, left + wide, float(e.get("y", "0")))


def test_labels_of_marks_that_coincide_do_not_cover_each_other() -> None:
    rows = comparison([(f"stack at {i}", None, record("x")) for i in range(8)]).rows()
    found = list(boxes(check(tradeoff(rows))))
    assert len(found) == 8
    assert not any(a.meets(b) for i, a in enumerate(found) for b in found[:i])


def test_labels_in_a_row_do_not_read_as_one_word() -> None:
    class Page:
        texts: list[tuple[float, float, str]]

        def __init__(self) -> None:
            self.texts = []

        def line(self, *_: Any, **__: Any) -> None:
            pass

        def text(self, x: float, y: float, text: str, *, size: float, anchor: str) -> None:
            wide = width_of(text, size=size)
            left = x - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
            self.texts.append((left, left + wide, y))

    for gap in range(40):
        page, places = Page(), (around(120, 50), around(120 + gap, 52), Box(0, 47, 500, 55))
        labels = [Label(120, 50, "dp"), Label(120 + gap, 52, "dp+smpc")]
        write(page, labels, taken=places, ground=Box(0, 0, 500, 100))  # type: ignore[arg-type]
        (_, end, one), (start, last, other) = page.texts
        assert start - end >= 5 or page.texts[0][0] - last >= 5 or abs(one - other) >= 11


@given(st.lists(st.floats(-1e15, 1e15), max_size=8))
def test_axes_hold_their_values_and_keep_their_order(values: list[float]) -> None:
    for axis in (even(values, 10, 500), tens(values, 10, 500), doublings(values, 10, 500)):
        places = [axis(v) for v in sorted(values)]
        assert places == sorted(places)
        assert all(10 <= p <= 500 for p in places)
        assert 2 <= len(axis.ticks) <= 24
        assert axis(axis.ticks[0]) == pytest.approx(10)


@given(st.lists(st.floats(0, 200), min_size=1, max_size=10))
def test_stacked_labels_keep_their_order_and_distance(places: list[float]) -> None:
    found = stack_up(places, gap=14, low=0, high=200)
    ordered = [found[i] for i in sorted(range(len(places)), key=places.__getitem__)]
    assert all(b - a >= 13.99 for a, b in pairwise(ordered))
    assert 0 <= min(found) <= max(found) <= 200.01
