"""The recommended consensus under attack, where the others fall, and with nobody who attacks."""

import numpy as np
import pytest

from workloads.labeling.benches.quality import unattacked
from workloads.labeling.benches.unattacked import CHOSEN
from workloads.labeling.consensus.dawid_skene import dawid_skene
from workloads.labeling.consensus.majority import majority
from workloads.labeling.consensus.result import accuracy
from workloads.labeling.consensus.robust import AUDITS, robust
from workloads.labeling.consensus.weighted import weighted
from workloads.labeling.crowds.plan import COLLUDERS, COPYCATS, GOLD_AWARE, HONEST, SLEEPERS, TARGETED, CrowdPlan
from workloads.labeling.crowds.simulate import Crowd, simulate
from workloads.labeling.votes.arrays import Ints
from workloads.labeling.votes.table import UNKNOWN


def attacked(kind: str, share: float, *, seed: int) -> Crowd:
    return simulate(CrowdPlan(tasks=500, workers=40, votes=10, shares={kind: share}), seed=seed)


@pytest.mark.parametrize(
    ("kind", "share", "weights_fall"),
    [(COLLUDERS, 0.55, True), (GOLD_AWARE, 0.45, False), (GOLD_AWARE, 0.6, True), (COPYCATS, 0.5, False)],
)
def test_attackers_do_not_move_the_recommended_consensus(kind: str, share: float, weights_fall: bool) -> None:
    for seed in range(2):
        crowd = attacked(kind, share, seed=seed)
        found = robust(crowd.votes, gold=crowd.gold, audit=crowd.audit, seed=seed)
        without = np.union1d(np.flatnonzero(crowd.gold != UNKNOWN), found.audited)
        honest = dawid_skene(crowd.votes.only(crowd.of(HONEST)[crowd.votes.worker]))
        clean = accuracy(honest.labels, crowd.truth, without=without)
        assert accuracy(found.labels, crowd.truth, without=without) >= 0.97 * clean
        if weights_fall:
            assert accuracy(weighted(crowd.votes).labels, crowd.truth, without=without) < 0.3
            assert accuracy(majority(crowd.votes).labels, crowd.truth, without=without) < 0.5


def test_an_audit_is_off_gold_bounded_and_drawn_with_its_seed() -> None:
    crowd = attacked(GOLD_AWARE, 0.5, seed=3)
    sent: list[list[int]] = []

    def audit(tasks: Ints) -> Ints:
        sent.append(tasks.tolist())
        return crowd.truth[tasks]

    first, again, other = (robust(crowd.votes, gold=crowd.gold, audit=audit, seed=s) for s in (1, 1, 2))
    assert sent[0] == sent[1] == first.audited.tolist() == again.audited.tolist()
    assert sent[0] != sent[2] == other.audited.tolist()
    assert len(sent[0]) == AUDITS
    assert (crowd.gold[first.audited] == UNKNOWN).all()
    assert first.expelled is not None
    assert (first.expelled == crowd.of(GOLD_AWARE)).all()
    assert (first.labels[first.audited] == crowd.truth[first.audited]).all()
    fewer = robust(crowd.votes, gold=crowd.gold, audit=audit, audits=6, seed=1)
    assert len(fewer.audited) == 6


def test_without_an_expert_or_without_gold_nobody_is_expelled() -> None:
    crowd = attacked(GOLD_AWARE, 0.5, seed=3)
    alone = robust(crowd.votes, gold=crowd.gold)
    assert alone.strain > 0.1
    assert (alone.expelled, len(alone.audited)) == (None, 0)
    blind = robust(crowd.votes, audit=crowd.audit)
    assert (blind.expelled, len(blind.audited)) == (None, 0)


def test_an_honest_crowd_has_no_schism_and_no_duplicates() -> None:
    crowd = simulate(CrowdPlan(tasks=500, workers=40, votes=10, alike=0.9, hard=0.3), seed=0)
    found = robust(crowd.votes, gold=crowd.gold, audit=crowd.audit)
    assert found.strain < 0.01
    assert len(found.audited) == 0
    assert found.group is not None
    assert len(set(found.group.tolist())) == 40


def test_a_targeted_ring_stays_unsolved() -> None:
    crowd = attacked(TARGETED, 0.6, seed=0)
    found = robust(crowd.votes, gold=crowd.gold, audit=crowd.audit)
    gold = np.flatnonzero((crowd.gold != UNKNOWN) | ~crowd.target)
    assert accuracy(found.labels, crowd.truth, without=gold) < 0.3


def test_sleepers_are_found_out() -> None:
    crowd = attacked(SLEEPERS, 0.4, seed=0)
    found = robust(crowd.votes, gold=crowd.gold, audit=crowd.audit)
    gold = np.flatnonzero(crowd.gold != UNKNOWN)
    assert accuracy(found.labels, crowd.truth, without=gold) > 0.95


@pytest.mark.soak("fuzz", seconds=240)
def test_no_chosen_crowd_without_an_attacker_is_below_the_better_of_two() -> None:
    found = unattacked(quick=False, seed=1)
    chosen = [row for row in found["rows"] if row["crowd"] in CHOSEN]
    assert [row["crowd"] for row in chosen if row["below"]] == []
    assert found["mean_gain"] > 0.01
    assert len(found["below"]) <= 3
