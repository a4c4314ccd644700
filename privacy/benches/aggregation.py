"""What a private sum costs each of its parties, beside a plain sum and beside TenSEAL's usual way."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from privacy.benches.clocked import ClockedHere
from privacy.boundary.channel import Channel
from privacy.boundary.party import Party
from privacy.boundary.secret import Secret
from privacy.errors import ParamError
from privacy.jobs.job import Report
from privacy.mechanism import Mechanism
from privacy.primitives.aggregation import AGGREGATOR, COLLECTOR, AggregationTask, Ints, Sum, contributor, reference
from privacy.protocol import Faults, Session
from privacy.registry import Registry
from privacy.results import machine, versions

_BOUND = 2**15
_WORD = 4
"""Bytes of one entry of the vector that sizes are compared with: a 32-bit float or integer."""
BASELINE = "ckks_vector 8192[60,40,60]"


@dataclass(frozen=True)
class Size:
    """One size of the bench: how many contribute how long a vector, and how many of them fall silent on the way."""

    contributors: int
    length: int
    dropouts: int = 0


SIZES = (Size(10, 100_000), Size(50, 1_000_000), Size(50, 1_000_000, 5))
QUICK = (Size(5, 2_000), Size(5, 2_000, 1))


@dataclass(frozen=True)
class Row:
    """One carrier at one size. CPU seconds and bytes are measured; `tolerance` is declared.

    `bytes_up` is what one contributor sends, `over_vector` what that is beyond 4 bytes an entry, as a share.
    """

    stack: str
    contributors: int
    length: int
    dropouts: int
    included: int
    contributor_cpu_seconds: float
    aggregator_cpu_seconds: float
    collector_cpu_seconds: float
    total_cpu_seconds: float
    bytes_up: int
    bytes_down: int
    bytes_setup: int
    over_vector: float
    largest_error: float
    tolerance: float


def vectors(task: AggregationTask, *, seed: int) -> dict[Party, Ints]:
    """Seeded vectors of the roster, int64 (length,), over the whole range."""
    rng = np.random.default_rng(seed)
    return {p: rng.integers(-task.bound, task.bound, task.length, endpoint=True) for p in task.roster}


def measure(
    stack: str, mechanism: Mechanism[AggregationTask], size: Size, values: Mapping[Party, Ints], task: AggregationTask
) -> Row:
    """One run of a mechanism, all parties in this process, each with its own clock."""
    here = ClockedHere()
    roles = ("contributor", "aggregator", "collector")
    session = Session(mechanism, task, {}, transports=dict.fromkeys(roles, here))
    channel = Channel()
    setup = session.publish(channel)
    # Silent from the middle of the protocol: what they have sent until then must be undone.
    silent = max(2, mechanism.rounds(task) // 2)
    faults = Faults(drops={contributor(i): silent for i in range(1, size.dropouts + 1)})
    outcome = session.run({p: Secret(v, owner=p) for p, v in values.items()}, channel, faults=faults)
    result, transcript = Sum.of(outcome.output), channel.seal()
    exact = reference(task, {contributor(i): values[contributor(i)] for i in result.included})
    spent = {p: s + setup.get(p, 0.0) for p, s in outcome.seconds.items()}
    staying = [p for p in task.roster if p not in outcome.dropped]
    up = max(transcript.bytes(phase="run", sender=p) for p in staying)
    return Row(
        stack=stack,
        **asdict(size),
        included=len(result.included),
        contributor_cpu_seconds=float(np.mean([spent[p] for p in staying])),
        aggregator_cpu_seconds=sum(s for p, s in spent.items() if p.role == AGGREGATOR.role),
        collector_cpu_seconds=spent[COLLECTOR],
        total_cpu_seconds=sum(spent.values()),
        bytes_up=up,
        bytes_down=max(transcript.bytes(phase="run", receiver=p) for p in staying),
        bytes_setup=transcript.bytes(phase="setup"),
        over_vector=up / (_WORD * size.length) - 1,
        largest_error=float(np.abs(result.total - exact).max()),
        tolerance=mechanism.tolerance(task),
    )


def ckks_vector(size: Size, values: Mapping[Party, Ints]) -> Row:
    """The same sum as TenSEAL's own vectors do it: public-key encryption, serialised, added, decrypted."""
    import tenseal

    context = tenseal.context(
        tenseal.SCHEME_TYPE.CKKS, poly_modulus_degree=8192, coeff_mod_bit_sizes=[60, 40, 60], n_threads=1
    )
    context.global_scale = 2.0**40
    public = tenseal.context_from(context.serialize())
    slots, clock = 4096, time.process_time
    spent, blobs, start = [], [], clock()
    for vector in values.values():
        parts = [vector[i : i + slots].astype(np.float64) for i in range(0, size.length, slots)]
        blobs.append([tenseal.ckks_vector(public, part.tolist()).serialize() for part in parts])
        spent.append(clock() - start)
        start = clock()
    sums = [tenseal.ckks_vector_from(public, blob) for blob in blobs[0]]
    for other in blobs[1:]:
        for total, blob in zip(sums, other, strict=True):
            total += tenseal.ckks_vector_from(public, blob)
    answer = [total.serialize() for total in sums]
    added, start = clock() - start, clock()
    found = np.concatenate([tenseal.ckks_vector_from(context, blob).decrypt() for blob in answer])
    decrypted = clock() - start
    exact = np.sum(list(values.values()), axis=0)
    up = max(sum(map(len, blob)) for blob in blobs)
    return Row(
        stack=BASELINE, **asdict(size), included=size.contributors, contributor_cpu_seconds=float(np.mean(spent)),
        aggregator_cpu_seconds=added, collector_cpu_seconds=decrypted,
        total_cpu_seconds=sum(spent) + added + decrypted, bytes_up=up, bytes_down=0, bytes_setup=0,
        over_vector=up / (_WORD * size.length) - 1, largest_error=float(np.abs(found - exact).max()),
        tolerance=float("inf"),
    )  # fmt: skip


def _warm(label: str, mechanism: Mechanism[AggregationTask]) -> None:
    """Load what the first run of a mechanism would be charged for."""
    small = Size(contributors=3, length=16)
    task = AggregationTask(contributors=small.contributors, length=small.length, bound=_BOUND)
    measure(label, mechanism, small, vectors(task, seed=0), task)


def variants(registry: Registry) -> list[tuple[str, Mechanism[AggregationTask]]]:
    """Every carrier that sums, under its defaults and under each named way of doing it that its parameters offer."""
    found = []
    for entry in registry.entries:
        spec = entry.spec
        if not entry.available or spec is None or spec.kind != "carrier" or "aggregation" not in spec.implements:
            continue
        ways: list[dict[str, Any]] = [{}]
        for one in fields(spec.params):
            if one.metadata.get("choices") and one.metadata.get("primitives") == ("aggregation",):
                ways += [{one.name: choice} for choice in one.metadata["choices"] if choice != one.default]
        for way in ways:
            label = " ".join([spec.id, *(f"{name}={choice}" for name, choice in way.items())])
            found.append((label, registry.mechanism(spec, "aggregation", spec.params(**way))))
    return found


def run(registry: Registry, report: Report, *, quick: bool = False, seed: int = 0) -> dict[str, Any]:
    """Every carrier that sums, at every size, and the baseline at the smallest: one JSON document."""
    sizes, carriers = QUICK if quick else SIZES, variants(registry)
    rows: list[Row] = []
    refused: list[dict[str, Any]] = []
    total = len(sizes) * len(carriers) + 1
    for size in sizes:
        task = AggregationTask(contributors=size.contributors, length=size.length, bound=_BOUND)
        values = vectors(task, seed=seed)
        for label, mechanism in carriers:
            report(len(rows), total, f"{label}, {size.contributors} x {size.length:,}")
            try:
                mechanism.parties(task)
            except ParamError as error:
                refused.append({"stack": label, **asdict(size), "reason": str(error)})
                continue
            _warm(label, mechanism)
            rows.append(measure(label, mechanism, size, values, task))
        if size == sizes[0]:
            report(len(rows), total, BASELINE)
            rows.append(ckks_vector(size, values))
    report(total, total, "done")
    return {
        "bench": "aggregation", "source": "measured", "seed": seed, "machine": machine(), "versions": versions(),
        "rows": [_finite(asdict(r)) for r in rows], "refused": refused, "ratios": ratios(rows),
    }  # fmt: skip


def ratios(rows: list[Row]) -> dict[str, float]:
    """Baseline over carrier at the baseline's size: how many times less CPU time and how many times fewer bytes."""
    base = next(r for r in rows if r.stack == BASELINE)
    same = [r for r in rows if (r.contributors, r.length, r.dropouts) == (base.contributors, base.length, 0)]
    found = {}
    for row in same:
        if row is not base:
            found[f"{row.stack}: times less CPU than {BASELINE}"] = base.total_cpu_seconds / row.total_cpu_seconds
            found[f"{row.stack}: times fewer bytes than {BASELINE}"] = base.bytes_up / row.bytes_up
    return found


def _finite(row: dict[str, Any]) -> dict[str, Any]:
    """JSON has no infinity: the baseline declares no tolerance."""
    return {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in row.items()}
