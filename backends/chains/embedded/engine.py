"""The writer of the chain: whatever waits in any thread shares one block, and one fsync acknowledges it."""

import threading
import time
from collections import deque
from collections.abc import Sequence

from backends.chains.embedded.database import Database
from backends.chains.embedded.state import Genesis, Header, Job, Machine, Made, admit
from privacy.plugin.chains import ChainError, ChainRefused

GAP = 10.0
"""Seconds that a transaction waits for another thread to send the one before it."""


class Engine:
    """Mines into a database that no other process writes."""

    def __init__(self, database: Database, genesis: Genesis) -> None:
        self.database, self.genesis = database, genesis
        self.machine = Machine(genesis.chain_id, database.fetch, database.hashes)
        self._queue: deque[Job] = deque()
        self._lock = threading.RLock()
        self._head = database.header()

    @property
    def head(self) -> Header:
        """The newest block, as it was mined here or, for a reader, as the file has it now."""
        found = self.database.header()
        assert found is not None
        return found

    def send(self, raws: Sequence[bytes], *, gap: float = GAP) -> list[bytes | ChainError]:
        """The hash of each transaction once it is mined and on disk, or why it never will be.

        One that is sent again is not mined again.
        """
        jobs = [self._queued(raw) for raw in raws]
        with self._lock:
            if not all(job.done.is_set() for job in jobs):
                self._mine_all()
        end = time.monotonic() + gap
        for job in jobs:
            if not job.done.wait(max(0.0, end - time.monotonic())):
                self._give_up(job)
        return [job.error or job.hash for job in jobs]

    def _queued(self, raw: bytes) -> Job:
        job = Job.of(raw)
        if self.database.has(job.hash):
            job.done.set()
            return job
        try:
            job.tx = admit(raw, chain_id=self.genesis.chain_id)
        except ChainRefused as error:
            job.refuse(error)
            return job
        self._queue.append(job)
        return job

    def _give_up(self, job: Job) -> None:
        with self._lock:
            if job.done.is_set() or job.tx is None:
                return
            self._queue.remove(job)
            job.refuse(
                ChainRefused(f"nonce too high: nothing came before nonce {job.tx.nonce}", then="send that first")
            )

    def _mine_all(self) -> None:
        while self._queue and self._mine():
            pass

    def _mine(self) -> bool:
        """Mine one block of all that waits; whether there was any."""
        jobs: dict[bytes, Job] = {}
        twins: list[Job] = []
        while self._queue:
            job = self._queue.popleft()
            if self.database.has(job.hash):
                job.done.set()
            elif jobs.setdefault(job.hash, job) is not job:
                twins.append(job)
        try:
            made = self._made(list(jobs.values()))
            if made.jobs:
                self.database.put(made)
                self._head = made.header
        except ChainError as error:
            self._fail([*jobs.values(), *twins], error)
            return False
        except Exception as error:
            text = f"the block could not be kept: {error}"
            self._fail([*jobs.values(), *twins], ChainError(text, where=str(self.database.path)))
            raise
        for job in made.jobs:
            job.done.set()
        for job in twins:
            first = jobs[job.hash]
            job.error = first.error
            if first.done.is_set():
                job.done.set()
        self._queue.extendleft(job for job in (*twins, *made.left) if not job.done.is_set())
        return bool(made.jobs)

    def _made(self, jobs: list[Job]) -> Made:
        assert self._head is not None
        return self.machine.execute(self.machine.child(self._head, time=int(time.time())), jobs)

    @staticmethod
    def _fail(jobs: list[Job], error: ChainError) -> None:
        for job in jobs:
            if not job.done.is_set():
                job.refuse(error)
