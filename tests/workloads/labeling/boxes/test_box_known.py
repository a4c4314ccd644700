"""Boxes: overlaps in exact arithmetic, and consensus on drawings that a person can work out."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import DataError, UnknownNameError
from workloads.labeling.boxes.agreed import f1_of
from workloads.labeling.boxes.agreement import weights
from workloads.labeling.boxes.box import Box, boxes_of, f1, iou, matched
from workloads.labeling.boxes.clustering import clusters, near
from workloads.labeling.boxes.drawn import Drawing, Drawn
from workloads.labeling.boxes.medians import medians
from workloads.labeling.boxes.methods import METHODS, consensus
from workloads.labeling.boxes.overlaps import meet, overlaps, paired, shares

SIZE = (100, 80)
A, B = Box(10, 10, 20, 20), Box(60, 40, 20, 20)
BOXES = st.builds(Box, st.integers(0, 30), st.integers(0, 30), st.integers(1, 30), st.integers(1, 30))


def drawn(*drawings: Drawing, workers: int = 3, classes: int = 2, items: int = 1) -> Drawn:
    return Drawn.of(drawings, sizes=[SIZE] * items, workers=workers, classes=classes)


def corners(*boxes: Box) -> "np.ndarray":
    return np.array([(b.x, b.y, b.x + b.width, b.y + b.height) for b in boxes], dtype=np.int64)


def test_an_overlap_is_a_fraction_and_never_an_integer_division() -> None:
    assert iou(Box(0, 0, 10, 10), Box(0, 0, 10, 10)) == 1
    assert iou(Box(0, 0, 10, 10), Box(5, 0, 10, 10)) == Fraction(1, 3)  # an integer division says 0
    assert iou(Box(0, 0, 10, 10), Box(10, 0, 10, 10)) == 0  # they touch
    assert iou(Box(0, 0, 3, 1), Box(1, 0, 3, 1)) == Fraction(1, 2)
    assert f1([Box(0, 0, 3, 1)], [Box(1, 0, 3, 1)], least=0.5) == 1  # a bound is met exactly


def test_boxes_that_are_apart_have_no_negative_area() -> None:
    # In unsigned arithmetic (3 - 50) times (3 - 50) is an overlap.
    far = Box(50, 50, 3, 3)
    assert iou(Box(0, 0, 3, 3), far) == 0
    assert overlaps(corners(Box(0, 0, 3, 3)), corners(far))[0].tolist() == [[0]]


@pytest.mark.parametrize("place", [(5, 5, -2, 3), (5, 5, 3, 0), (-1, 0, 4, 4), (0, -3, 4, 4)])
def test_inverted_and_outside_boxes_are_refused(place: tuple[int, int, int, int]) -> None:
    with pytest.raises(DataError):
        Box(*place)
    with pytest.raises(DataError):
        boxes_of([dict(zip(("x", "y", "width", "height"), place, strict=True)) | {"label": 0}], classes=1)
    with pytest.raises(DataError):
        Drawn([0], [0], [0], [place], [(0, 0)], [SIZE], 1, 1)  # type: ignore[arg-type]


@given(BOXES, BOXES)
def test_overlap_is_symmetric_bounded_and_that_of_pixels(a: Box, b: Box) -> None:
    found = iou(a, b)
    assert found == iou(b, a)
    assert 0 <= found <= 1
    assert (found == 1) == (a == b)
    cells = [
        {(x, y) for x in range(c.x, c.x + c.width) for y in range(c.y, c.y + c.height)} for c in (a, b)
    ]  # fmt: skip
    assert found == Fraction(len(cells[0] & cells[1]), len(cells[0] | cells[1]))
    assert float(found) == shares(corners(a), corners(b))[0, 0]
    for least in (Fraction(2, 5), Fraction(1, 2), found):
        assert bool(meet(corners(a), corners(b), least=least)[0, 0]) == (found >= least)


@given(st.lists(BOXES, max_size=5), st.lists(BOXES, max_size=5))
def test_f1_is_symmetric_and_pairs_each_box_once(given_: list[Box], known: list[Box]) -> None:
    assert f1(given_, known, least=0.5) == f1(known, given_, least=0.5)
    pairs = matched(given_, known, least=0.3)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert f1(given_, given_, least=1.0) == 1


def test_f1_over_items_leaves_out_what_was_paid_for() -> None:
    boxes, truth = [[A], [], [B, A]], {0: [A], 1: [B], 2: [B]}
    assert f1_of(boxes, truth, least=0.5) == Fraction(2 * 2, 3 + 3)
    assert f1_of(boxes, truth, least=0.5, without=[1]) == Fraction(4, 5)
    assert f1_of([[]], {0: []}, least=0.5) == 1
    with pytest.raises(DataError):
        f1_of(boxes, truth, least=0.5, without=[0, 1, 2])


def test_pairs_are_made_from_the_most_on() -> None:
    assert paired(np.array([[0.6, 0.5], [0.7, 0.0]])) == [(1, 0), (0, 1)]
    assert paired(np.array([[0.6, 0.5], [0.7, 0.0]]), least=0.55) == [(1, 0)]
    assert paired(np.zeros((0, 3))) == []


def test_a_cluster_has_one_box_of_each_worker() -> None:
    twice = drawn((0, 0, [A, Box(11, 10, 20, 20)]), (0, 1, [Box(10, 11, 20, 20)]), (0, 2, [B]))
    found = clusters(twice, near(twice), np.ones(3))
    groups = [sorted(twice.worker[found.of == c].tolist()) for c in range(len(found))]
    assert sorted(groups) == [[0], [0, 1], [2]]
    assert found.item.tolist() == [0] * 3


def test_medians_are_weighted_and_meet_in_the_middle() -> None:
    data = drawn((0, 0, [A]), (0, 1, [A]), (0, 2, [A]))
    found = clusters(data, near(data), np.ones(3))
    values = np.array([[1.0], [5.0], [9.0]])
    assert medians(found, values, np.array([1.0, 1.0, 1.0])).tolist() == [[5.0]]
    assert medians(found, values, np.array([1.0, 1.0, 2.0])).tolist() == [[7.0]]
    assert medians(found, values, np.array([1.0, 1.0, 3.0])).tolist() == [[9.0]]


def test_majority_is_the_mean_of_what_more_than_half_drew() -> None:
    data = drawn((0, 0, [A]), (0, 1, [Box(12, 10, 20, 20)]), (0, 2, [B]))
    found = consensus("majority", data)
    assert found.boxes == ((Box(11, 10, 20, 20),),)
    assert found.sure == ((pytest.approx(2 / 3),),)
    # Who looks and draws nothing counts: two of four are no majority.
    assert consensus("majority", drawn(*data.drawings(), (0, 3, []), workers=4)).boxes == ((),)


def test_agreement_weights_are_mean_overlaps() -> None:
    half = Box(10, 10, 20, 10)
    data = drawn((0, 0, [A]), (0, 1, [half, B]), (0, 2, []))
    # Each has two others, of whom one drew nothing: (1/2 + 0) / 2, and ((1/2 + 0) / 2 + 0) / 2.
    assert weights(data).tolist() == [0.25, 0.125, 0.0]


def test_fusion_keeps_classes_apart() -> None:
    data = drawn((0, 0, [A]), (0, 1, [Box(11, 10, 20, 20)]), (0, 2, [Box(10, 10, 20, 20, label=1)]))
    assert [box.label for box in consensus("fusion", data).boxes[0]] == [0]
    assert len(consensus("majority", data).boxes[0]) == 1


def test_latent_objects_learn_on_gold_who_pads_and_who_lies() -> None:
    rng = np.random.default_rng(0)
    drawings, truth = [], {}
    for item in range(30):
        x, y = int(rng.integers(10, 50)), int(rng.integers(10, 30))
        truth[item] = (Box(x, y, 30, 30),)
        lie = Box(x + 35 if x < 20 else 0, 50, 20, 20)
        drawings += [(item, w, [Box(x, y, 30, 30)]) for w in (0, 1)]
        drawings += [(item, 2, [Box(x - 4, y - 4, 38, 38)])]
        drawings += [(item, w, [lie]) for w in (3, 4, 5, 6)]
    data = Drawn.of(drawings, sizes=[SIZE] * 30, workers=7, classes=1)
    gold = {item: truth[item] for item in range(8)}
    found = consensus("latent", data, gold=gold)
    assert f1_of(found.boxes, truth, least=0.75, without=gold) == 1
    assert f1_of(consensus("majority", data).boxes, truth, least=0.75, without=gold) == 0
    hands = found.hands
    assert hands is not None
    assert (hands.sensitivity[:3] > 0.85).all()
    assert (hands.sensitivity[3:] < 0.3).all()
    pads = hands.padding[2] * 30
    assert pads[0] < -2.5
    assert pads[2] > 2.5
    assert np.abs(hands.padding[:2]).max() < 0.01


@pytest.mark.parametrize("method", METHODS)
def test_gold_is_never_overruled_and_nothing_is_an_answer(method: str) -> None:
    data = drawn((0, 0, [B]), (0, 1, [B]), (0, 2, [B]), (1, 0, []), (1, 1, []), items=3)
    found = consensus(method, data, gold={0: [A]})
    assert found.boxes == ((A,), (), ())
    empty = Drawn.of([], sizes=[SIZE], workers=1, classes=1)
    assert consensus(method, empty).boxes == ((),)
    with pytest.raises(DataError):
        consensus(method, data, gold={5: [A]})
    with pytest.raises(DataError):
        consensus(method, data, gold={0: [Box(90, 0, 20, 20)]})
    with pytest.raises(DataError):
        consensus(method, data, gold={0: [Box(0, 0, 2, 2, label=2)]})


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(DataError, match="twice"):
        drawn((0, 0, [A]), (0, 0, [B]))
    with pytest.raises(DataError, match="did not look"):
        Drawn([0], [1], [0], [(1, 1, 2, 2)], [(0, 0)], [SIZE], 2, 1)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="class"):
        drawn((0, 0, [Box(1, 1, 2, 2, label=2)]))
    with pytest.raises(DataError, match="worker"):
        drawn((0, 3, [A]))
    with pytest.raises(UnknownNameError):
        consensus("magority", drawn((0, 0, [A])))
