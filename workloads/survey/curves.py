"""Curves of the disaggregation attack on a survey, made in a process of its own when they are asked for, and kept."""

import json
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from privacy.fingerprint import code_fingerprint
from privacy.home import guarded, home, write_atomic
from privacy.jobs.job import Job, Progress, Report, work
from privacy.plots.disaggregation import Curve, Point
from privacy.registry import Registry, discover
from privacy.request import RunRequest
from workloads.catalogue import workload_of
from workloads.survey.attacks import Target, curve, setting_of
from workloads.survey.round import read

PLAIN, NOISE = "plain", "dp"
"""The stacks whose curves stand beside the chosen one's: what nothing protects, and what noise does."""


@dataclass(frozen=True)
class RoundsSnapshot(Progress):
    """The state of the curves of a request, the curves once they are there, and the size of cohort and population."""

    curves: tuple[Curve, ...] = ()
    cohort: int = 0
    devices: int = 0


class Rounds:
    """One job for each survey and stack, however many tabs ask for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}

    def snapshot(self, request: RunRequest, registry: Registry) -> RoundsSnapshot:
        """The state of the curves of this request."""
        key = _key(request, registry)
        with self._lock:
            job = self._jobs.get(key)
        # Read before the file, as a worker keeps its result before it ends.
        now = job.progress if job else Progress("absent")
        kept = _load(_path(key))
        if kept is not None:
            return kept
        if now.state == "done":
            return RoundsSnapshot("failed", error="The curves were not kept; start the attack again.")
        return RoundsSnapshot(**vars(now))

    def start(self, request: RunRequest, registry: Registry) -> None:
        """Start the attack unless it runs or is done already."""
        if self.snapshot(request, registry).state in ("running", "done"):
            return
        key = _key(request, registry)
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.progress.state != "running":
                self._jobs[key] = Job("workloads.survey.curves", request.as_dict(), str(_path(key)))

    def cancel(self, request: RunRequest, registry: Registry) -> None:
        """Stop the attack; what it had measured is dropped."""
        with self._lock:
            job = self._jobs.get(_key(request, registry))
        if job:
            job.cancel()

    def close(self) -> None:
        """End every running job and wait for it to be gone."""
        for job in list(self._jobs.values()):
            job.close()


def series(request: RunRequest, registry: Registry) -> list[tuple[RunRequest, bool]]:
    """What is drawn, in order: a request, and whether its cohorts are fixed."""
    offered = workload_of(request).offered(registry)
    beside = [s for s in (PLAIN, NOISE) if s in offered and s != request.stack]
    known = {s: {k: v for k, v in request.params.items() if k in _fields(request, s, registry)} for s in beside}
    others = [replace(request, stack=s, params=known[s]) for s in beside]
    return [(request, False), (request, True), *((one, False) for one in others)]


def _fields(request: RunRequest, stack: str, registry: Registry) -> set[str]:
    return set(registry.fields(stack, primitives=workload_of(request).primitives))


def measure(request: RunRequest, registry: Registry, report: Report) -> RoundsSnapshot:
    """The curves of a request. ParamError or DataError for a survey that cannot be asked."""
    drawn, asked = [], series(request, registry)
    for place, (one, fixed) in enumerate(asked):
        title = " + ".join(member.title for member in registry.members(one.stack))
        report(place, len(asked), f"{title}, {'fixed' if fixed else 'changing'} cohorts")
        question = read(one, registry)
        points = curve(Target.of(question, registry, seed=one.seed), fixed=fixed)
        name = f"{title}, {'fixed' if fixed else 'changing'}"
        drawn.append(Curve(name, tuple(Point(*point) for point in points), fixed))
    setting = setting_of(question, fixed=False)
    return RoundsSnapshot("done", curves=tuple(drawn), cohort=setting.cohort, devices=setting.devices)


def _key(request: RunRequest, registry: Registry) -> str:
    workload = workload_of(request)
    codes = [code_fingerprint(workload.resolve(one, registry)) for one, _ in series(request, registry)]
    return request.key(workload.data_hash(request), *codes)


def _path(key: str) -> Path:
    folder = home() / "rounds"
    guarded(lambda: folder.mkdir(exist_ok=True, mode=0o700), folder)
    return folder / f"{key}.json"


def _load(path: Path) -> RoundsSnapshot | None:
    try:
        said = json.loads(path.read_bytes())
        drawn = tuple(Curve(n, tuple(Point(*p) for p in points), bool(fixed)) for n, points, fixed in said["curves"])
        return RoundsSnapshot("done", curves=drawn, cohort=said["cohort"], devices=said["devices"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def attack(values: dict[str, Any], report: Report) -> None:
    """Runs in the worker: measure the request's curves, and keep them in the file that the arguments name."""
    import sys

    found = measure(RunRequest.from_dict(values), discover(), report)
    curves = [[c.name, [list(p) for p in c.points], c.fixed] for c in found.curves]
    said = {"curves": curves, "cohort": found.cohort, "devices": found.devices}
    write_atomic(Path(sys.argv[1]), json.dumps(said).encode())


if __name__ == "__main__":
    work(attack)
