"""The conformance kit: every check on every primitive of one backend, wherever its computing parties sit.

The kit knows primitives, never backends. Passing is evidence and no proof: a report says how many checks passed and
when, next to what the backend declares of itself.
"""

import secrets
import shlex
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from privacy.errors import UnknownNameError
from privacy.fingerprint import code_of, digest_of
from privacy.params import build
from privacy.registry import Registry
from privacy.spec import BackendSpec
from privacy.testing.bench import Bench, CheckResult
from privacy.testing.checks.algebra import check_algebra
from privacy.testing.checks.anew import check_anew
from privacy.testing.checks.batch import check_batch
from privacy.testing.checks.beside import check_bytes, check_stash
from privacy.testing.checks.charged import check_charged
from privacy.testing.checks.claims import check_error, check_fresh, check_game, check_guarantee, check_length
from privacy.testing.checks.device import check_device
from privacy.testing.checks.dropouts import check_dropouts
from privacy.testing.checks.entropy import check_entropy
from privacy.testing.checks.fallback import check_fallback
from privacy.testing.checks.forwarded import check_forwarded
from privacy.testing.checks.input import check_bad_input
from privacy.testing.checks.keys import check_isolation, check_keys
from privacy.testing.checks.linked import check_linked, check_memoised
from privacy.testing.checks.malformed import check_malformed
from privacy.testing.checks.quiet import check_quiet
from privacy.testing.checks.seeded import check_seeded
from privacy.testing.checks.variants import check_variants
from privacy.testing.checks.wire import check_envelope
from privacy.testing.game import FALSE_ALARMS
from privacy.testing.places import IN_PROCESS, PLACES
from privacy.testing.randomiser_bench import RandomiserBench
from privacy.testing.randomisers import RANDOMISER_CHECKS
from privacy.testing.report import PROPERTIES, USUAL_PLAYS, Property, Report, property_of
from privacy.testing.runner import QUICK_PLAYS, QUICK_SECONDS, Checks, Runner, Todo, title

__all__ = [
    "CHECKS",
    "PLACES",
    "PROPERTIES",
    "QUICK_SECONDS",
    "Property",
    "Report",
    "check_backend",
    "checks_of",
    "run_check",
]

PLAYS = USUAL_PLAYS

CHECKS: dict[str, Callable[[Bench], CheckResult]] = {
    "error": check_error,
    "batch": check_batch,
    "game": check_game,
    "length": check_length,
    "anew": check_anew,
    "bad-input": check_bad_input,
    "quiet": check_quiet,
    "envelope": check_envelope,
    "malformed": check_malformed,
    "keys": check_keys,
    "isolation": check_isolation,
    "fresh": check_fresh,
    "guarantee": check_guarantee,
    "dropouts": check_dropouts,
    "bytes": check_bytes,
    "stash": check_stash,
    "seeded": check_seeded,
    "linked": check_linked,
    "memoised": check_memoised,
    "device": check_device,
    "fallback": check_fallback,
    "forwarded": check_forwarded,
    "algebra": check_algebra,
    "entropy": check_entropy,
    "charged": check_charged,
    "variants": check_variants,
}


def checks_of(spec: BackendSpec) -> dict[str, Callable[[Any], CheckResult]]:
    """The checks of a backend's kind, by id."""
    return dict(RANDOMISER_CHECKS if spec.kind == "randomiser" else CHECKS)


def check_backend(
    spec: BackendSpec,
    registry: Registry,
    *,
    params: Any = None,
    plays: int = PLAYS,
    only: Collection[str] | None = None,
    primitives: Collection[str] | None = None,
    seed: int | None = None,
    places: Collection[str] = PLACES,
    patience: float = 120.0,
    progress: Callable[[int, int, str], None] | None = None,
    row: Callable[[str, CheckResult], None] | None = None,
    skip: Collection[Collection[str]] = (),
    last: Collection[Collection[str]] = (),
    quick: bool = False,
    thorough: bool = False,
    seconds: float = QUICK_SECONDS,
    take: Callable[[str], bool] | None = None,
) -> Report:
    """Run the checks of its kind (`only` some of them, by id) on every primitive of `spec` (or on some, by name).

    `params` are the backend's parameters or a mapping of their values; defaults otherwise. `plays` is the length of
    each game, of which an audit has 50 times as many. `seed` fixes coins and inputs (chosen at random otherwise), never
    keys or noise. `places` are where the computing parties sit in turn; elsewhere than in process each check tries
    less. A check that takes longer than `patience` seconds is not finished. `progress` is told how many of all checks
    are done and which comes next, `row` each primitive and result as it comes. `quick` is a look of `seconds` in all,
    in process: short games, fewer tries, and what there is no time for is not run. `thorough` plays all games at full
    length, also those at other sizes and with other parameters. `skip` are checks that need not be
    run, `last` those that come after all others: primitive, id and place of each. `take` is asked for each part of the
    checks, by its name, whether it is this process that makes it: then the longest come first. Raises UnknownNameError
    for an unknown check, primitive or place, ParamError for bad parameters. A backend that cannot be loaded or set up
    fails its checks.
    """
    checks = checks_of(spec)
    for what, names, known in (
        ("check", only, checks),
        ("place", places, PLACES),
        ("primitive", primitives, spec.implements),
    ):
        _known(what, names or (), known)
    plays, places = (min(plays, QUICK_PLAYS), (IN_PROCESS,)) if quick else (plays, places)
    ready = build(spec.params, params or {}, owner=spec.id) if params is None or isinstance(params, Mapping) else params
    drawn, began = secrets.randbits(40) if seed is None else seed, time.perf_counter()
    tell, at = progress or (lambda done, total, label: None), [(0, 0, "loading the plugin")]
    runner = Runner(
        spec, registry, ready, checks, plays=plays, patience=patience, quick=seconds if quick else 0.0,
        thorough=thorough, alive=lambda: tell(*at[0]),
    )  # fmt: skip
    left_out, late = set(map(tuple, skip)), set(map(tuple, last))
    every = list(runner.todo(only=only, primitives=primitives, places=places))
    todo = sorted((t for t in every if t.key not in left_out), key=lambda one: one.key in late)
    results, done = dict[str, list[CheckResult]](), 0
    apart = {one.place for one in todo} - {IN_PROCESS}
    with ExitStack() as seats:
        for part in [todo] if take is None else runner.parts(todo):
            if take is not None and not take(part[0].part):
                continue
            for names in ({IN_PROCESS}, apart):
                if names & {one.place for one in part}:
                    runner.seat(names, seats)
            for one in part:
                at[0] = (done, len(todo), f"{one.primitive}: {one.check}, {one.place}")
                tell(*at[0])
                again = _command(spec, ready, one, seed=drawn, plays=plays)
                found = replace(runner.run(one, drawn), reproduce=again)
                results.setdefault(one.primitive, []).append(found)
                done += 1
                if row:
                    row(one.primitive, found)
        tell(done, len(todo), "done")
    runner.settle()
    return Report(
        spec.id, results, version=registry.version(spec.id), params=dict(vars(ready)), seed=drawn, plays=plays,
        seconds=time.perf_counter() - began, false_alarm=FALSE_ALARMS, code=code_of(spec, also=("testing",)),
        total=len(every), digest=digest_of(spec), places=tuple(p for p in PLACES if p in {t.place for t in every}),
        sizes=runner.sizes,
    )  # fmt: skip


def _known(what: str, names: Collection[str], known: Collection[str]) -> None:
    for name in sorted(names):
        if name not in known:
            raise UnknownNameError(what, name, known)


def _command(spec: BackendSpec, params: Any, one: Todo, *, seed: int, plays: int) -> str:
    """The command that runs one check again as it was."""
    usual = vars(build(spec.params, {}, owner=spec.id))
    words = ["veilbench check", spec.id, "--primitive", one.primitive, "--only", one.check]
    words += ["--place", shlex.quote(one.place), "--seed", str(seed)]
    words += ["--plays", str(plays)] if plays != PLAYS else []
    for name, value in vars(params).items():
        words += ["--param", shlex.quote(f"{name}={value}")] if value != usual.get(name) else []
    return " ".join(words)


def run_check(name: str, bench: Bench | RandomiserBench) -> CheckResult:
    """Run one check on a bench of the caller's; whatever a mechanism raises in it is a failure of that check."""
    checks: Checks = dict(RANDOMISER_CHECKS) if isinstance(bench, RandomiserBench) else dict(CHECKS)
    check, place = checks[name], bench.place.name if isinstance(bench, Bench) else IN_PROCESS
    try:
        found = check(bench)
    except Exception as error:
        found = CheckResult(name, title(check), False, f"{type(error).__name__}: {error}")
    return replace(found, property=property_of(name), place=place)
