"""Points: whole numbers in proportion to what each earned, which sum to the budget exactly."""

import numpy as np

from privacy.plugin import ParamError
from workloads.labeling.votes.arrays import Floats, Ints


def points(earned: Floats, *, budget: int) -> Ints:
    """The points of each worker, int64 (workers,), by largest remainder; of equal ones the first in order.

    They sum to `budget`, or to 0 where nobody earned anything: what is not paid stays the requester's. ParamError for
    a budget below 0 or what is earned below 0.
    """
    if budget < 0 or not np.isfinite(earned).all() or (earned < 0).any():
        raise ParamError("points are paid from a budget for what is earned, and neither is below 0", then="check both")
    total = float(earned.sum())
    if total <= 0:
        return np.zeros(len(earned), dtype=np.int64)
    exact = earned / total * budget
    paid = np.floor(exact).astype(np.int64)
    left = budget - int(paid.sum())
    # Rounding of very large budgets may leave one too many or too few: the loop below settles any number.
    order = np.argsort(paid - exact, kind="stable")
    while left:
        some = order[earned[order] > 0][: abs(left)] if left > 0 else order[paid[order] > 0][::-1][: abs(left)]
        paid[some] += 1 if left > 0 else -1
        left = budget - int(paid.sum())
    return paid
