"""Fetch by similarity: the public workload of HomomorphicEncryption.org's suite, in a class of its own.

A table holds unit vectors, each with a payload; a query vector is private; the answer is the payload of every record
whose cosine is above a threshold. The public reference encrypts the table too. Here the table is public to clients:
*public catalogue, private query, two rounds (score, then private lookup of the matches)*. The second round always
fetches as many records as there may be matches, so that their number stays private too.
"""

import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.boundary.channel import Channel
from privacy.boundary.party import CLIENT, SERVER
from privacy.boundary.secret import Secret
from privacy.errors import DataError, ParamError, UnknownNameError
from privacy.jobs.job import Report
from privacy.outputs import scores_of
from privacy.primitives.lookup import LookupTask
from privacy.primitives.scoring import ScoringTask, quantise
from privacy.protocol import Session
from privacy.registry import Registry
from privacy.results import machine, versions
from privacy.spec import BackendSpec

CLASS = "public catalogue, private query, two rounds (score, then private lookup of the matches)"
PUBLIC = "HomomorphicEncryption.org, Fetch-by-Similarity, 2026: OpenFHE on 96 cores, database encrypted too"
THRESHOLD, MOST, NEAR, PAYLOAD, TOP = 0.8, 32, 0.3, 7, 512

Floats = npt.NDArray[np.float32]
Payloads = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Instance:
    """A size of the public workload, and what its reference takes there (declared), in seconds and bytes."""

    items: int
    dims: int
    total_seconds: float | None = None
    database_bytes: float | None = None
    query_bytes: float | None = None


INSTANCES = {
    "toy": Instance(1_000, 128, 50),
    "small": Instance(50_000, 128, 114, 5.6e9, 24e6),
    "medium": Instance(1_000_000, 256, 2_700, 171.5e9, 24e6),
}
USUAL, QUICK = ("toy", "small"), ("toy",)
QUERIES, QUICK_QUERIES = 100, 3


@dataclass(frozen=True)
class Row:
    """One stack at one instance. Seconds are medians of a query's wall time, `server_seconds` those of its servers.

    `passed` counts the queries whose matches are exactly those of the clear computation, payload by payload.
    `peak_bytes` is the most that the process, all parties in it, has had resident so far.
    """

    stack: str
    instance: str
    items: int
    dims: int
    queries: int
    passed: int
    matches: int
    setup_seconds: float
    seconds: float
    scoring_seconds: float
    fetch_seconds: float
    server_seconds: float
    bytes_setup: int
    bytes_up: int
    bytes_down: int
    peak_bytes: int | None


class Database:
    """Vectors (N, d) and payloads (N, 7), half of them around centres, as the public workload draws them."""

    def __init__(self, instance: Instance, *, seed: int) -> None:
        rng = np.random.default_rng(seed)
        count, dims = instance.items, instance.dims
        self.centres = _unit(rng.standard_normal((max(1, count // 32), dims), dtype=np.float32))
        self.vectors = _unit(rng.standard_normal((count, dims), dtype=np.float32))
        near = rng.permutation(count)[: count // 2]
        chosen = rng.integers(0, len(self.centres), len(near))
        # No centre has more than may match: the workload admits 32.
        for place in np.flatnonzero(_rank(chosen) >= MOST):
            chosen[place] = np.bincount(chosen, minlength=len(self.centres)).argmin()
        self.vectors[near] = _unit(self.centres[chosen] + NEAR * self.vectors[near])
        self.payloads: Payloads = rng.integers(0, TOP, (count, PAYLOAD), dtype=np.int16)
        self._rng = rng

    def query(self) -> Floats:
        """A vector around a random centre."""
        centre = self.centres[self._rng.integers(len(self.centres))]
        drawn = _unit(self._rng.standard_normal((1, len(centre)), dtype=np.float32))[0]
        return np.asarray(_unit((centre + NEAR * drawn)[None])[0], dtype=np.float32)

    def matches(self, query: Floats) -> npt.NDArray[np.int64]:
        """The clear answer: the records whose cosine is above the threshold, by index."""
        return np.flatnonzero(self.vectors @ query > THRESHOLD)


class Search:
    """One stack over one database: scores, then fetches all that may match."""

    def __init__(self, spec: BackendSpec, registry: Registry, database: Database) -> None:
        self.database = database
        items = quantise(database.vectors)
        self.scoring = ScoringTask(items=len(items), dims=items.shape[1])
        record = np.ascontiguousarray(database.payloads, dtype="<i2").view(np.uint8)
        self.lookup = LookupTask(len(items), record.shape[1], min(MOST, len(items)))
        start, channel = time.perf_counter(), Channel()
        tasks = {"scoring": (self.scoring, items), "lookup": (self.lookup, record)}
        self.sessions = {
            step: Session(registry.mechanism(spec, step, spec.params()), task, {SERVER: own})
            for step, (task, own) in tasks.items()
        }
        for session in self.sessions.values():
            session.publish(channel)
        self.setup, self.bytes_setup = time.perf_counter() - start, channel.transcript.bytes(phase="setup")
        self.turns: list[tuple[float, float, float]] = []
        self.up = self.down = 0

    def fetch(self, query: Floats) -> tuple[npt.NDArray[np.int64], Payloads]:
        """The matches of a query by index, and their payloads; DataError for more than the workload admits."""
        channel, began = Channel(), time.perf_counter()
        scored = self._run("scoring", quantise(query), channel)
        scores = scores_of(self.scoring, scored.output, who="scoring")
        limit = THRESHOLD * self.scoring.unit
        found = np.flatnonzero(np.asarray(scores) > limit)
        if len(found) > self.lookup.count:
            raise DataError(f"{len(found)} records match, and {self.lookup.count} are fetched")
        wanted = np.resize(found, self.lookup.count) if len(found) else np.zeros(self.lookup.count, dtype=np.int64)
        half = time.perf_counter()
        fetched = self._run("lookup", wanted, channel)
        payloads = np.ascontiguousarray(fetched.output).view("<i2")[: len(found)]
        end = time.perf_counter()
        server = sum(s for o in (scored, fetched) for p, s in o.seconds.items() if p != CLIENT)
        self.turns.append((half - began, end - half, server))
        self.up = channel.transcript.bytes(phase="run", sender=CLIENT)
        self.down = channel.transcript.bytes(phase="run", receiver=CLIENT)
        return found, payloads

    def _run(self, step: str, private: Any, channel: Channel) -> Any:
        return self.sessions[step].run({CLIENT: Secret(private, owner=CLIENT)}, channel)


def measure(stack: str, registry: Registry, name: str, *, queries: int, seed: int) -> Row:
    """Queries through one stack at one instance, each held against the clear answer."""
    instance = INSTANCES[name]
    database = Database(instance, seed=seed)
    search = Search(registry.spec(stack), registry, database)
    search.fetch(database.query())  # warms up
    search.turns.clear()
    passed = matches = 0
    for _ in range(queries):
        query = database.query()
        clear = database.matches(query)
        found, payloads = search.fetch(query)
        passed += np.array_equal(found, clear) and np.array_equal(payloads, database.payloads[clear])
        matches += len(clear)
    scoring, fetch, server = (np.array(column) for column in zip(*search.turns, strict=True))
    return Row(
        stack, name, instance.items, instance.dims, queries, passed, matches, search.setup,
        float(np.median(scoring + fetch)), float(np.median(scoring)), float(np.median(fetch)),
        float(np.median(server)), search.bytes_setup, search.up, search.down, most_resident(),
    )  # fmt: skip


def run(
    registry: Registry, report: Report, *, quick: bool = False, seed: int = 0, sizes: Iterable[str] = (),
    stacks: Iterable[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Every carrier with both primitives, or some of them, at every instance: one JSON document.

    UnknownNameError for an instance or a carrier that there is not.
    """
    names, queries = tuple(sizes) or (QUICK if quick else USUAL), QUICK_QUERIES if quick else QUERIES
    able = carriers(registry)
    chosen = tuple(stacks) or able
    for kind, given, known in (("size", names, INSTANCES), ("stack that scores and fetches", chosen, able)):
        for unknown in (name for name in given if name not in known):
            raise UnknownNameError(kind, unknown, known)
    load, rows, refused = list(os.getloadavg()), list[Row](), list[dict[str, str]]()
    todo = [(name, stack) for name in names for stack in chosen]
    for done, (name, stack) in enumerate(todo):
        report(done, len(todo), f"{name}, {stack}")
        try:
            rows.append(measure(stack, registry, name, queries=queries, seed=seed))
        except (ParamError, DataError) as error:
            refused.append({"stack": stack, "instance": name, "reason": str(error)})
    report(len(todo), len(todo), "done")
    return {
        "bench": "similarity", "class": CLASS, "source": "measured", "seed": seed, "quick": quick,
        "machine": machine(), "load": {"before": load, "after": list(os.getloadavg())}, "versions": versions(),
        "rows": [asdict(row) for row in rows], "refused": refused,
        "theirs": {"source": "declared", "from": PUBLIC, "instances": {n: asdict(INSTANCES[n]) for n in names}},
        "met": {f"{r.stack}, {r.instance}: every query as in the clear": r.passed == r.queries for r in rows},
    }  # fmt: skip


def carriers(registry: Registry) -> list[str]:
    """Every carrier that is here and has both scoring and lookup."""
    specs = [e.spec for e in registry.entries if e.available and e.spec is not None and e.spec.kind == "carrier"]
    return [s.id for s in specs if {"scoring", "lookup"} <= set(s.implements)]


def lines(found: dict[str, Any]) -> Iterable[str]:
    """The document as lines of text."""
    heads = ("set-up", "query", "scoring", "fetch", "servers", "once", "up", "down", "peak memory", "theirs, declared")
    yield f"{'instance':<28}{'stack':<8}{'PASS':>9}" + "".join(f"{head:>17}" for head in heads)
    for r in found["rows"]:
        times = ("setup_seconds", "seconds", "scoring_seconds", "fetch_seconds", "server_seconds")
        size = f"{r['instance']}, {r['items']:,} x {r['dims']}"
        theirs = found["theirs"]["instances"][r["instance"]]["total_seconds"]
        yield (
            f"{size:<28}{r['stack']:<8}{r['passed']:>5}/{r['queries']}"
            + "".join(f"{r[name] * 1e3:>14.1f} ms" for name in times)
            + "".join(f"{r[name] / 1e6:>14.2f} MB" for name in ("bytes_setup", "bytes_up", "bytes_down"))
            + (f"{r['peak_bytes'] / 1e9:>14.2f} GB" if r["peak_bytes"] else f"{'–':>17}")
            + f"{theirs:>15g} s"
        )
    for one in found["refused"]:
        yield f"{one['instance']}, {one['stack']}: {one['reason']}"
    yield f"Our class: {found['class']}. Theirs: {found['theirs']['from']}."


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def _rank(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The how-manieth of its value each one is."""
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    starts = np.searchsorted(ranked, ranked, side="left")
    out = np.empty(len(values), dtype=np.int64)
    out[order] = np.arange(len(values)) - starts
    return out


def most_resident() -> int | None:
    """The most memory that this process has had resident, in bytes, where the system says so."""
    try:
        import resource
    except ImportError:  # Windows has none
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
