"""The check of what a mechanism says it carries at once: several vectors in one run, and the best without the rest."""

from dataclasses import replace
from typing import Any

import numpy as np

from privacy.boundary.secret import Secret
from privacy.errors import WireError
from privacy.primitives.scoring import ScoringTask, Top
from privacy.protocol import Session
from privacy.testing.bench import Bench, CheckResult, whole_channel

_BATCH, _BEST = 3, 10


def check_batch(bench: Bench) -> CheckResult:
    """A batch of vectors, and the best items alone, are what the plain computation makes of the same inputs."""
    title = "batches and the best alone as the plain computation has them"
    task, mechanism = bench.case.task, bench.mechanism
    if not isinstance(task, ScoringTask) or not (mechanism.batches or mechanism.top_k):
        return CheckResult("batch", title, None, "it says that it carries neither batches nor the best alone")
    batches, tops = (1, _BATCH) if mechanism.batches else (1,), (0, _BEST) if mechanism.top_k else (0,)
    order = [(b, k) for b in batches for k in tops if b > 1 or k]
    found = [f"batch {b}, best {k}: {fault}" for b, k in order if (fault := _fault(bench, b, k))]
    return CheckResult("batch", title, not found, "; ".join(found) or f"{len(order)} tasks answered rightly")


def _fault(bench: Bench, batch: int, top: int) -> str:
    task = replace(bench.case.task, batch=batch, top=top)
    rows = bench.secrets(batch)
    (holder,) = bench.case.holders
    transports = bench.place.transports(bench.computing)
    seated = Session(bench.mechanism, task, bench.case.own, transports=transports, payer=bench.tab)
    session: Session[Any] = bench.place.opened(seated)
    session.publish(channel := whole_channel())
    value = np.stack(rows) if batch > 1 else rows[0]
    output = session.run({holder: Secret(value, owner=holder)}, channel).output
    exact = np.stack([bench.case.reference(row) for row in rows]).reshape(task.scores_shape)
    tolerance = bench.mechanism.tolerance(bench.case.task)
    if top:
        return _misplaced(task, output, exact, tolerance)
    scores = np.asarray(output, dtype=np.float64)
    if scores.shape != exact.shape:
        return f"scores of shape {scores.shape}, not {exact.shape}"
    return "" if np.abs(scores - exact).max() <= tolerance else "scores past the declared tolerance"


def _misplaced(task: ScoringTask, output: Any, exact: Any, tolerance: float) -> str:
    try:
        best = Top.of(output)
    except WireError as error:
        return str(error)
    if best.indices.shape != task.top_shape or best.scores.shape != task.top_shape:
        return f"indices and scores of shapes {best.indices.shape} and {best.scores.shape}, not {task.top_shape}"
    for indices, scores, row in zip(*map(np.atleast_2d, (*best, exact)), strict=True):
        if len(set(indices.tolist())) < task.top or indices.min() < 0 or indices.max() >= task.items:
            return "indices that name an item twice, or none"
        if np.abs(scores - row[indices]).max() > tolerance:
            return "scores that are not those of their items"
        if np.delete(row, indices).max(initial=row.min()) > row[indices].min() + 2 * tolerance:
            return "a better item was left out"
        if not tolerance and not np.array_equal(indices, np.argsort(-row, kind="stable")[: task.top]):
            return "the best in another order: best first, ties by lower index"
    return ""
