"""The whole conformance kit, again and again, on every built-in backend: does it ever accuse an honest one?

    python -m tests.soak.conformance --times 50 [--backend he] [--jobs 2]

Each repetition has fresh coins and inputs, and keys and noise from the operating system. One JSON line for each goes to
standard output and to the file of `--out`; repetitions that are in that file already are not done again, so that an
interrupted soak goes on where it stopped. Exit status 1 where a check raised an alarm.
"""

import argparse
import json
import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

PLACES = ("in process", "spawned", "http")
BUILT_IN = ("plain", "local", "he", "smpc", "dp")
VARIANTS: dict[tuple[str, str], list[dict[str, Any]]] = {
    ("he", "aggregation"): [{}, {"sum_scheme": "ckks"}],
    ("smpc", "aggregation"): [{}, {"scheme": "two servers"}, {"scheme": "prio3"}],
    ("dp", "scoring"): [{}, {"mechanism": "gaussian", "epsilon": 0.5}, {"mechanism": "laplace", "epsilon": 8.0}],
}
"""Parameters to check with, by backend and primitive; the defaults alone for all others."""

Key = tuple[str, str, str, int]


def jobs_of(backends: list[str], times: int) -> Iterator[Key]:
    """Every repetition: backend, primitive, parameters as JSON, number. All backends once, then all again."""
    from privacy.registry import discover

    registry = discover()
    for number in range(times):
        for backend in backends:
            for primitive in registry.spec(backend).implements:
                for params in VARIANTS.get((backend, primitive), [{}]):
                    yield backend, primitive, json.dumps(params, sort_keys=True), number


def repetition(key: Key, plays: int, places: tuple[str, ...] = PLACES) -> dict[str, Any]:
    """One run of the whole kit on one primitive of one backend."""
    from privacy.registry import discover
    from privacy.testing import check_backend

    backend, primitive, params, number = key
    registry, seed = discover(), secrets.randbits(63)
    start, spent = time.perf_counter(), time.process_time()
    report = check_backend(
        registry.spec(backend), registry, params=json.loads(params), primitives={primitive}, plays=plays, seed=seed,
        places=places,
    )  # fmt: skip
    alarms = [
        {"check": r.id, "place": getattr(r, "place", "in process"), "detail": r.detail}
        for r in report.results
        if r.passed is False
    ]
    return {
        "backend": backend, "primitive": primitive, "params": json.loads(params), "number": number, "plays": plays,
        "places": list(places), "seed": seed, "passed": report.count(True),
        "not_applicable": report.count(None), "alarms": alarms,
        "seconds": round(time.perf_counter() - start, 2), "cpu_seconds": round(time.process_time() - spent, 2),
    }  # fmt: skip


def key_of(line: dict[str, Any]) -> Key:
    return line["backend"], line["primitive"], json.dumps(line["params"], sort_keys=True), line["number"]


def done_before(path: Path) -> dict[Key, dict[str, Any]]:
    """The repetitions in the output file. A line that was cut off when a soak was stopped counts for nothing."""
    found = {}
    for text in path.read_text().splitlines() if path.exists() else ():
        try:
            line = json.loads(text)
            found[key_of(line)] = line
        except (ValueError, KeyError, TypeError):
            continue
    return found


def summary(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """How many repetitions and checks there were, and which check of which backend raised how many alarms."""
    alarms = Counter(
        f"{line['backend']} {line['primitive']}: {alarm['check']} ({alarm['place']})"
        for line in lines
        for alarm in line["alarms"]
    )
    return {
        "repetitions": len(lines),
        "checks_passed": sum(line["passed"] for line in lines),
        "alarms": sum(alarms.values()),
        "alarms_by_check": dict(sorted(alarms.items())),
        "cpu_seconds": round(sum(line["cpu_seconds"] for line in lines), 1),
        "slowest_seconds": max((line["seconds"] for line in lines), default=0),
    }


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Repeat the conformance kit on built-in backends.")
    parser.add_argument("--times", type=int, default=50, help="repetitions of each backend and primitive (50)")
    parser.add_argument("--backend", action="append", choices=BUILT_IN, help="only this one; may be given again")
    parser.add_argument("--jobs", type=int, default=1, help="processes at work at once (1)")
    parser.add_argument("--plays", type=int, default=400, help="plays of one game (400)")
    parser.add_argument("--place", action="append", choices=PLACES, help="only here; may be given again")
    parser.add_argument(
        "--out", type=Path, default=Path("build/soak_conformance.jsonl"), help="file to add to and go on from"
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    given = arguments(argv)
    wanted = list(jobs_of(list(given.backend or BUILT_IN), given.times))
    before = done_before(given.out)
    lines = [before[key] for key in wanted if key in before]
    given.out.parent.mkdir(parents=True, exist_ok=True)
    fresh = [key for key in wanted if key not in before]
    # Fresh interpreters: nothing that one repetition leaves behind in a process of many threads reaches the next.
    # The executor of concurrent.futures hangs when it replaces a worker (gh-115634); a pool does not.
    with (
        given.out.open("a") as out,
        get_context("spawn").Pool(max(1, given.jobs), maxtasksperchild=20) as pool,
    ):
        if given.out.stat().st_size and not given.out.read_bytes().endswith(b"\n"):
            out.write("\n")
        one = partial(repetition, plays=given.plays, places=tuple(given.place or PLACES))
        for line in pool.imap_unordered(one, fresh):
            lines.append(line)
            text = json.dumps(line)
            print(text, flush=True)
            out.write(text + "\n")
            out.flush()
    found = summary(lines)
    print(json.dumps({"summary": found}, indent=2))
    return 1 if found["alarms"] else 0


if __name__ == "__main__":
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    sys.exit(main())
