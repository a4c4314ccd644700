"""Evaluations: the attacks and the accuracy of one setting over many, run outside the UI's process and kept.

An evaluation does not depend on whoever is at the screen, so it is keyed by the settings without what changes the shown
round alone, run once, and read again after a restart.
"""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from privacy.fingerprint import code_fingerprint
from privacy.home import room
from privacy.jobs.book import JobBook
from privacy.jobs.job import Progress
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.results import Metric
from privacy.stacks import anyones, code_of, options_of, resolve, spec_of

KIND = "evaluation"
MOST_RUNNING = 2
"""Workers at a time: more would only slow each other, and the pages."""


@dataclass(frozen=True)
class Evaluation:
    """Metrics over many, and what the workload's own panels draw beside them."""

    metrics: list[Metric]
    extra: dict[str, Any]
    measured_at: str

    def metric(self, key: str) -> Metric | None:
        return next((m for m in self.metrics if m.key == key), None)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Evaluation":
        return cls([Metric(**m) for m in values["metrics"]], dict(values["extra"]), values["measured_at"])


@dataclass(frozen=True)
class Snapshot(Progress):
    """What a page shows of a job now, with its result once there is one."""

    result: Evaluation | None = None


class Evaluations:
    """The evaluations of a book of jobs."""

    def __init__(self, jobs: JobBook) -> None:
        self._jobs = jobs
        self._results: dict[str, Evaluation] = {}

    @property
    def started(self) -> int:
        """How many were started here."""
        return self._jobs.started.get(KIND, 0)

    def snapshot(self, request: RunRequest, registry: Registry) -> Snapshot:
        """The state of the evaluation of this request."""
        key = evaluation_key(request, registry)
        # Read before the file, as a worker keeps its result before it ends.
        now = self._jobs.progress(KIND, key)
        if key not in self._results and (kept := _load(_path(key))) is not None:
            self._results[key] = kept
        if key in self._results:
            return Snapshot("done", result=self._results[key])
        if now.state == "done":
            return Snapshot("failed", error="The result was not kept; start it again.")
        return Snapshot(**vars(now))

    def start(self, request: RunRequest, registry: Registry) -> Snapshot:
        """Start the evaluation unless it runs or is done already; `absent` while too many others run."""
        now = self.snapshot(request, registry)
        if now.state in ("running", "done"):
            return now
        key = evaluation_key(request, registry)
        values = anyones(request, registry).as_dict()
        begun = self._jobs.start(
            KIND, key, "privacy.services.evaluate", values, str(_path(key)), most=MOST_RUNNING
        )  # fmt: skip
        return Snapshot(**vars(begun))

    def cancel(self, request: RunRequest, registry: Registry) -> None:
        """Stop the evaluation; what it measured so far is dropped."""
        self._jobs.cancel(KIND, evaluation_key(request, registry))


def evaluation_key(request: RunRequest, registry: Registry) -> str:
    """The settings, the data and the code that an evaluation depends on."""
    spec, same = spec_of(request, registry), anyones(request, registry)
    data = code_of(spec).data_hash(same, options_of(same, registry))
    return same.key(data, code_fingerprint(resolve(request, registry), spec))


def _path(key: str) -> Path:
    return room("evaluations") / f"{key}.json"


def _load(path: Path) -> Evaluation | None:
    try:
        return Evaluation.from_dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def now() -> str:
    """The time of a measurement, to the minute, local."""
    return time.strftime("%Y-%m-%d %H:%M")
