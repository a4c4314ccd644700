"""The book of jobs: one worker for each piece of work, however many tabs ask for it, and all of them ended together."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from privacy.jobs.job import Job, Progress

Late = Callable[[Job], None]


class JobBook:
    """Every job of this app by kind and key. A kind may have a limit of how many run at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[tuple[str, str], Job] = {}
        self._timers: dict[tuple[str, str], threading.Timer] = {}
        self.started: dict[str, int] = {}

    def progress(self, kind: str, key: str) -> Progress:
        """How far a job is; `absent` if none was started here."""
        with self._lock:
            job = self._jobs.get((kind, key))
        return job.progress if job else Progress("absent")

    def result(self, kind: str, key: str) -> Any:
        """What a job returned that has ended; None for any other."""
        with self._lock:
            job = self._jobs.get((kind, key))
        return None if job is None else job.result

    def start(
        self, kind: str, key: str, module: str, request: Mapping[str, Any], *arguments: str, most: int = 0,
        quiet: float = 0.0, late: Late | None = None,
    ) -> Progress:  # fmt: skip
        """Start `python -m module arguments` unless the job runs; returns how far it is.

        Where `most` of its kind run already the answer is `absent`, with a label that says so. After `quiet` seconds
        without a word of the worker, if any, `late` is called and the worker ended.
        """
        place = (kind, key)
        with self._lock:
            job = self._jobs.get(place)
            if job is not None and job.progress.state == "running":
                return job.progress
            running = sum(k == kind and j.progress.state == "running" for (k, _), j in self._jobs.items())
            if most and running >= most:
                return Progress("absent", label=f"waiting for another {kind} to end")
            job = self._jobs[place] = Job(module, request, *arguments)
            self.started[kind] = self.started.get(kind, 0) + 1
            if quiet:
                self._look(place, job, quiet, quiet, late)
            return job.progress

    def wait(self, kind: str, key: str) -> Progress:
        """Wait for a job to be gone; returns how it ended."""
        with self._lock:
            job = self._jobs.get((kind, key))
        if job is None:
            return Progress("absent")
        job.join()
        return job.progress

    def cancel(self, kind: str, key: str) -> None:
        """End a job; what it kept so far stays kept."""
        with self._lock:
            job, timer = self._jobs.get((kind, key)), self._timers.pop((kind, key), None)
        if timer:
            timer.cancel()
        if job:
            job.cancel()

    def close(self) -> None:
        """End every running job and wait for it to be gone."""
        for kind, key in list(self._jobs):
            self.cancel(kind, key)
        for job in list(self._jobs.values()):
            job.join()

    def _look(self, place: tuple[str, str], job: Job, after: float, quiet: float, late: Late | None) -> None:
        """Look in so many seconds whether a worker has been silent for `quiet`."""
        timer = threading.Timer(after, self._silent, (place, job, quiet, late))
        timer.daemon = True
        self._timers[place] = timer
        timer.start()

    def _silent(self, place: tuple[str, str], job: Job, quiet: float, late: Late | None) -> None:
        with self._lock:
            if job.progress.state != "running" or self._jobs.get(place) is not job:
                return
            if (left := job.heard + quiet - time.monotonic()) > 0:
                self._look(place, job, left, quiet, late)
                return
            if late is not None:
                late(job)
            job.cancel()
        job.join()
