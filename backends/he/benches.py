"""`veilbench bench scoring`: the kernel beside NumPy, SEAL's Evaluator and TenSEAL's matrix product, in one run.

All of them score the same catalogue on one thread. Ratios are medians over interleaved turns of the CPU time of the
thread, so that what else runs on the machine hits all alike.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backends.he.scoring.client import ScoringClient
from backends.he.scoring.evaluator import Evaluator
from backends.he.scoring.presets import PRESETS, Preset
from backends.he.scoring.server import ScoringServer
from backends.he.scoring.wires import decode_query
from privacy.plugin import best_of
from privacy.plugin.host import Report
from privacy.plugin.measuring import machine, versions
from privacy.plugin.running import Registry, quantise

Integers = npt.NDArray[np.int64]

TENSEAL = "TenSEAL mm 8192[60,40,60]"
_SLOTS = 4096  # items that one of TenSEAL's products takes
_OVERLAPS = 20


@dataclass(frozen=True)
class Plan:
    """How much is measured: the catalogue that all score, the largest one, the grid of both, and the turns."""

    items: int
    dims: int
    largest: int
    grid_items: tuple[int, ...]
    grid_dims: tuple[int, ...]
    most: int
    turns: int


FULL = Plan(100_000, 64, 1_000_000, (1_000, 10_000, 100_000, 1_000_000), (32, 64, 128, 256), 1 << 26, 9)
QUICK = Plan(3_000, 16, 5_000, (1_000, 3_000), (8, 16), 1 << 16, 3)


def unit_rows(items: int, dims: int, *, seed: int) -> Integers:
    """Random rows (N, d) of unit norm, quantised as every catalogue is, in 16 bits each."""
    rng, out = np.random.default_rng(seed), np.empty((items, dims), dtype=np.int16)
    for start in range(0, items, 1 << 16):
        part = rng.standard_normal((min(items - start, 1 << 16), dims))
        out[start : start + len(part)] = quantise(part / np.linalg.norm(part, axis=1, keepdims=True))
    return out  # type: ignore[return-value]


class ScoringBench:
    """Private scoring under HE."""

    def run(self, registry: Registry, report: Report, *, quick: bool, seed: int) -> dict[str, Any]:
        """Measure: one JSON document."""
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        plan = QUICK if quick else FULL
        with threadpool_limits(1):
            beside = _beside(plan, report, seed=seed)
        return {
            "bench": "scoring", "source": "measured", "seed": seed, "machine": machine() | {"vectors": _vectors()},
            "versions": versions(), "threads": 1, **beside, "grid": _grid(plan, report, seed=seed),
            "largest": [_largest(preset, plan, report, seed=seed) for preset in PRESETS.values()],
        }  # fmt: skip

    def lines(self, found: dict[str, Any]) -> Iterable[str]:
        """The document as lines of text."""
        yield f"{found['items']:,} items of {found['dims']} dimensions, one thread, {found['machine']['vectors']}"
        for name, one in found["seconds"].items():
            yield f"  {name:<28}{one * 1e3:>12.3f} ms"
        for name, ratio in found["ratios"].items():
            yield f"{name}: {ratio:,.2f}"
        for name, one in found["quality"].items():
            yield (
                f"{name}: bit-equal to SEAL's Evaluator {one['bit_equal']}, largest error {one['largest_error']:.2g}, "
                f"top-10 overlap {one['top10_overlap']:.3f} over {one['vectors']} vectors"
            )
        yield "preset      items  dims      kernel   ns per item and dimension"
        for one in found["grid"]:
            yield (
                f"{one['preset']:<8}{one['items']:>9,}{one['dims']:>6}{one['seconds'] * 1e3:>9.2f} ms"
                f"{one['nanoseconds']:>10.3f}"
            )
        for one in found["largest"]:
            yield (
                f"{one['preset']}: {one['items']:,} x {one['dims']}, {one['threads']} threads: {one['seconds']:.3f} s "
                f"wall, {one['bytes_up']:,} B up, {one['bytes_down']:,} B down, resident {one['resident_mb']:,.0f} MB"
            )
        yield "Measured here in one run; ratios are medians of interleaved turns."


def _vectors() -> str:
    """The widest vector instructions of this processor that count here."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "vector instructions unknown"
    return next((name for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags), "no AVX2")


def _cpu(work: Callable[[], object]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start


def _beside(plan: Plan, report: Report, *, seed: int) -> dict[str, Any]:
    catalogue = unit_rows(plan.items, plan.dims, seed=seed)
    vector = unit_rows(1, plan.dims, seed=seed + 1)[0].astype(np.int64)
    floats, one = catalogue.astype(np.float32), vector.astype(np.float32)
    works: dict[str, Callable[[], object]] = {"numpy float32": lambda: floats @ one}
    quality = {}
    for name, preset in PRESETS.items():
        report(0, plan.turns, f"{name}: encoding {plan.items:,} items")
        server = ScoringServer(preset, catalogue, threads=1)
        client = ScoringClient(preset, server.published())
        query = decode_query(preset, client.query(vector), dims=plan.dims)
        works[name] = lambda server=server, query=query: server.combine(query)  # type: ignore[misc]
        slow = Evaluator(catalogue, server.scales)
        loaded = slow.load(query)
        works[f"{name} by SEAL's Evaluator"] = lambda slow=slow, loaded=loaded: slow.multiply(loaded)  # type: ignore[misc]
        equal = np.array_equal(server.combine(query), slow.residues(slow.multiply(loaded)))
        quality[name] = {"bit_equal": equal, **_quality(server, client, catalogue, seed=seed)}
    works[TENSEAL] = _tenseal(catalogue, vector)
    for work in list(works.values())[:-1]:
        work()
    spent: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(plan.turns):
        report(turn, plan.turns, "turns, side by side")
        for name, work in works.items():
            spent[name].append(_cpu(work))
    report(plan.turns, plan.turns, "done")

    def ratio(slow: str, fast: str) -> float:
        return float(np.median(np.array(spent[slow]) / np.array(spent[fast])))

    ratios = {f"{name} over numpy float32": ratio(name, "numpy float32") for name in PRESETS}
    ratios |= {f"SEAL's Evaluator over {name}": ratio(f"{name} by SEAL's Evaluator", name) for name in PRESETS}
    ratios |= {f"TenSEAL mm over {name}": ratio(TENSEAL, name) for name in PRESETS}
    return {
        "items": plan.items, "dims": plan.dims, "turns": plan.turns, "quality": quality,
        "seconds": {name: float(np.median(v)) for name, v in spent.items()}, "ratios": ratios,
    }  # fmt: skip


def _quality(server: ScoringServer, client: ScoringClient, catalogue: Integers, *, seed: int) -> dict[str, Any]:
    """Errors in parts of a score of 1, and how many of the ten best are the same, over several vectors."""
    error, same, k = 0.0, 0, min(10, len(catalogue))
    vectors = unit_rows(_OVERLAPS, catalogue.shape[1], seed=seed + 2).astype(np.int64)
    for vector in vectors:
        exact = catalogue.astype(np.int64) @ vector
        scores = client.scores(server.answer(client.query(vector)))
        error = max(error, float(np.abs(scores - exact).max()))
        found, true = best_of(np.rint(scores), k=k).indices, best_of(exact, k=k).indices
        same += len(np.intersect1d(found, true))
    return {"largest_error": error / 256**2, "top10_overlap": same / (k * _OVERLAPS), "vectors": _OVERLAPS}


def _tenseal(catalogue: Integers, vector: Integers) -> Callable[[], object]:
    """The same product as TenSEAL's vectors do it: a vector and a matrix of at most 4,096 columns at a time."""
    import tenseal

    context = tenseal.context(
        tenseal.SCHEME_TYPE.CKKS, poly_modulus_degree=8192, coeff_mod_bit_sizes=[60, 40, 60], n_threads=1
    )
    context.global_scale = 2.0**40
    context.generate_galois_keys()
    encrypted = tenseal.ckks_vector(context, (vector / 256).tolist())
    parts = [(catalogue[i : i + _SLOTS].T / 256).tolist() for i in range(0, len(catalogue), _SLOTS)]
    return lambda: [encrypted.mm(part) for part in parts]


def _grid(plan: Plan, report: Report, *, seed: int) -> list[dict[str, Any]]:
    """The kernel alone over sizes: what is linear in items times dimensions shows it."""
    sizes = [(n, d) for n in plan.grid_items for d in plan.grid_dims if n * d <= plan.most]
    rows = []
    for done, (items, dims) in enumerate(sizes):
        report(done, len(sizes), f"{items:,} x {dims}")
        catalogue = unit_rows(items, dims, seed=seed)
        for name, preset in PRESETS.items():
            server = ScoringServer(preset, catalogue, threads=1)
            query = np.zeros((dims, 2, preset.width), dtype=np.uint32)
            server.combine(query)
            spent = float(np.median([_cpu(lambda: server.combine(query)) for _ in range(plan.turns)]))  # noqa: B023
            blocks = server.scales.blocks * preset.degree
            rows.append({
                "preset": name, "items": items, "dims": dims, "rows": blocks, "seconds": spent,
                "nanoseconds": spent * 1e9 / (blocks * dims),
            })  # fmt: skip
    return rows


def _largest(preset: Preset, plan: Plan, report: Report, *, seed: int) -> dict[str, Any]:
    """The largest catalogue, by all cores, with the wires; resident memory is the most that this process ever had."""
    report(0, 1, f"{preset.name}: {plan.largest:,} items")
    catalogue = unit_rows(plan.largest, plan.dims, seed=seed)
    start = time.perf_counter()
    server = ScoringServer(preset, catalogue)
    setup = time.perf_counter() - start
    client = ScoringClient(preset, server.published())
    vector = unit_rows(1, plan.dims, seed=seed + 1)[0].astype(np.int64)
    query, spent, answer = client.query(vector), [], b""
    for _ in range(plan.turns):
        start = time.perf_counter()
        answer = server.answer(query)
        spent.append(time.perf_counter() - start)
    start = time.perf_counter()
    scores = client.scores(answer)
    read = time.perf_counter() - start
    exact = np.abs(scores - catalogue.astype(np.int32) @ vector.astype(np.int32)).max()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10))
    return {
        "preset": preset.name, "items": plan.largest, "dims": plan.dims, "threads": server.threads,
        "setup_seconds": setup, "seconds": float(np.median(spent)), "read_seconds": read, "bytes_up": len(query),
        "bytes_down": len(answer), "largest_error": float(exact) / 256**2, "resident_mb": most,
    }  # fmt: skip
