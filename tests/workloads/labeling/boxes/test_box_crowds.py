"""Crowds that draw: what each kind does, which consensus holds against it, and what it is paid."""

import numpy as np
import pytest

from privacy.errors import ParamError, UnknownNameError
from tests.support.soaking import sized
from workloads.labeling.benches.boxes import CLEAN, COLLUDE, MIXES, UNPAID, UNSOLVED, boxes
from workloads.labeling.boxes.agreed import f1_of
from workloads.labeling.boxes.box import Box
from workloads.labeling.boxes.methods import LATENT, consensus
from workloads.labeling.crowds.boxes import BOX_KINDS, BoxPlan, simulate_boxes
from workloads.labeling.crowds.drawing import PADDING
from workloads.labeling.crowds.plan import COLLUDERS, GOLD_AWARE, HONEST, LAZY, TARGETED
from workloads.labeling.pay.boxes import agreement_of, box_scores


def crowd_of(**shares):
    return simulate_boxes(BoxPlan(items=80, shares=shares), seed=3)


def test_the_same_seed_draws_the_same_and_another_does_not():
    one, two, other = (simulate_boxes(BoxPlan(items=5), seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.drawn.place, two.drawn.place)
    assert one.truth == two.truth != other.truth


def test_each_kind_does_what_its_words_say():
    lazy = crowd_of(lazy=0.3)
    who = np.flatnonzero(lazy.kind == BOX_KINDS.index(LAZY))
    boxes_ = lazy.drawn.place[np.isin(lazy.drawn.worker, who)]
    assert np.abs(boxes_ - (160, 120, 320, 240)).max() < 40
    ring = crowd_of(colluders=0.45)
    who = np.flatnonzero(ring.kind == BOX_KINDS.index(COLLUDERS))
    assert len(who) == 9
    mine = [(item, b) for item, worker, b in ring.drawn.drawings() if worker in who]
    agree = [agreement_of(a, b) for i, a in mine for j, b in mine if i == j and a is not b]
    assert np.mean(agree) > 0.85
    aware = simulate_boxes(BoxPlan(items=80, shares={GOLD_AWARE: 0.5}), seed=3)
    who = np.flatnonzero(aware.kind == BOX_KINDS.index(GOLD_AWARE))
    drew = [(i in aware.gold, agreement_of(b, aware.truth[i])) for i, w, b in aware.drawn.drawings() if w in who]
    assert np.mean([a for gold, a in drew if gold]) > 0.5 > 0.2 > np.mean([a for gold, a in drew if not gold])


def test_whoever_pads_is_read_on_gold_and_put_right():
    crowd = simulate_boxes(BoxPlan(items=100, shares={PADDING: 0.45}), seed=1)
    found = consensus(LATENT, crowd.drawn, gold=crowd.gold)
    pads = (found.hands.padding * (-1, -1, 1, 1)).mean(axis=1)
    theirs = crowd.kind == BOX_KINDS.index(PADDING)
    assert pads[theirs].min() > 0.05
    assert pads[theirs].mean() > 3 * abs(pads[~theirs].mean())
    plain = consensus("majority", crowd.drawn)
    ours, theirs_ = (f1_of(a.boxes, crowd.truth, least=0.75, without=crowd.gold) for a in (found, plain))
    assert ours > 0.9 > 0.7 > theirs_


@pytest.mark.sized("fuzz")
def test_latent_objects_hold_at_45_percent_collusion_and_no_attacker_is_paid():
    found = boxes(lambda _: None, quick=sized(True, False), seed=0)
    assert found["over_agreement"]["ratio"] >= 1.8
    assert found["of_clean"]["ratio"] >= sized(0.8, 0.85)
    assert set(found["pay"]["ratios"]) == set(UNPAID)
    assert max(found["pay"]["ratios"].values()) <= 0.1
    best = {row["crowd"]: row["f1"] for row in found["rows"] if row["method"] == LATENT}
    assert set(best) == {*MIXES, *UNSOLVED}
    for row in found["rows"]:
        assert row["crowd"] in UNSOLVED or best[row["crowd"]][1] >= row["f1"][1]
    assert best[CLEAN][1] > best[COLLUDE][1]


def test_pay_counts_missing_boxes_like_boxes_too_many_and_another_class_half():
    a, b = Box(0, 0, 10, 10), Box(50, 50, 10, 10)
    assert agreement_of([a], [a]) == 1
    assert agreement_of([a], [a, b]) == agreement_of([a, b], [a]) == 0.5
    assert agreement_of([a, a], [a]) == 0.5  # a copy is no second box
    assert agreement_of([Box(0, 0, 10, 10, label=1)], [a]) == 0.5
    assert agreement_of([], []) == 1
    assert agreement_of([], [a]) == agreement_of([b], [a]) == 0


def test_honest_pay_follows_how_well_they_draw_and_gold_is_not_paid():
    crowd = simulate_boxes(BoxPlan(items=80), seed=2)
    found = consensus(LATENT, crowd.drawn, gold=crowd.gold)
    earned = box_scores(crowd.drawn, found, unpaid=crowd.gold)
    true, looks = np.zeros(20), np.zeros(20)
    for item, worker, drawn in crowd.drawn.drawings():
        if item not in crowd.gold:
            true[worker] += agreement_of(drawn, crowd.truth[item])
            looks[worker] += 1
    assert np.corrcoef(earned / looks, true / looks)[0, 1] >= 0.9
    assert box_scores(crowd.drawn, found, unpaid=range(80)).tolist() == [0.0] * 20


def test_what_is_no_crowd_is_refused():
    assert BOX_KINDS[0] == HONEST
    for plan, error in (
        ({"shares": {"angels": 0.1}}, UnknownNameError),
        ({"shares": {TARGETED: 1.1}}, ParamError),
        ({"votes": 30}, ParamError),
        ({"items": 0}, ParamError),
    ):
        with pytest.raises(error):
            BoxPlan(**plan)
