"""Evaluations: the attack and the accuracy of one setting, run outside the UI's process and kept.

An evaluation does not depend on whoever is at the screen: its people are simulated. So it is keyed by the settings
without the user, run once, and read again after a restart.
"""

import json
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from privacy.attacks.inference import LinearReader
from privacy.fingerprint import code_fingerprint
from privacy.home import guarded, home
from privacy.jobs.job import Job, Progress
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.results import Metric
from workloads.catalogue import workload_of

MOST_RUNNING = 2
"""Workers at a time: more would only slow each other, and the feeds."""


@dataclass(frozen=True)
class Evaluation:
    """Metrics over simulated people, and the trained attackers, to be applied to the person at the screen."""

    metrics: list[Metric]
    readers: dict[str, LinearReader]
    measured_at: str

    def metric(self, key: str) -> Metric | None:
        return next((m for m in self.metrics if m.key == key), None)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Evaluation":
        metrics = [Metric(**m) for m in values["metrics"]]
        readers = {k: LinearReader(**v) for k, v in values["readers"].items()}
        return cls(metrics, readers, values["measured_at"])


@dataclass(frozen=True)
class Snapshot(Progress):
    """What a page shows of a job now, with its result once there is one."""

    result: Evaluation | None = None


class Evaluations:
    """One job for each setting, however many tabs ask for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._results: dict[str, Evaluation] = {}
        self.started = 0

    def snapshot(self, request: RunRequest, registry: Registry) -> Snapshot:
        """The state of the evaluation of this request."""
        key = self._key(request, registry)
        with self._lock:
            job = self._jobs.get(key)
            # Read before the file, as a worker keeps its result before it ends.
            progress = job.progress if job else Progress("absent")
            if key not in self._results and (kept := _load(_path(key))) is not None:
                self._results[key] = kept
            if key in self._results:
                return Snapshot("done", result=self._results[key])
            if progress.state == "done":
                return Snapshot("failed", error="The result was not kept; start it again.")
            return Snapshot(**vars(progress))

    def start(self, request: RunRequest, registry: Registry) -> Snapshot:
        """Start the evaluation unless it runs or is done already; `absent` while too many others run."""
        now = self.snapshot(request, registry)
        if now.state in ("running", "done"):
            return now
        key = self._key(request, registry)
        with self._lock:
            job = self._jobs.get(key)
            if job and job.progress.state == "running":
                return Snapshot(**vars(job.progress))
            if sum(j.progress.state == "running" for j in self._jobs.values()) >= MOST_RUNNING:
                return Snapshot("absent", label="waiting for another evaluation to end")
            self._jobs[key] = Job("privacy.services.evaluate", request.as_dict(), str(_path(key)))
            self.started += 1
            return Snapshot("running")

    def cancel(self, request: RunRequest, registry: Registry) -> None:
        """Stop the evaluation; what it measured so far is dropped."""
        with self._lock:
            job = self._jobs.get(self._key(request, registry))
        if job:
            job.cancel()

    def close(self) -> None:
        """End every running job and wait for it to be gone."""
        for job in list(self._jobs.values()):
            job.close()

    def _key(self, request: RunRequest, registry: Registry) -> str:
        same = RunRequest(**(vars(request) | {"user": "anyone"}))
        workload = workload_of(request)
        stack = workload.resolve(request, registry)
        return same.key(workload.data_hash(request), code_fingerprint(stack))


def _path(key: str) -> Path:
    folder = home() / "evaluations"
    guarded(lambda: folder.mkdir(exist_ok=True, mode=0o700), folder)
    return folder / f"{key}.json"


def _load(path: Path) -> Evaluation | None:
    try:
        return Evaluation.from_dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def now() -> str:
    """The time of a measurement, to the minute, local."""
    return time.strftime("%Y-%m-%d %H:%M")
