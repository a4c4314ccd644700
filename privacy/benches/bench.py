"""Benches that a workload brings: one under its name, and what its contracts cost beside ours."""

from collections.abc import Iterable
from typing import Any, Protocol

from privacy.chains.accounts import Signer
from privacy.chains.chain import Chain
from privacy.jobs.job import Report
from privacy.registry import Registry


class Bench(Protocol):
    """Measures something side by side, and says it."""

    def run(self, registry: Registry, report: Report, *, quick: bool, seed: int) -> dict[str, Any]:
        """Measure: one JSON document. `quick` is small: to see that it runs, not to quote."""

    def lines(self, found: dict[str, Any]) -> Iterable[str]:
        """The document as lines of text."""


class GasBench(Protocol):
    """Measures what a workload's own contracts cost, on contracts that it creates for that."""

    def run(self, chain: Chain, signer: Signer, report: Report, *, quick: bool, seed: int) -> dict[str, Any]:
        """Measure: a part of the document of `veilbench bench gas`. ChainError where the chain cannot."""

    def lines(self, found: dict[str, Any]) -> Iterable[str]:
        """That part as lines of text."""
