"""Evaluations: the attack and the accuracy of one setting, run outside the UI's process and kept.

An evaluation does not depend on whoever is at the screen: its people are simulated. So it is keyed by the settings
without the user, run once, and read again after a restart.
"""

import json
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from privacy.attacks.inference import LinearReader
from privacy.fingerprint import code_fingerprint
from privacy.home import guarded, home
from privacy.registry import Registry
from privacy.results import Metric
from privacy.workloads import fyp
from privacy.workloads.request import RunRequest

MOST_RUNNING = 2
"""Workers at a time: more would only slow each other, and the feeds."""

State = Literal["absent", "running", "done", "failed", "cancelled"]


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
class Snapshot:
    """What a page shows of a job now."""

    state: State
    done: int = 0
    total: int = 0
    label: str = ""
    error: str = ""
    result: Evaluation | None = None

    @property
    def share(self) -> float:
        return min(self.done / self.total, 1.0) if self.total else 0.0


@dataclass
class _Job:
    process: subprocess.Popen[bytes]
    snapshot: Snapshot = field(default_factory=lambda: Snapshot("running"))
    follower: threading.Thread | None = None


class Evaluations:
    """One job for each setting, however many tabs ask for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, _Job] = {}
        self._results: dict[str, Evaluation] = {}
        self.started = 0

    def snapshot(self, request: RunRequest, registry: Registry) -> Snapshot:
        """The state of the evaluation of this request."""
        key = self._key(request, registry)
        with self._lock:
            if key not in self._results and (kept := _load(_path(key))) is not None:
                self._results[key] = kept
            if key in self._results:
                return Snapshot("done", result=self._results[key])
            job = self._jobs.get(key)
            return job.snapshot if job else Snapshot("absent")

    def start(self, request: RunRequest, registry: Registry) -> Snapshot:
        """Start the evaluation unless it runs or is done already; `absent` while too many others run."""
        now = self.snapshot(request, registry)
        if now.state in ("running", "done"):
            return now
        key = self._key(request, registry)
        with self._lock:
            job = self._jobs.get(key)
            if job and job.snapshot.state == "running":
                return job.snapshot
            if sum(j.snapshot.state == "running" for j in self._jobs.values()) >= MOST_RUNNING:
                return Snapshot("absent", label="waiting for another evaluation to end")
            job = self._jobs[key] = _Job(_spawn(request, _path(key)))
            self.started += 1
            job.follower = threading.Thread(target=_follow, args=(job,), daemon=True, name=f"evaluation-{key[:8]}")
            job.follower.start()
        return job.snapshot

    def cancel(self, request: RunRequest, registry: Registry) -> None:
        """Stop the evaluation; what it measured so far is dropped."""
        with self._lock:
            job = self._jobs.get(self._key(request, registry))
        if job and job.snapshot.state == "running":
            job.snapshot = Snapshot("cancelled")
            job.process.kill()

    def close(self) -> None:
        """End every running job and wait for it to be gone."""
        for job in list(self._jobs.values()):
            job.process.kill()
            if job.follower is not None:
                job.follower.join()

    def _key(self, request: RunRequest, registry: Registry) -> str:
        same = RunRequest(**(vars(request) | {"user": "anyone"}))
        stack = fyp.resolve(request, registry)
        return same.key(fyp.world_of(request).data_hash, code_fingerprint(stack))


def _path(key: str) -> Path:
    folder = home() / "evaluations"
    guarded(lambda: folder.mkdir(exist_ok=True, mode=0o700), folder)
    return folder / f"{key}.json"


def _load(path: Path) -> Evaluation | None:
    try:
        return Evaluation.from_dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _spawn(request: RunRequest, target: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "privacy.services.evaluate", str(target)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(request.as_dict()).encode())
    process.stdin.close()
    return process


def _follow(job: _Job) -> None:
    """Read the worker's progress lines until it ends; one line is a JSON object."""
    with job.process as process:
        for line in process.stdout or ():
            if job.snapshot.state == "running":
                job.snapshot = _reported(json.loads(line))
    if job.snapshot.state == "running":
        text = f"The evaluation ended early (exit status {process.returncode}); start it again."
        job.snapshot = Snapshot("failed", error=text)


def _reported(values: dict[str, Any]) -> Snapshot:
    if "error" in values:
        return Snapshot("failed", error=values["error"])
    if "result" in values:
        return Snapshot("done", result=Evaluation.from_dict(values["result"]))
    return Snapshot("running", values["done"], values["total"], values["label"])


def now() -> str:
    """The time of a measurement, to the minute, local."""
    return time.strftime("%Y-%m-%d %H:%M")
