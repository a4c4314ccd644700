"""A sealed round of boxes: the images with their boxes, each method's F1, the labelers, audits."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from ui.kit.html import render
from ui.kit.tiles import strip, tile
from workloads.labeling.images.album import Album
from workloads.labeling.panels import label
from workloads.labeling.rounds.box_results import BoxCount, as_json, count_boxes, key_of
from workloads.labeling.rounds.service import Round, Rounds

_PLATES, _FEW = 24, 20


def count(rounds: Rounds, one: Round, *, seed: int = 0) -> BoxCount:
    """The count of a sealed round, kept for as long as nothing that it follows from changes."""
    return _kept(key_of(rounds, one, seed=seed), _rounds=rounds, _one=one, _seed=seed)


@st.cache_resource(max_entries=16, show_spinner="The boxes are counted …")
def _kept(key: str, _rounds: Rounds, _one: Round, _seed: int) -> BoxCount:
    return count_boxes(_rounds, _one, seed=_seed)


def show(rounds: Rounds, album: Album, one: Round, actions: Callable[[], None], *, seed: int = 0) -> BoxCount:
    """The figures and labelers beside what can be done, then the images. Returns the count."""
    found = count(rounds, one, seed=seed)
    left, right = st.columns([6, 5], gap="medium")
    with left:
        st.html(f"<div class='vb vb-box'>{strip(_tiles(found))}</div>")
        st.html(render("labeling/panels/box_methods", rows=found.scores, held=found.held))
        actions()
    with right:
        names = rounds.names()
        rows = [row | {"name": names.get(row["name"], row["name"])} for row in found.labelers]
        st.html(
            render("labeling/panels/box_labelers", rows=rows[:_FEW], more=len(rows) - _FEW, points=one.terms.points)
        )  # fmt: skip
    _plates(album, one, found)
    return found


def _tiles(found: BoxCount) -> list[str]:
    best, note = found.scores[0], "gold and audits left out" if found.held else "no truth is known"
    return [
        tile("F1 at overlap .5", _number(best["f1"][0]), note),
        tile("F1 at overlap .75", _number(best["f1"][1]), found.method),
        tile("Boxes", f"{sum(map(len, found.found.boxes)):,}", f"of {len(found.drawn):,} that were drawn"),
        tile("Gold", f"{len(found.gold):,}", f"audits: {len(found.audited):,}"),
    ]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _plates(album: Album, one: Round, found: BoxCount) -> None:
    """The first images, with the boxes of the consensus and those that are truly there."""
    cells = []
    for place, image in enumerate(found.drawn.item_names[:_PLATES]):
        boxes, sure = found.found.boxes[place], found.found.sure[place]
        width, height = found.drawn.sizes[place].tolist()
        known = "audited" if place in found.audited else "gold" if place in found.gold else _sure(sure)
        words = "1 box" if len(boxes) == 1 else f"{len(boxes)} boxes"
        cells.append({
            "place": place, "url": album.url(image), "width": width, "height": height, "words": words,
            "note": f"item {place}, {known}", "boxes": as_json(boxes), "true": as_json(found.known.get(place, ())),
        })  # fmt: skip
    more = found.drawn.items - len(cells)
    st.html(render("labeling/panels/plates", items=cells, more=more, classes=one.domain.classes))


def _sure(sure: tuple[float, ...]) -> str:
    return f"the least sure {min(sure):.0%}" if sure else "nothing found"


def audit(rounds: Rounds, album: Album, one: Round, place: int) -> None:
    """An expert draws the boxes of an item."""
    image = dict(rounds.images(one.id))[place]

    def take(value: Any) -> None:
        rounds.audit(one.id, place, value)

    label.work(
        f"audit {one.id} {place}", one.domain, image, album,
        question=f"Item {place}. {label.QUESTIONS[one.domain.kind]}", vote=take,
    )  # fmt: skip
