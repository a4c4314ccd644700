"""The worker of a check: a backend's id in, progress out, and the report kept, or handed to whoever shared the check.

It finds the plugins by itself, keeps every result as it comes, and goes on where a check before it was not finished.
"""

import secrets
from dataclasses import replace
from typing import Any

from privacy.jobs.job import Report, work
from privacy.registry import discover
from privacy.services.checks import code, keep, keep_part, part
from privacy.services.checks_shared import check_shared, first_to, worth_sharing
from privacy.spec import BackendSpec
from privacy.testing import report as reports
from privacy.testing.bench import CheckResult
from privacy.testing.kit import PLACES, check_backend

_TOO_SLOW = "speed"
"""A verdict on a machine and a moment: whoever goes on measures it again."""


class Kept:
    """What is found so far, kept on disk result by result."""

    def __init__(self, spec: BackendSpec, params: dict[str, Any]) -> None:
        before = part(spec)
        self._spec, self.params = spec, params
        self.seed = secrets.randbits(40)
        self._found: dict[str, list[CheckResult]] = {}
        self.unfinished: list[tuple[str, str, str]] = []
        if before is None or before.params != params:
            return
        self.seed = before.seed or self.seed
        for primitive, results in before.primitives.items():
            self._found[primitive] = [r for r in results if r.finished and r.id != _TOO_SLOW]
            self.unfinished += [(primitive, r.id, r.place) for r in results if not r.finished]

    @property
    def done(self) -> list[tuple[str, str, str]]:
        """The checks that need not be run again: primitive, id and place of each."""
        return [(primitive, r.id, r.place) for primitive, results in self._found.items() for r in results]

    def row(self, primitive: str, found: CheckResult, *, total: int) -> None:
        """Keep one more result, of `total` in all."""
        self._found.setdefault(primitive, []).append(found)
        # A whole run is at least one check more, until both workers have said how many they have.
        total = max(total, len(self.done) + 1)
        kept = reports.Report(
            self._spec.id, self._found, params=self.params, seed=self.seed, code=code(self._spec), total=total
        )
        keep_part(kept, self._spec)

    def with_before(self, new: reports.Report, before: dict[str, list[CheckResult]]) -> reports.Report:
        """A whole report: what was kept before this run began, and what it found."""
        names = dict.fromkeys([*before, *new.primitives])
        return replace(new, primitives={n: [*before.get(n, []), *new.primitives.get(n, [])] for n in names})

    @property
    def found(self) -> dict[str, list[CheckResult]]:
        return {primitive: list(results) for primitive, results in self._found.items()}


def run(values: dict[str, Any], report: Report) -> dict[str, Any] | None:
    """Check one backend and keep the report. One who does a share of a check returns its report instead."""
    registry = discover()
    spec = registry.spec(values.pop("backend"))
    if folder := values.pop("share", ""):
        reply = getattr(report, "row", lambda values: None)
        return check_backend(
            spec, registry, progress=report, row=lambda primitive, found: reply([primitive, found.as_dict()]),
            take=first_to(folder), **values,
        ).as_dict()  # fmt: skip
    kept = Kept(spec, values.pop("params", {}))
    before, done, total = kept.found, kept.done, 0

    def tell(at: int, of: int, label: str) -> None:
        nonlocal total
        total = of + len(done)
        report(at + len(done), total, label)

    order: dict[str, Any] = {
        "params": kept.params, "seed": kept.seed, "progress": tell, "skip": done, "last": kept.unfinished,
        "row": lambda primitive, found: kept.row(primitive, found, total=total), **values,
    }  # fmt: skip
    found = check_shared(spec, **order) if worth_sharing(spec, PLACES) else check_backend(spec, registry, **order)
    keep(kept.with_before(found, before), spec)
    return None


if __name__ == "__main__":
    # What a plugin writes to descriptor 1, and what its processes inherit of it, goes the same way.
    work(run)
