"""`veilbench bench`: what something costs here, measured side by side in one run."""

import argparse
import json
from typing import Any

from privacy.benches import aggregation
from privacy.commands.printed import emit
from privacy.commands.progress import Bar
from privacy.errors import UnknownNameError
from privacy.registry import discover

BENCHES = {"aggregation": aggregation.run}


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser("bench", parents=[shared], help="measure costs side by side and print their ratios")
    one.add_argument("name", help=", ".join(BENCHES))
    one.add_argument("--quick", action="store_true", help="small sizes: to see that it runs, not to quote")
    one.add_argument("--seed", type=int, default=0, metavar="S", help="drives the vectors (default: 0)")
    one.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Run and print: a table, or one JSON document."""
    if options.name not in BENCHES:
        raise UnknownNameError("bench", options.name, BENCHES)
    found = BENCHES[options.name](discover(), Bar(), quick=options.quick, seed=options.seed)
    if options.json:
        emit(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _print(found)
    return 0


def _print(found: dict[str, Any]) -> None:
    words = zip(("per contributor", "aggregator", "collector", "bytes up", "error"), (16, 12, 11, 13, 11), strict=True)
    print(f"{'stack':<28}{'size':<22}" + "".join(f"{word:>{width}}" for word, width in words))
    for r in found["rows"]:
        size = f"{r['contributors']} x {r['length']:,}" + (f", {r['dropouts']} drop" if r["dropouts"] else "")
        print(
            f"{r['stack']:<28}{size:<22}{r['contributor_cpu_seconds'] * 1e3:>13.1f} ms"
            f"{r['aggregator_cpu_seconds'] * 1e3:>9.0f} ms{r['collector_cpu_seconds'] * 1e3:>8.0f} ms"
            f"{r['bytes_up']:>13,}{r['largest_error']:>11.3g}"
        )
    for name, ratio in found["ratios"].items():
        print(f"{name}: {ratio:.1f}")
    print("CPU time and bytes, measured here in one run; sizes are contributors x entries.")
