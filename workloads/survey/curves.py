"""Curves of the disaggregation attack on a survey, made in a process of its own on demand, and kept."""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from privacy.plugin import RunRequest
from privacy.plugin.drawing import Curve, Point
from privacy.plugin.host import (
    JobBook,
    Progress,
    Report,
    code_fingerprint,
    code_of,
    fields_of,
    offered,
    opened,
    options_of,
    resolve,
    room,
    spec_of,
    work,
    write_atomic,
)
from privacy.plugin.running import Registry, discover
from workloads.survey.attacks import Target, curve, setting_of

KIND = "curve"
PLAIN, NOISE = "plain", "dp"
"""The stacks whose curves stand beside the chosen one's: what nothing protects, and what noise does."""


@dataclass(frozen=True)
class CurvesSnapshot(Progress):
    """The state of the curves of a request, the curves once they are there, and the size of cohort and population."""

    curves: tuple[Curve, ...] = ()
    cohort: int = 0
    devices: int = 0


class Curves:
    """The curves of a book of jobs, one job for each survey and stack."""

    def __init__(self, jobs: JobBook) -> None:
        self._jobs = jobs

    def snapshot(self, request: RunRequest, registry: Registry) -> CurvesSnapshot:
        """The state of the curves of this request."""
        key = _key(request, registry)
        # Read before the file, as a worker keeps its result before it ends.
        now = self._jobs.progress(KIND, key)
        kept = _load(_path(key))
        if kept is not None:
            return kept
        if now.state == "done":
            return CurvesSnapshot("failed", error="The curves were not kept; start the attack again.")
        return CurvesSnapshot(**vars(now))

    def start(self, request: RunRequest, registry: Registry) -> None:
        """Start the attack unless it runs or is done already."""
        if self.snapshot(request, registry).state not in ("running", "done"):
            key = _key(request, registry)
            self._jobs.start(KIND, key, "workloads.survey.curves", request.as_dict(), str(_path(key)))

    def cancel(self, request: RunRequest, registry: Registry) -> None:
        """Stop the attack; what it had measured is dropped."""
        self._jobs.cancel(KIND, _key(request, registry))


def series(request: RunRequest, registry: Registry) -> list[tuple[RunRequest, bool]]:
    """What is drawn, in order: a request, and whether its cohorts are fixed."""
    spec = spec_of(request, registry)
    beside = [s for s in (PLAIN, NOISE) if s in offered(spec, registry) and s != request.stack]
    known = {s: set(fields_of(s, spec, registry)) for s in beside}
    others = [
        replace(request, stack=s, params={k: v for k, v in request.params.items() if k in known[s]}) for s in beside
    ]
    return [(request, False), (request, True), *((one, False) for one in others)]


def measure(request: RunRequest, registry: Registry, report: Report) -> CurvesSnapshot:
    """The curves of a request. ParamError or DataError for a survey that cannot be held."""
    drawn, wanted = [], series(request, registry)
    for place, (one, fixed) in enumerate(wanted):
        title = " + ".join(member.title for member in registry.members(one.stack))
        kind = "fixed" if fixed else "changing"
        report(place, len(wanted), f"{title}, {kind} cohorts")
        case = opened(one, registry)
        seats = case.seats(registry).rehearsal()
        points = curve(Target.of(case.case.inner, seats, seed=one.seed), fixed=fixed)
        drawn.append(Curve(f"{title}, {kind}", tuple(Point(*point) for point in points), fixed))
    setting = setting_of(case.case.inner, fixed=False)
    return CurvesSnapshot("done", curves=tuple(drawn), cohort=setting.cohort, devices=setting.devices)


def _key(request: RunRequest, registry: Registry) -> str:
    spec = spec_of(request, registry)
    data = code_of(spec).data_hash(request, options_of(request, registry))
    codes = [code_fingerprint(resolve(one, registry), spec) for one, _ in series(request, registry)]
    return request.key(data, *codes)


def _path(key: str) -> Path:
    return room("rounds") / f"{key}.json"


def _load(path: Path) -> CurvesSnapshot | None:
    try:
        words = json.loads(path.read_bytes())
        drawn = tuple(Curve(n, tuple(Point(*p) for p in points), bool(fixed)) for n, points, fixed in words["curves"])
        return CurvesSnapshot("done", curves=drawn, cohort=words["cohort"], devices=words["devices"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def attack(values: dict[str, Any], report: Report) -> None:
    """Runs in the worker: measure the request's curves, and keep them in the file that the arguments name."""
    found = measure(RunRequest.from_dict(values), discover(), report)
    curves = [[c.name, [list(p) for p in c.points], c.fixed] for c in found.curves]
    words = {"curves": curves, "cohort": found.cohort, "devices": found.devices}
    write_atomic(Path(sys.argv[1]), json.dumps(words).encode())


if __name__ == "__main__":
    work(attack)
