"""Running the checks of one backend: what is checked where, with which seed, and what a hang or a crash counts as."""

import hashlib
import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from privacy.boundary.party import Party
from privacy.deadline import Aside, within
from privacy.errors import VeilbenchError
from privacy.randomiser import Randomiser
from privacy.registry import Registry
from privacy.spec import BackendSpec
from privacy.testing.bench import NOT_RUN, UNFINISHED, Bench, CheckResult
from privacy.testing.case import Case
from privacy.testing.cases import case_for, other_cases, supported
from privacy.testing.counting import games_of
from privacy.testing.game import family_level, looks_back, observers
from privacy.testing.other_params import other_params
from privacy.testing.places import IN_PROCESS, PLACES, Place, places
from privacy.testing.randomiser_bench import FALSE_ALARMS, STATISTICAL, RandomiserBench, randomised_case
from privacy.testing.report import property_of
from privacy.testing.wording import texts_of

T = TypeVar("T")
Checks = dict[str, Callable[[Any], CheckResult]]

ELSEWHERE = (
    "error", "game", "length", "bytes", "bad-input", "envelope", "malformed", "keys", "fresh", "dropouts"
)  # fmt: skip
"""The checks that are made again with the computing parties in other processes and on servers."""

AUDIT_PLAYS = 50
"""Releases in an audit for each play of a game: they take microseconds, and small probabilities take many."""
QUICK_SECONDS = 9.0
"""What a quick check takes at most, once it has begun."""

QUICK_PLAYS = 60
_QUICK_AUDIT = 1.5
_NOT_QUICK = ("isolation", "device", "memoised", "variants", "settings")
_GAMES = ("game", "linked", "fallback", "audit")
_LEAST_GAME = 1.5
_VARIED = 0.2
"""The share of all false alarms that games at other sizes and with other parameters may make."""
_SETTLING, _LOOK = 1.5, 2.0
_GAME_SHARE = 8
_SAME_RUNS = {"linked": "game"}
"""Checks that look at the runs of another, and so draw as it does."""
APART = ("variants",)
"""Checks that share no runs with others."""
_HANGS = 2
_RUNS = 25
"""Runs that the smallest check of outputs makes: a backend that is too slow for them is too slow for all checks."""
_QUICK_RUNS = 4


@dataclass(frozen=True)
class Todo:
    """One check to run: of which primitive, at which place."""

    primitive: str
    check: str
    place: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from every other check of a backend."""
        return self.primitive, self.check, self.place

    @property
    def part(self) -> str:
        """The part of all checks that it belongs to: those of a part share runs, and are made in one process."""
        where = "here" if self.place == IN_PROCESS else "elsewhere"
        return f"{self.primitive} {self.check if self.check in APART else where}"

    def seed(self, seed: int) -> int:
        """A seed of its own, so that the check draws the same whether it runs alone or among others."""
        drawn = replace(self, check=_SAME_RUNS.get(self.check, self.check))
        return int.from_bytes(hashlib.sha256(f"{seed} {drawn}".encode()).digest()[:6])


class Runner:
    """The checks of one backend with one set of parameters; `quick` is how many seconds a quick look may take.

    A `brief` runner tries as little of each thing in process as it does elsewhere, a `thorough` one leaves out nothing.

    `alive` is called every few seconds of a check: its thread may hang, and this one does not.
    """

    def __init__(
        self, spec: BackendSpec, registry: Registry, params: Any, checks: Checks, *, plays: int, patience: float,
        quick: float = 0.0, brief: bool = False, thorough: bool = False, alive: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._alive, self._brief, self._thorough = alive, brief or quick > 0, thorough
        self._spec, self._registry, self._params, self._checks = spec, registry, params, checks
        self._plays, self._patience, self._quick = plays, patience, quick > 0
        self._until = time.monotonic() + quick
        self._share: dict[str, float] = {}
        self._gaming = False
        self._behind: list[Aside[Any]] = []
        self._paces: dict[tuple[str, str], float] = {}
        self._slow: dict[str, str] = {}
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

    @property
    def sizes(self) -> dict[str, tuple[str, ...]]:
        """What each carrier is also tried at, by primitive: other sizes and other parameters."""
        return {p: tuple(b.variants) for p, b in self._benches.items() if isinstance(b, Bench)}

    def todo(
        self, *, only: Collection[str] | None, primitives: Collection[str] | None, places: Collection[str]
    ) -> Iterator[Todo]:
        """What there is to do, primitive by primitive, in process first. A quick check leaves games until the end."""
        found = self._todo(only, primitives, places)
        return iter(sorted(found, key=lambda one: one.check in _GAMES)) if self._quick else found

    def _todo(
        self, only: Collection[str] | None, primitives: Collection[str] | None, places: Collection[str]
    ) -> Iterator[Todo]:
        for primitive in self._spec.implements:
            bench = self._benches.get(primitive)
            movable = isinstance(bench, Bench) and bool(bench.computing)
            for place in (p for p in PLACES if p in places and (p == IN_PROCESS or movable)):
                for name in self._checks:
                    wanted = (only is None or name in only) and (primitives is None or primitive in primitives)
                    if wanted and (place == IN_PROCESS or name in ELSEWHERE):
                        yield Todo(primitive, name, place)

    def parts(self, todo: Collection[Todo]) -> list[list[Todo]]:
        """What there is to do in parts, those that take longest first: in process, and where there are many parties."""
        found = dict[str, list[Todo]]()
        for one in todo:
            found.setdefault(one.part, []).append(one)
        return sorted(found.values(), key=lambda part: (part[0].place != IN_PROCESS, -self._size(part[0].primitive)))

    def _size(self, primitive: str) -> int:
        bench = self._benches.get(primitive)
        return len(bench.parties) if isinstance(bench, Bench) else 0

    def seat(self, names: Collection[str], seats: ExitStack) -> None:
        """The places are ready until `seats` are left."""
        if set(names) <= self._places.keys():
            return
        computing: set[Party] = set()
        carriers = [b for b in self._benches.values() if isinstance(b, Bench)]
        for bench in carriers:
            computing |= set(bench.computing)
        modules = (*self._spec.modules, *(type(b.mechanism).__module__ for b in carriers))
        self._places |= seats.enter_context(places(names, computing, self._registry, modules=modules))

    def run(self, one: Todo, seed: int) -> CheckResult:
        """Run one check; what a mechanism raises in it is a failure of it. Without an answer it is not finished."""
        began = time.perf_counter()
        found = self._found(one, seed)
        return replace(
            found, property=property_of(found.id), place=one.place, seconds=round(time.perf_counter() - began, 3)
        )

    def _found(self, one: Todo, seed: int) -> CheckResult:
        check = self._checks[one.check]
        if one.primitive in self._broken:
            return CheckResult(one.check, title(check), False, self._broken[one.primitive])
        bench = self._benches.get(one.primitive)
        if bench is None:
            return CheckResult(one.check, title(check), None, f"this kit has no inputs for {one.primitive} yet")
        if self._hung[one.primitive] >= _HANGS:
            return CheckResult(one.check, title(check), None, f"{UNFINISHED}{_HANGS} checks before it had no answer")
        if one.primitive in self._slow:
            return CheckResult(one.check, title(check), None, f"{UNFINISHED}{self._slow[one.primitive]}")
        if self._quick and one.check in _NOT_QUICK:
            return _not_run(one, check, "it is no part of a quick check")
        self._gaming = one.check in _GAMES
        placed = self._placed(bench, one, seed)
        if isinstance(placed, Bench) and (slow := self._too_slow(placed, one)):
            self._slow[one.primitive] = "the backend is too slow"
            return slow
        left = self._left(one.primitive)
        if left <= (_LEAST_GAME if self._gaming else 0):
            return _not_run(one, check, "the time of a quick check was up")
        try:
            return self._within(min(self._patience, left), lambda: check(placed))
        except TimeoutError as error:
            if self._quick:
                return _not_run(one, check, "the time of a quick check was up")
            self._hung[one.primitive] += 1
            return CheckResult(one.check, title(check), None, f"{UNFINISHED}{error}")
        except (Exception, SystemExit) as error:
            return CheckResult(one.check, title(check), False, _sentence(error))

    def _within(self, seconds: float, work: Callable[[], T]) -> T:
        """What `work` returns; TimeoutError when it takes longer, without the time in which the machine ran others."""
        aside, began, left = Aside(work), time.monotonic(), seconds
        while not aside.over(min(_LOOK, max(0.0, left))):
            left = began + seconds + aside.starved() - time.monotonic()
            if left <= 0:
                self._behind.append(aside)
                raise TimeoutError(f"no answer within {seconds:g} s")
            self._alive()
        return aside.result()

    def settle(self) -> None:
        """Wait a little for checks that were left behind: a process must not end in the middle of their native code."""
        until = time.monotonic() + _SETTLING
        for aside in self._behind:
            aside.over(max(0.0, until - time.monotonic()))

    def _left(self, primitive: str) -> float:
        """Seconds that a quick check has left for a primitive: all get the same share, and games what is over."""
        if not self._quick:
            return math.inf
        now = time.monotonic()
        if self._gaming:
            return self._until - now
        if primitive not in self._share:
            waiting = max(1, len(self._benches) - len(self._share))
            self._share[primitive] = now + (self._until - now) / waiting
        return self._share[primitive] - now

    def _too_slow(self, bench: Bench, one: Todo) -> CheckResult | None:
        """The one verdict on a backend whose runs take too long to be checked; None where they do not."""
        limit = min(self._patience, self._left(one.primitive))
        runs = _QUICK_RUNS if self._quick else _RUNS
        if (one.primitive, one.place) in self._paces:
            return None
        pace, began = 0.0, time.perf_counter()
        try:
            self._within(limit, lambda: bench.run(bench.published()[0], bench.case.x0))
            pace = time.perf_counter() - began
        except TimeoutError:
            pace = math.inf
        except (Exception, SystemExit):
            # What goes wrong in a run is for the checks to say.
            pace = 0.0
        self._paces[one.primitive, one.place] = pace
        if pace * runs <= limit:
            return None
        took = f"takes {pace:.1f} s" if math.isfinite(pace) else f"had no answer within {limit:.3g} s"
        slower = "check it with smaller parameters, or on the command line with more --patience"
        then = "leave --quick out" if self._quick else slower
        text = f"one run of {one.primitive}, {one.place}, {took}; no check was made: {then}"
        return CheckResult("speed", "Fast enough to be checked", None, f"{UNFINISHED}too slow: {text}")

    def _placed(self, bench: Bench | RandomiserBench, one: Todo, seed: int) -> Bench | RandomiserBench:
        if isinstance(bench, RandomiserBench):
            return replace(bench, seed=one.seed(seed))
        pace = self._paces.get((one.primitive, one.place), 0.0)
        plays = bench.plays if one.place == IN_PROCESS else max(2, bench.plays // _GAME_SHARE)
        if pace * plays > self._patience / 2:
            plays = max(2, int(self._patience / 2 / pace))
        return replace(
            bench, seed=one.seed(seed), place=self._places[one.place], plays=plays, brief=self._brief,
            until=time.monotonic() + self._left(one.primitive),
        )  # fmt: skip

    def _bench(self, primitive: str) -> Bench | RandomiserBench:
        if self._spec.kind == "randomiser":
            return self._randomised(primitive)
        mechanism = self._registry.mechanism(self._spec, primitive, self._params)
        texts = texts_of(self._spec)
        bench = Bench(mechanism, case_for(primitive), plays=self._plays, thorough=self._thorough, texts=texts)
        # What a check would stumble over again and again is said once.
        observers(mechanism, bench.case)
        return bench

    def _randomised(self, primitive: str) -> RandomiserBench:
        def make(values: Any) -> Randomiser[Any]:
            return self._registry.randomiser(self._spec, primitive, values)

        make(self._params)
        seconds = _QUICK_AUDIT if self._quick else math.inf
        return RandomiserBench(
            make, self._params, randomised_case(primitive), plays=AUDIT_PLAYS * self._plays, seconds=seconds,
            brief=self._quick, texts=texts_of(self._spec),
        )  # fmt: skip

    def _share_alarms(self) -> None:
        """Share the suite's false alarms out over all that rests on chance, at every place (Bonferroni)."""
        carriers = {p: b for p, b in self._benches.items() if isinstance(b, Bench)}
        games = sum(_games(b) for b in carriers.values())
        varied = {p: self._variants(p, b) for p, b in carriers.items()}
        # How many games a variant has is known once it is made: it shares its part out by itself.
        level = _VARIED * FALSE_ALARMS / max(1, sum(map(len, varied.values())))
        for primitive, bench in carriers.items():
            variants = {name: partial(make, level) for name, make in varied[primitive].items()}
            alpha = family_level(games=games, share=1 - _VARIED)
            self._benches[primitive] = replace(bench, alpha=alpha, variants=variants)
        audits = [p for p, b in self._benches.items() if isinstance(b, RandomiserBench)]
        for primitive in audits:
            alpha = FALSE_ALARMS / (STATISTICAL * len(audits))
            self._benches[primitive] = replace(self._benches[primitive], alpha=alpha)

    def _variants(self, primitive: str, bench: Bench) -> dict[str, Callable[[float], Bench]]:
        """The same backend at other sizes and with other parameters: how each is made, at which false-alarm rate."""

        def make(case: Case, params: Any, level: float) -> Bench:
            mechanism = self._registry.mechanism(self._spec, primitive, params)
            return replace(bench, mechanism=mechanism, case=case, alpha=level, variants={}, kept={})

        found: dict[str, Callable[[float], Bench]]
        found = {name: partial(make, case, self._params) for name, case in other_cases(primitive).items()}
        for name, params in other_params(self._params, primitive):
            found[name] = partial(make, bench.case, params)
        return found


def _games(bench: Bench) -> int:
    here = games_of(bench.mechanism, bench.case)
    remote = len(PLACES) - 1 if bench.computing else 0
    watching = observers(bench.mechanism, bench.case)
    return here + remote * (len(watching) + sum(map(looks_back, watching)))


def _not_run(one: Todo, check: Callable[[Any], CheckResult], why: str) -> CheckResult:
    return CheckResult(one.check, title(check), None, f"{NOT_RUN}{why}")


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
