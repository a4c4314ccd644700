"""What it costs to fetch records without saying which, beside the fetch by id and the download of the whole table.

Every carrier with a lookup is measured in turn, again and again in one run, so that other work on the machine slows
all of them alike. CPU time is that of each party, bytes are those that the channel carried, and every record that
arrives is held against the table.
"""

import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from privacy.benches.clocked import ClockedHere
from privacy.boundary.channel import Channel
from privacy.boundary.party import CLIENT, SERVER
from privacy.boundary.secret import Secret
from privacy.guarantees import Strength
from privacy.jobs.job import Report
from privacy.mechanism import Mechanism
from privacy.primitives.lookup import LookupTask, Records, reference
from privacy.protocol import Session
from privacy.registry import Registry
from privacy.results import machine, versions

REPEATS, QUICK_REPEATS = 7, 3
FETCHED = 10


@dataclass(frozen=True)
class Size:
    """A table."""

    items: int
    record_bytes: int

    @property
    def label(self) -> str:
        return f"{self.items:,} x {self.record_bytes} B"


HUNDRED, MILLION = Size(100_000, 1024), Size(1_000_000, 256)
SIZES = (Size(1_000, 1024), Size(10_000, 1024), HUNDRED, MILLION)
QUICK = (Size(2_000, 64),)


@dataclass(frozen=True)
class Row:
    """One carrier on one table, `count` records in a batch: medians over the repeats, in CPU seconds but for the wall.

    `scan_gb_s` is the table's bytes over the CPU time of all servers for one batch, `over_reading` the median ratio of
    that time to what reading the table once with NumPy took in the same turn; both None where no server reads the whole
    table. `bytes_before` is all that moves before the first record is there, set-up included. What a carrier keeps from
    an earlier set-up it does not compute again.
    """

    stack: str
    items: int
    record_bytes: int
    count: int
    repeats: int
    fetched: int
    wrong: int
    setup_seconds: float
    client_seconds: float
    server_seconds: float
    wall_seconds: float
    scan_gb_s: float | None
    over_reading: float | None
    bytes_setup: int
    bytes_up: int
    bytes_down: int
    bytes_before: int


class Seated:
    """One carrier, set up over one table, and what its runs took."""

    def __init__(self, stack: str, mechanism: Mechanism[LookupTask], records: Records, count: int) -> None:
        self.stack, self.records = stack, records
        self.task = LookupTask(len(records), records.shape[1], count)
        claims = mechanism.guarantee(self.task).towards
        self.scans = all(c.strength in (Strength.COMPUTATIONAL, Strength.NON_COLLUSION) for c in claims)
        here = ClockedHere()
        self.session = Session(
            mechanism, self.task, {SERVER: records}, transports={"client": here, "server": here}
        )  # fmt: skip
        channel = Channel()
        self.setup = sum(self.session.publish(channel).values())
        self.bytes_setup = channel.transcript.bytes(phase="setup")
        self.turns: list[dict[str, float]] = []
        self.wrong = self.up = self.down = 0

    def turn(self, indices: np.ndarray, reading: float) -> None:
        """Fetch once; `reading` is what reading the table took now."""
        channel, start = Channel(), time.perf_counter()
        outcome = self.session.run({CLIENT: Secret(indices, owner=CLIENT)}, channel)
        wall = time.perf_counter() - start
        self.wrong += int((np.asarray(outcome.output) != reference(self.records, indices)).any(axis=1).sum())
        self.up = channel.transcript.bytes(phase="run", sender=CLIENT)
        self.down = channel.transcript.bytes(phase="run", receiver=CLIENT)
        server = sum(s for p, s in outcome.seconds.items() if p != CLIENT)
        self.turns.append(
            {"wall": wall, "client": outcome.seconds[CLIENT], "server": server, "over": server / reading}
        )  # fmt: skip

    def row(self) -> Row:
        found = {name: float(np.median([t[name] for t in self.turns])) for name in self.turns[0]}
        task, server = self.task, max(found["server"], 1e-9)
        return Row(
            self.stack, task.items, task.record_bytes, task.count, len(self.turns), len(self.turns) * task.count,
            self.wrong, self.setup, found["client"], found["server"], found["wall"],
            self.records.nbytes / server / 1e9 if self.scans else None, found["over"] if self.scans else None,
            self.bytes_setup, self.up, self.down,
            self.bytes_setup + self.up + self.down,
        )  # fmt: skip


def reading_seconds(records: Records) -> float:
    """CPU seconds in which NumPy adds the table's bytes up once, as words: what the memory allows."""
    words = records.reshape(-1)[: records.size // 8 * 8].view(np.uint64)
    start = time.thread_time()
    words.sum()
    return max(time.thread_time() - start, 1e-9)


def carriers(registry: Registry) -> list[tuple[str, Mechanism[LookupTask]]]:
    """Every carrier that is here and has a lookup, under its defaults."""
    specs = [e.spec for e in registry.entries if e.available and e.spec is not None]
    usual = [s for s in specs if s.kind == "carrier" and "lookup" in s.implements]
    return [(spec.id, registry.mechanism(spec, "lookup", spec.params())) for spec in usual]


def measure(
    size: Size, mechanisms: list[tuple[str, Mechanism[LookupTask]]], *, repeats: int, seed: int
) -> Iterable[Row]:
    """One row of each carrier for one record alone, and for a batch."""
    rng = np.random.default_rng(seed)
    records = rng.integers(0, 256, (size.items, size.record_bytes), dtype=np.uint8)
    for count in (1, FETCHED):
        seated = [Seated(stack, mechanism, records, count) for stack, mechanism in mechanisms]
        for turn in range(repeats + 1):
            for one in seated:
                one.turn(rng.integers(0, size.items, count), reading_seconds(records))
            if not turn:  # the first warms up
                for one in seated:
                    one.turns.clear()
        yield from (one.row() for one in seated)


def run(registry: Registry, report: Report, *, quick: bool = False, seed: int = 0) -> dict[str, Any]:
    """Every carrier with a lookup at every size: one JSON document."""
    sizes, repeats = (QUICK, QUICK_REPEATS) if quick else (SIZES, REPEATS)
    load, rows = list(os.getloadavg()), list[Row]()
    for done, size in enumerate(sizes):
        report(done, len(sizes), f"{size.label}, every carrier in turn")
        rows += measure(size, carriers(registry), repeats=repeats, seed=seed)
    report(len(sizes), len(sizes), "done")
    return {
        "bench": "lookup", "source": "measured", "seed": seed, "quick": quick, "machine": machine(),
        "load": {"before": load, "after": list(os.getloadavg())}, "versions": versions(),
        "rows": [asdict(row) for row in rows], "met": met(rows),
    }  # fmt: skip


def met(rows: list[Row]) -> dict[str, bool | None]:
    """Each figure that is wanted of HE, and whether this run has it; None where that was not measured."""
    batch, one = ({(r.items, r.record_bytes): r for r in rows if (r.stack, r.count) == ("he", n)} for n in (FETCHED, 1))
    hundred, million = ((s.items, s.record_bytes) for s in (HUNDRED, MILLION))

    def holds(found: Row | None, value: str, *, most: float = np.inf, least: float = -np.inf) -> bool | None:
        return None if found is None else bool(least <= getattr(found, value) <= most)

    return {
        "every record right": not any(row.wrong for row in rows) if rows else None,
        "he, 100k x 1 KB, ten: at most 100 ms of server CPU": holds(batch.get(hundred), "server_seconds", most=0.1),
        "he, 100k x 1 KB, ten: at most .7 s wall": holds(batch.get(hundred), "wall_seconds", most=0.7),
        "he, 1M x 256 B, ten: at most 250 ms of server CPU": holds(batch.get(million), "server_seconds", most=0.25),
        "he, 1M x 256 B, one: at least 5 GB/s": holds(one.get(million), "scan_gb_s", least=5),
        "he, 1M x 256 B, ten: at least 1.5 GB/s": holds(batch.get(million), "scan_gb_s", least=1.5),
    }


def lines(found: dict[str, Any]) -> Iterable[str]:
    """The document as lines of text."""
    heads = ("set-up", "device", "servers", "wall", "GB/s", "over reading", "once", "up", "down", "first answer")
    yield f"{'table':<20}{'stack':<7}{'k':>3}" + "".join(f"{head:>13}" for head in heads)
    for r in found["rows"]:
        times = (r["setup_seconds"], r["client_seconds"], r["server_seconds"], r["wall_seconds"])
        sizes = (r["bytes_setup"], r["bytes_up"], r["bytes_down"], r["bytes_before"])
        yield (
            f"{Size(r['items'], r['record_bytes']).label:<20}{r['stack']:<7}{r['count']:>3}"
            + "".join(f"{t * 1e3:>10.1f} ms" for t in times)
            + "".join(f"{'–' if r[n] is None else format(r[n], '.2f'):>13}" for n in ("scan_gb_s", "over_reading"))
            + "".join(f"{size / 1e3:>10,.1f} KB" for size in sizes)
        )
    for what, so in found["met"].items():
        yield f"{ {True: 'met', False: 'missed', None: 'not measured'}[so] }: {what}"
    load = found["load"]
    yield (
        f"CPU time but for the wall, medians of {found['rows'][0]['repeats']} turns; load of the machine "
        f"{load['before'][0]:.1f} before, {load['after'][0]:.1f} after, {found['machine']['cores']} cores."
    )
