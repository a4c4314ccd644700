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
from privacy.randomiser import Randomiser
from privacy.registry import Registry
from privacy.spec import BackendSpec
from privacy.testing.bench import Bench, CheckResult
from privacy.testing.cases import case_for, supported
from privacy.testing.checks import check_error, check_fresh, check_game, check_guarantee, check_length
from privacy.testing.checks_dropouts import check_dropouts
from privacy.testing.checks_input import check_bad_input
from privacy.testing.checks_keys import check_isolation, check_keys
from privacy.testing.checks_malformed import check_malformed
from privacy.testing.checks_wire import check_envelope
from privacy.testing.game import family_level, observers
from privacy.testing.randomiser_bench import FALSE_ALARMS, STATISTICAL, RandomiserBench, randomised_case
from privacy.testing.randomisers import RANDOMISER_CHECKS

_AUDIT_PLAYS = 50
"""Releases in an audit for each play of a game: they take microseconds, and small probabilities take many."""

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
    "dropouts": check_dropouts,
}


def checks_of(spec: BackendSpec) -> dict[str, Callable[[Any], CheckResult]]:
    """The checks of a backend's kind, by id."""
    return dict(RANDOMISER_CHECKS if spec.kind == "randomiser" else CHECKS)


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
    """Run the checks of its kind (`only` some of them, by id) on every primitive of `spec` (or on some, by name).

    `params` are the backend's parameters or a mapping of their values; defaults otherwise. `plays` is the length of
    each game, of which an audit has 50 times as many; `seed` fixes the game's secret bits. `progress` is told how
    many of all checks are done and which comes next. Raises UnknownNameError for an unknown check, PluginError when
    the backend's module does not load.
    """
    checks = checks_of(spec)
    for name in sorted(only or ()):
        if name not in checks:
            raise UnknownNameError("check", name, checks)
    ready = build(spec.params, params or {}, owner=spec.id) if params is None or isinstance(params, Mapping) else params
    chosen = [name for name in checks if only is None or name in only]
    todo = [(p, name) for p in spec.implements if primitives is None or p in primitives for name in chosen]
    results: dict[str, list[CheckResult]] = {}
    benches = dict(_benches(spec, registry, ready, plays=plays, seed=seed))
    for done, (primitive, name) in enumerate(todo):
        if progress:
            progress(done, len(todo), f"{primitive}: {name}")
        bench = benches.get(primitive)
        run = run_check(name, bench) if bench else _no_case(name, primitive, checks)
        results.setdefault(primitive, []).append(run)
    if progress:
        progress(len(todo), len(todo), "done")
    return Report(spec.id, results)


def _benches(
    spec: BackendSpec, registry: Registry, params: Any, *, plays: int, seed: int | None
) -> Iterator[tuple[str, Bench | RandomiserBench]]:
    if spec.kind == "randomiser":
        yield from _randomiser_benches(spec, registry, params, plays=plays, seed=seed)
        return
    ready = {p: registry.mechanism(spec, p, params) for p in spec.implements if p in supported()}
    games = sum(len(observers(m, case_for(p))) for p, m in ready.items())
    for primitive, mechanism in ready.items():
        level = family_level(games=games)
        yield primitive, Bench(mechanism, case_for(primitive), plays=plays, alpha=level, seed=seed)


def _randomiser_benches(
    spec: BackendSpec, registry: Registry, params: Any, *, plays: int, seed: int | None
) -> Iterator[tuple[str, RandomiserBench]]:
    ready = [p for p in spec.implements if p in supported()]
    for primitive in ready:

        def make(values: Any, primitive: str = primitive) -> Randomiser[Any]:
            return registry.randomiser(spec, primitive, values)

        make(params)
        level = FALSE_ALARMS / (STATISTICAL * len(ready))
        case = randomised_case(primitive)
        yield primitive, RandomiserBench(make, params, case, plays=_AUDIT_PLAYS * plays, alpha=level, seed=seed)


def run_check(name: str, bench: Bench | RandomiserBench) -> CheckResult:
    """Run one check; whatever a mechanism raises in it is a failure of that check."""
    checks: dict[str, Callable[[Any], CheckResult]]
    checks = dict(RANDOMISER_CHECKS if isinstance(bench, RandomiserBench) else CHECKS)
    try:
        return checks[name](bench)
    except Exception as error:
        return CheckResult(name, _title(checks[name]), False, f"{type(error).__name__}: {error}")


def _no_case(name: str, primitive: str, checks: dict[str, Callable[[Any], CheckResult]]) -> CheckResult:
    return CheckResult(name, _title(checks[name]), None, f"this kit has no inputs for {primitive} yet")


def _title(check: Callable[[Any], CheckResult]) -> str:
    doc = check.__doc__ or check.__name__
    return doc.strip().splitlines()[0].rstrip(".")
