"""Answers: what a run released, label by label, with its error bar and the truth where the asker holds it.

A run record keeps them in its settings: `answer` and `truth` by label, `interval` with the two ends of each.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Line:
    """One value of an answer: its label, the value, the ends of its 95% interval, and the exact value.

    A value is a number, or a text such as a date. What is not known is None.
    """

    label: str
    value: Any
    low: Any = None
    high: Any = None
    truth: Any = None

    @property
    def drawn(self) -> bool:
        """Whether it can be drawn: a number."""
        return isinstance(self.value, (int, float)) and not isinstance(self.value, bool)


def lines_of(settings: Mapping[str, Any]) -> list[Line]:
    """The answer of a record's settings; nothing where it released none."""
    answer, truth, ends = (settings.get(k) for k in ("answer", "truth", "interval"))
    if not isinstance(answer, Mapping):
        return []
    exact: Mapping[str, Any] = truth if isinstance(truth, Mapping) else {}
    bars: Mapping[str, Any] = ends if isinstance(ends, Mapping) else {}
    return [
        Line(str(label), value, *_ends(bars.get(label)), exact.get(label)) for label, value in answer.items()
    ]  # fmt: skip


def as_rows(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """The lines as JSON has them."""
    return [vars(line).copy() for line in lines]


def written(value: Any, *, digits: int = 7) -> str:
    """A value of an answer as people read it: so many digits of a number, a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, float) and not math.isfinite(value):
        return "–"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    whole = isinstance(value, int) or value.is_integer()
    return f"{value:,.0f}" if whole and abs(value) < 1e15 else f"{value:,.{digits}g}"


def bar(line: Line, *, digits: int = 7) -> str:
    """The interval of a line in brackets; empty where it has no width."""
    if line.low is None or line.high is None or line.low == line.high:
        return ""
    return f"[{written(line.low, digits=digits)}, {written(line.high, digits=digits)}]"


def _ends(found: Any) -> tuple[Any, Any]:
    return (found[0], found[1]) if isinstance(found, (list, tuple)) and len(found) == 2 else (None, None)
