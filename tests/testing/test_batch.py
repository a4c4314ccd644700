"""The check of batches and of the best alone: what it finds in those who carry them wrongly, and when it applies."""

from typing import Any

import numpy as np
import pytest

from backends.plain.mechanism import PlainClient, PlainScoring
from privacy.plugin import Top
from privacy.testing import Bench, CheckResult, case_for
from privacy.testing.kit import run_check


def found(change: Any = None, **flags: bool) -> CheckResult:
    """The check on plain scoring whose client changes what it read."""

    class Client(PlainClient):
        def reveal(self, answers: Any) -> Any:
            output = super().reveal(answers)
            return change(output) if change else output

    kind = type("Changed", (PlainScoring,), {"client": lambda self, seat: Client(seat), **flags})
    return run_check("batch", Bench(kind(), case_for("scoring"), seed=1))


def test_what_is_carried_rightly_passes() -> None:
    assert found().passed is True
    assert found(batches=False).passed is True
    assert found(batches=False, top_k=False).passed is None
    assert run_check("batch", Bench(PlainScoring(), case_for("lookup"), seed=1)).passed is None


def best(change: Any) -> Any:
    return lambda output: change(output) if isinstance(output, Top) else output


@pytest.mark.parametrize(
    "change",
    [
        best(lambda top: Top(top.indices[..., ::-1], top.scores[..., ::-1])),
        best(lambda top: Top(top.indices, top.scores + 1)),
        best(lambda top: Top(top.indices * 0, top.scores)),
        best(lambda top: Top(top.indices - 1000, top.scores)),
        best(lambda top: Top(top.indices[..., 1:], top.scores[..., 1:])),
        best(lambda top: top.scores),
        lambda output: output if isinstance(output, Top) else np.roll(output, 1, axis=0),
        lambda output: output if isinstance(output, Top) else output[0],
    ],
)
def test_what_is_carried_wrongly_fails(change: Any) -> None:
    assert found(change).passed is False
