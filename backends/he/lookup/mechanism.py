"""The roles of HE lookup: the device asks for columns that the server cannot make out.

SimplePIR (Henzinger, Hong, Corrigan-Gibbs, Meiklejohn and Vaikuntanathan 2023) with a ring-structured public matrix:
2048 columns share one ring element, so that the client multiplies by a transform.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np

from backends.he.lookup.client import Question, ask, read
from backends.he.lookup.hint import Hint
from backends.he.lookup.layout import DEGREE
from backends.he.lookup.shown import SECRET, drawn_numbers
from backends.he.lookup.table import table_of
from backends.he.plugin import HeParams
from backends.he.sampling import Sampler
from privacy.plugin import (
    CIPHERTEXT,
    CLIENT,
    PUBLIC,
    SERVER,
    Guarantee,
    IntegrityError,
    KnownAnswer,
    KnownRun,
    LookupTask,
    Message,
    Party,
    QueryClient,
    QueryMechanism,
    QueryServer,
    Seat,
    Secret,
    Wire,
    WireError,
    check_indices,
    reply_to,
    without_digests,
)

SECURITY_BITS = 128
_MOST_THREADS = 2


class HeLookup(QueryMechanism[LookupTask]):
    """SimplePIR over a ring; every query has a secret and an error of its own, which the client alone holds."""

    def __init__(self, params: HeParams | None = None) -> None:
        super().__init__(params or HeParams())

    def browser(self, task: LookupTask) -> dict[str, int]:
        """The table's shape, for `browser/lookup.js`."""
        return {"items": task.items, "recordBytes": task.record_bytes, "count": task.count}

    def client(self, seat: Seat[LookupTask]) -> "HeFetcher":
        return HeFetcher(seat)

    def server(self, seat: Seat[LookupTask]) -> "HeTable":
        return HeTable(seat)

    def key_holder(self, task: LookupTask) -> Party:
        return CLIENT

    def known_answers(self, task: LookupTask, messages: Sequence[Message], run: KnownRun) -> Iterator[KnownAnswer]:
        """The secrets and errors of a test run."""
        return drawn_numbers(task, messages, run)

    def guarantee(self, task: LookupTask) -> Guarantee:
        return Guarantee.computational(
            towards="server",
            statement="The server learns which records are fetched only as samples of learning with errors.",
            assumption=f"ring learning with errors is hard (degree {DEGREE}, modulus 2^32, ternary secrets, error of "
            "deviation 3.24: within the 128-bit row of the Homomorphic Encryption Standard); the public matrix, AES "
            "under the table's content hash, is as good as random; the server is semi-honest: a digest in each record "
            "notices accidents, and not a server that makes records up",
            security_bits=SECURITY_BITS,
            leaks=("that a fetch was made, and when", "how many records were fetched, which is public"),
        )


@lru_cache(maxsize=2)
def _hint(body: bytes, task: LookupTask) -> Hint:
    """A checked hint, with the public matrix's transform: one person after another may hold the same."""
    return Hint.from_bytes(body, task)


class HeFetcher(QueryClient[LookupTask]):
    """Runs on the input and result party: the only one with a secret."""

    def __init__(self, seat: Seat[LookupTask]) -> None:
        super().__init__(seat)
        self._hint: Hint | None = None
        self._questions: list[Question] = []

    def keep(self, material: Sequence[Wire]) -> None:
        """Runs on the client: check the hint of the server's table and keep it."""
        if len(material) != 1:
            raise WireError(f"{len(material)} published wires came instead of one hint")
        self._hint = _hint(material[0].body, self.seat.task)

    def query(self, private: Secret[np.ndarray]) -> Iterable[Wire]:
        """Runs on the client: one query for each index, int64 (count,), under fresh secrets and errors."""
        self._indices = check_indices(self.seat.task, private.open(self.seat))
        body, self._questions = ask(self._live(), self._indices, self.sampler())
        self.seat.keys.discard()
        for i, question in enumerate(self._questions):
            self.seat.keys.put(f"{SECRET}{i}", question.secret.tobytes())
        yield Wire(to=SERVER, kind="query", exposure=CIPHERTEXT, body=body)

    def sampler(self) -> Sampler:
        """Runs on the client: secrets and errors for one batch of queries, and for no other."""
        return Sampler(self.seat.random.bytes)

    def reveal(self, answers: Sequence[Wire]) -> np.ndarray:
        """Runs on the client: read the records and hold each against its digest, uint8 (count, record_bytes).

        The secrets serve no second answer.
        """
        questions, self._questions = self._questions, []
        return without_digests(read(self._live(), questions, answers[0].body), self._indices)

    def forget(self) -> None:
        """Runs on the client: drop the secrets and the hint."""
        super().forget()
        self._hint, self._questions = None, []

    def _live(self) -> Hint:
        if self._hint is None:
            raise IntegrityError("this session's hint and secrets were discarded", then="start a new session")
        return self._hint


class HeTable(QueryServer[LookupTask]):
    """Runs on the computing party: its own input is the table, uint8 (N, record_bytes). It has no key of any kind."""

    def publish(self) -> Iterable[Wire]:
        """Runs on the server: lay the table out, and publish its hint."""
        self._table = table_of(np.asarray(self.seat.own, dtype=np.uint8), self.seat.task)
        yield Wire(to=CLIENT, kind="hint", exposure=PUBLIC, body=self._table.hint.to_bytes())

    def answer(self, query: Wire) -> Wire:
        """Runs on the server: multiply the whole table by each query."""
        threads = min(_MOST_THREADS, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
        body = self._table.answer(query.body, count=self.seat.task.count, threads=threads)
        return Wire(to=reply_to(query), kind="answer", exposure=CIPHERTEXT, body=body)
