"""What HE aggregation shows the kit of one run: an honest ciphertext passes, one with a bug in its errors does not."""

import os

import numpy as np
import pytest

from backends.he.aggregation.keys import SumEncryptor, SumKeys
from backends.he.aggregation.packing import to_cells
from backends.he.aggregation.plan import sum_plan
from backends.he.aggregation.shown import masks_if_alike
from backends.he.lookup.mechanism import HeLookup
from backends.he.sampling import Sampler
from backends.he.scoring.mechanism import HeScoring
from privacy.plugin import AggregationTask, contributor
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
