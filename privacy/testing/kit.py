"""The conformance kit: every check on every primitive of one backend.

The kit knows primitives, never backends. Passing is evidence and no proof: a report says how many checks passed and
when, next to what the backend declares of itself.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from privacy.errors import UnknownNameError
from privacy.params import build
from privacy.registry import Registry
from privacy.spec import BackendSpec
from privacy.testing.bench import Bench, CheckResult
from privacy.testing.cases import case_for, supported
from privacy.testing.checks import (
    check_bad_input,
    check_error,
    check_fresh,
    check_game,
    check_guarantee,
    check_length,
)
from privacy.testing.checks_keys import check_isolation, check_keys
from privacy.testing.checks_wire import check_envelope, check_malformed
from privacy.testing.game import family_level

CHECKS: dict[str, Callable[[Bench], CheckResult]] = {
    "error": check_error,
    "game": check_game,
    "length": check_length,
    "bad-input": check_bad_input,
    "envelope": check_envelope,
    "malformed": check_malformed,
    "keys": check_keys,
    "isolation": check_isolation,
    "fresh": check_fresh,
    "guarantee": check_guarantee,
}


@dataclass(frozen=True)
class Report:
    """What the kit found of one backend, by primitive."""

    backend: str
    primitives: dict[str, list[CheckResult]]
    date: str = field(default_factory=lambda: datetime.date.today().isoformat())

    @property
    def results(self) -> list[CheckResult]:
        return [r for results in self.primitives.values() for r in results]

    def count(self, passed: bool | None) -> int:
        return sum(r.passed is passed for r in self.results)

    @property
    def ok(self) -> bool:
        """Whether no check failed and at least one passed."""
        return not self.count(False) and self.count(True) > 0

    @property
    def sentence(self) -> str:
        """What may be said of the backend's guarantee on the strength of this report."""
        failed = self.count(False)
        passed = f"{self.count(True)} check{'s' * (self.count(True) != 1)} passed"
        return f"declared; {passed}{f' and {failed} failed' if failed else ''} on {self.date}"

    def as_dict(self) -> dict[str, Any]:
        return {
            "backend": self.backend,
            "primitives": {p: [r.as_dict() for r in results] for p, results in self.primitives.items()},
            "passed": self.count(True), "failed": self.count(False), "not_applicable": self.count(None),
            "date": self.date, "sentence": self.sentence,
        }  # fmt: skip


def check_backend(
    spec: BackendSpec,
    registry: Registry,
    *,
    params: Any = None,
    plays: int = 400,
    only: set[str] | None = None,
    primitives: set[str] | None = None,
    seed: int | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Report:
    """Run the checks (`only` some of them, by id) on every primitive of `spec` (or on some, by name).

    `params` are the backend's parameters or a mapping of their values; defaults otherwise. `plays` is the length of
    each game, `seed` fixes the game's secret bits. `progress` is told how many of all checks are done and which
    comes next. Raises UnknownNameError for an unknown check, PluginError when the backend's module does not load.
    """
    for name in sorted(only or ()):
        if name not in CHECKS:
            raise UnknownNameError("check", name, CHECKS)
    ready = build(spec.params, params or {}, owner=spec.id) if params is None or isinstance(params, Mapping) else params
    chosen = [name for name in CHECKS if only is None or name in only]
    todo = [(p, name) for p in spec.implements if primitives is None or p in primitives for name in chosen]
    results: dict[str, list[CheckResult]] = {}
    benches = dict(_benches(spec, registry, ready, plays=plays, seed=seed))
    for done, (primitive, name) in enumerate(todo):
        if progress:
            progress(done, len(todo), f"{primitive}: {name}")
        bench = benches.get(primitive)
        results.setdefault(primitive, []).append(run_check(name, bench) if bench else _no_case(name, primitive))
    if progress:
        progress(len(todo), len(todo), "done")
    return Report(spec.id, results)


def _benches(
    spec: BackendSpec, registry: Registry, params: Any, *, plays: int, seed: int | None
) -> Iterator[tuple[str, Bench]]:
    ready = {p: registry.mechanism(spec, p, params) for p in spec.implements if p in supported()}
    games = sum(len(m.parties(case_for(p).task)) - 1 for p, m in ready.items())
    for primitive, mechanism in ready.items():
        level = family_level(games=games)
        yield primitive, Bench(mechanism, case_for(primitive), plays=plays, alpha=level, seed=seed)


def run_check(name: str, bench: Bench) -> CheckResult:
    """Run one check; whatever a mechanism raises in it is a failure of that check."""
    try:
        return CHECKS[name](bench)
    except Exception as error:
        return CheckResult(name, _title(name), False, f"{type(error).__name__}: {error}")


def _no_case(name: str, primitive: str) -> CheckResult:
    return CheckResult(name, _title(name), None, f"this kit has no inputs for {primitive} yet")


def _title(name: str) -> str:
    doc = CHECKS[name].__doc__ or name
    return doc.strip().splitlines()[0].rstrip(".")
