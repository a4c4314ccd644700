"""Running the checks of one backend: what is checked where, with which seed, and what a hang or a crash counts as."""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from privacy.boundary.party import Party
from privacy.deadline import within
from privacy.errors import VeilbenchError
from privacy.randomiser import Randomiser
from privacy.registry import Registry
from privacy.spec import BackendSpec
from privacy.testing.bench import Bench, CheckResult
from privacy.testing.cases import case_for, supported
from privacy.testing.counting import games_of
from privacy.testing.game import family_level, observers
from privacy.testing.places import IN_PROCESS, PLACES, Place, places
from privacy.testing.randomiser_bench import FALSE_ALARMS, STATISTICAL, RandomiserBench, randomised_case
from privacy.testing.report import property_of

Checks = dict[str, Callable[[Any], CheckResult]]

ELSEWHERE = (
    "error", "game", "length", "bytes", "bad-input", "envelope", "malformed", "keys", "fresh", "dropouts"
)  # fmt: skip
"""The checks that are made again with the computing parties in other processes and on servers."""

AUDIT_PLAYS = 50
"""Releases in an audit for each play of a game: they take microseconds, and small probabilities take many."""
_GAME_SHARE = 8
_HANGS = 2


@dataclass(frozen=True)
class Todo:
    """One check to run: of which primitive, at which place."""

    primitive: str
    check: str
    place: str

    def seed(self, seed: int) -> int:
        """A seed of its own, so that the check draws the same whether it runs alone or among others."""
        return int.from_bytes(hashlib.sha256(f"{seed} {self}".encode()).digest()[:6])


class Runner:
    """The checks of one backend with one set of parameters."""

    def __init__(
        self, spec: BackendSpec, registry: Registry, params: Any, checks: Checks, *, plays: int, patience: float
    ) -> None:
        self._spec, self._registry, self._params, self._checks = spec, registry, params, checks
        self._plays, self._patience = plays, patience
        self._benches: dict[str, Bench | RandomiserBench] = {}
        self._broken: dict[str, str] = {}
        self._hung: Counter[str] = Counter()
        self._places: dict[str, Place] = {}
        for primitive in (p for p in spec.implements if p in supported()):
            try:
                self._benches[primitive] = within(patience, lambda p=primitive: self._bench(p))  # type: ignore[misc]
            except (Exception, SystemExit) as error:
                self._broken[primitive] = f"it cannot be set up: {_sentence(error)}"
        self._share_alarms()

    def todo(
        self, *, only: Collection[str] | None, primitives: Collection[str] | None, places: Collection[str]
    ) -> Iterator[Todo]:
        """What there is to do, primitive by primitive, in process first."""
        for primitive in self._spec.implements:
            bench = self._benches.get(primitive)
            movable = isinstance(bench, Bench) and bool(bench.computing)
            for place in (p for p in PLACES if p in places and (p == IN_PROCESS or movable)):
                for name in self._checks:
                    wanted = (only is None or name in only) and (primitives is None or primitive in primitives)
                    if wanted and (place == IN_PROCESS or name in ELSEWHERE):
                        yield Todo(primitive, name, place)

    @contextmanager
    def seated(self, names: Collection[str]) -> Iterator[None]:
        """The places are ready for as long as this lasts."""
        computing: set[Party] = set()
        for bench in self._benches.values():
            computing |= set(bench.computing) if isinstance(bench, Bench) else set()
        with places(names, computing, self._registry) as found:
            self._places = found
            yield

    def run(self, one: Todo, seed: int) -> CheckResult:
        """Run one check; whatever a mechanism raises in it, and no answer in time, is a failure of that check."""
        began = time.perf_counter()
        found = self._found(one, seed)
        return replace(
            found, property=property_of(one.check), place=one.place, seconds=round(time.perf_counter() - began, 3)
        )

    def _found(self, one: Todo, seed: int) -> CheckResult:
        check = self._checks[one.check]
        if one.primitive in self._broken:
            return CheckResult(one.check, title(check), False, self._broken[one.primitive])
        bench = self._benches.get(one.primitive)
        if bench is None:
            return CheckResult(one.check, title(check), None, f"this kit has no inputs for {one.primitive} yet")
        if self._hung[one.primitive] >= _HANGS:
            return CheckResult(one.check, title(check), False, f"not run: {_HANGS} checks before it had no answer")
        try:
            return within(self._patience, lambda: check(self._placed(bench, one, seed)))
        except TimeoutError as error:
            self._hung[one.primitive] += 1
            return CheckResult(one.check, title(check), False, str(error))
        except (Exception, SystemExit) as error:
            return CheckResult(one.check, title(check), False, _sentence(error))

    def _placed(self, bench: Bench | RandomiserBench, one: Todo, seed: int) -> Bench | RandomiserBench:
        if isinstance(bench, RandomiserBench):
            return replace(bench, seed=one.seed(seed))
        plays = bench.plays if one.place == IN_PROCESS else max(2, bench.plays // _GAME_SHARE)
        return replace(bench, seed=one.seed(seed), place=self._places[one.place], plays=plays)

    def _bench(self, primitive: str) -> Bench | RandomiserBench:
        if self._spec.kind == "randomiser":
            return self._randomised(primitive)
        mechanism = self._registry.mechanism(self._spec, primitive, self._params)
        bench = Bench(mechanism, case_for(primitive), plays=self._plays)
        # What a check would stumble over again and again is said once.
        observers(mechanism, bench.case)
        return bench

    def _randomised(self, primitive: str) -> RandomiserBench:
        def make(values: Any) -> Randomiser[Any]:
            return self._registry.randomiser(self._spec, primitive, values)

        make(self._params)
        return RandomiserBench(make, self._params, randomised_case(primitive), plays=AUDIT_PLAYS * self._plays)

    def _share_alarms(self) -> None:
        """Share the suite's false alarms out over all that rests on chance, at every place (Bonferroni)."""
        carriers = {p: b for p, b in self._benches.items() if isinstance(b, Bench)}
        games = sum(_games(b) for b in carriers.values())
        for primitive, bench in carriers.items():
            self._benches[primitive] = replace(bench, alpha=family_level(games=games))
        audits = [p for p, b in self._benches.items() if isinstance(b, RandomiserBench)]
        for primitive in audits:
            alpha = FALSE_ALARMS / (STATISTICAL * len(audits))
            self._benches[primitive] = replace(self._benches[primitive], alpha=alpha)


def _games(bench: Bench) -> int:
    here = games_of(bench.mechanism, bench.case)
    elsewhere = len(PLACES) - 1 if bench.computing else 0
    return here + elsewhere * len(observers(bench.mechanism, bench.case))


def _sentence(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        text = "and its own words cannot be read"
    return text if isinstance(error, VeilbenchError) and text else f"{type(error).__name__}: {text}"


def title(check: Callable[[Any], CheckResult]) -> str:
    """What a check is about, from the first line of its docstring."""
    doc = check.__doc__ or check.__name__
    return doc.strip().splitlines()[0].rstrip(".")
