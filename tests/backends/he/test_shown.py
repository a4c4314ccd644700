"""What HE aggregation shows the kit of one run: an honest ciphertext passes, one with a bug in its errors does not."""

import os

import numpy as np
import pytest

from backends.he.aggregation import roles
from backends.he.aggregation.keys import SumEncryptor, SumKeys
from backends.he.aggregation.mechanism import HeAggregation
from backends.he.aggregation.packing import to_cells
from backends.he.aggregation.plan import sum_plan
from backends.he.aggregation.shown import masks_if_alike
from backends.he.lookup.mechanism import HeLookup
from backends.he.plugin import HeParams
from backends.he.sampling import Sampler
from backends.he.scoring.mechanism import HeScoring
from privacy.plugin import AggregationTask, contributor
from privacy.testing.aggregation import sum_case
from privacy.testing.bench import Bench
from privacy.testing.cases import case_for
from privacy.testing.checks.algebra import looked_inside
from privacy.testing.mask_law import law_fault

TASK = AggregationTask(contributors=3, length=40, bound=7)


class Again(Sampler):
    """Draws the errors of the first half once more, times a sign, for the second half."""

    sign = 1
    before = None

    def errors(self, shape):
        if self.before is None:
            self.before = super().errors(shape)
            return self.before
        return self.sign * self.before


@pytest.mark.parametrize(("bug", "sign"), [("", 0), ("one error", 1), ("opposite errors", -1)])
def test_one_error_in_both_halves_is_found(bug, sign):
    plan = sum_plan(TASK, scheme="auto", flooding_bits=40, releases=1)
    public = SumKeys(plan.preset).public
    sampler = (Again if bug else Sampler)(os.urandom)
    sampler.sign = sign
    cells = to_cells(plan, np.arange(40) % 7, start=0, blocks=1)
    pair = SumEncryptor(plan.preset, public).encrypt(cells, sampler, delta=plan.delta)[0].view(np.int64)
    halves = (pair[0] - cells[0] * plan.delta, pair[1])
    found = list(masks_if_alike(plan, tuple(public), halves, whose=contributor(0)))
    assert len(found) == 2
    faulty = [one.name for one in found if law_fault(one)]
    assert len(faulty) == (1 if bug else 0)
    assert all(bug in name for name in faulty)


@pytest.mark.parametrize("primitive", ["scoring", "lookup"])
@pytest.mark.parametrize("bug", ["", "no error", "lopsided secret"])
def test_a_query_without_error_and_a_secret_that_leans_are_found(monkeypatch, primitive, bug):
    if bug == "no error":
        monkeypatch.setattr(Sampler, "errors", lambda self, shape: np.zeros(shape, dtype=np.int64))
    if bug == "lopsided secret":
        draw = Sampler.ternary
        monkeypatch.setattr(Sampler, "ternary", lambda self, shape: np.minimum(draw(self, shape), 0))
    made = {"scoring": HeScoring, "lookup": HeLookup}[primitive]()
    found, told, _ = looked_inside(Bench(made, case_for(primitive), plays=2, seed=1))
    assert told == ["2 sets of drawn numbers"]
    assert bool(found) == bool(bug)
    assert all({"no error": "standard deviation", "lopsided secret": "not balanced"}[bug] in one for one in found)


FLOODED = sum_case(AggregationTask(4, 8, 1 << 20, 3))
"""So wide that noise reaches what is released."""


def _flooded(change):
    """The noise, changed: 1000 deviations of 1 are seen of a wide sum, and of a narrow one only where it is drawn."""
    usual = roles.gaussian
    return lambda seat, count, *, deviation: change(usual(seat, count, deviation=deviation), deviation)


def _kept(seat, count, *, deviation):
    """Draws once for a session."""
    if not hasattr(seat, "kept"):
        seat.kept = USUAL_NOISE(seat, count, deviation=deviation)
    return seat.kept[:count]


def _by_rounding(self, body, keys):
    """Draws the noise, and leaves it out."""
    usual, roles.gaussian = roles.gaussian, _silent
    try:
        return USUAL_DECRYPTED(self, body, keys)
    finally:
        roles.gaussian = usual


def _silent(seat, count, *, deviation):
    return USUAL_NOISE(seat, count, deviation=deviation) * 0


USUAL_NOISE, USUAL_DECRYPTED = roles.gaussian, roles.HeCollector._decrypted
FLOODING = {
    "none": (roles, "gaussian", _flooded(lambda noise, _: noise * 0), "has a standard deviation of 0"),
    "half": (roles, "gaussian", _flooded(lambda noise, _: noise // 2), "is the least"),
    "cut": (roles, "gaussian", _flooded(lambda noise, d: np.clip(noise, int(-2 * d), int(2 * d))), "lie past 2"),
    "cut far out": (roles, "gaussian", _flooded(lambda noise, d: noise * (np.abs(noise) < 3.4 * d)), "lie past 3.5"),
    "never negative": (roles, "gaussian", _flooded(lambda noise, _: np.abs(noise)), ""),
    "not drawn": (
        roles, "released", lambda plan, phases, seat: np.floor_divide(phases + plan.delta // 2, plan.delta),
        "has a standard deviation of 0",
    ),
    "drawn once": (roles, "gaussian", _kept, "has a standard deviation of 0"),
    "drawn and left out": (roles.HeCollector, "_decrypted", _by_rounding, "the sum that is released is not"),
}  # fmt: skip


@pytest.mark.parametrize("bug", FLOODING)
def test_flooding_noise_of_another_size_is_found(monkeypatch, bug):
    bench = Bench(HeAggregation(HeParams(sum_scheme="ckks")), FLOODED, plays=2, seed=1)
    where, name, instead, words = FLOODING[bug]
    monkeypatch.setattr(where, name, instead)
    if name == "released":
        monkeypatch.setattr("backends.he.aggregation.shown.released", instead)
    found = "; ".join(looked_inside(bench)[0])
    assert found
    assert words in found


def test_honest_flooding_passes_also_where_a_key_serves_one_sum():
    for releases in (16, 1):
        mechanism = HeAggregation(HeParams(sum_scheme="ckks", sum_releases=releases))
        assert not looked_inside(Bench(mechanism, FLOODED, plays=2, seed=1))[0]
