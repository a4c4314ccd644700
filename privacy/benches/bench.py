"""A bench that a workload brings, under the workload's name."""

from collections.abc import Iterable
from typing import Any, Protocol

from privacy.jobs.job import Report
from privacy.registry import Registry


class Bench(Protocol):
    """Measures something side by side, and says it."""

    def run(self, registry: Registry, report: Report, *, quick: bool, seed: int) -> dict[str, Any]:
        """Measure: one JSON document. `quick` is small: to see that it runs, not to quote."""

    def lines(self, found: dict[str, Any]) -> Iterable[str]:
        """The document as lines of text."""
