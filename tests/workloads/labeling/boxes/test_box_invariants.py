"""What no consensus on boxes may depend on, and what holds of every one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.labeling.boxes.drawn import Drawn
from workloads.labeling.boxes.methods import METHODS, consensus
from workloads.labeling.crowds.boxes import BoxPlan, simulate_boxes
from workloads.labeling.crowds.plan import COLLUDERS

PLAN = BoxPlan(items=12, workers=8, votes=4, classes=3, gold=0.2, shares={COLLUDERS: 0.25})


@pytest.mark.parametrize("method", METHODS)
@given(st.integers(0, 50), st.integers(0, 10**6))
def test_order_numbers_of_items_and_names_of_classes_do_not_matter(method: str, seed: int, shuffle: int) -> None:
    crowd, rng = simulate_boxes(PLAN, seed=seed), np.random.default_rng(shuffle)
    data, item, rows = crowd.drawn, rng.permutation(12), rng.permutation(len(crowd.drawn))
    moved = Drawn(
        item[data.item][rows], data.worker[rows], data.label[rows], data.place[rows],
        np.stack((item[data.seen[:, 0]], data.seen[:, 1]), axis=1)[rng.permutation(len(data.seen))],
        data.sizes, data.workers, data.classes,
    )  # fmt: skip
    first = consensus(method, data, gold=crowd.gold)
    second = consensus(method, moved, gold={int(item[at]): boxes for at, boxes in crowd.gold.items()})
    assert [second.boxes[int(item[at])] for at in range(12)] == list(first.boxes)


@pytest.mark.parametrize("method", METHODS)
@given(st.integers(0, 10**6))
def test_boxes_lie_inside_and_sureness_is_a_share(method: str, seed: int) -> None:
    crowd = simulate_boxes(PLAN, seed=seed)
    found = consensus(method, crowd.drawn, gold=crowd.gold)
    assert len(found.boxes) == len(found.sure) == 12
    for at, boxes in enumerate(found.boxes):
        assert len(boxes) == len(found.sure[at])
        for box, sure in zip(boxes, found.sure[at], strict=True):
            box.within(*crowd.drawn.sizes[at].tolist())
            assert 0.5 < sure <= 1
            assert 0 <= box.label < 3
    if found.hands is not None:
        assert all(np.isfinite(v).all() for v in vars(found.hands).values())
        assert ((found.hands.sensitivity > 0) & (found.hands.sensitivity < 1)).all()


@pytest.mark.parametrize("method", METHODS)
@given(st.integers(0, 1000), st.integers(1, 3))
def test_all_who_draw_the_same_are_believed(method: str, seed: int, classes: int) -> None:
    crowd = simulate_boxes(BoxPlan(items=5, workers=4, votes=4, classes=classes), seed=seed)
    same = [(item, worker, crowd.truth[item]) for item in crowd.truth for worker in range(4)]
    data = Drawn.of(same, sizes=crowd.drawn.sizes, workers=4, classes=classes)
    found = consensus(method, data)
    if method == "fusion":  # boxes of one class that overlap are one by the paper's rule
        return
    assert [sorted(map(str, boxes)) for boxes in found.boxes] == [sorted(map(str, crowd.truth[i])) for i in range(5)]
