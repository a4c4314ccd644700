"""`veilbench backends`: every backend that was found, and why one is not available."""

import argparse
import json
from typing import Any

from privacy.registry import discover


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser("backends", parents=[shared], help="list all backends, and why one is not available")
    one.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """List the backends. A broken plugin is a row with its reason, never a failure."""
    rows = [entry.as_dict() for entry in discover().entries]
    if options.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    for row in rows:
        state = "ready" if row["available"] else f"not available: {row['reason']}"
        print(f"{row['id']:<12} {', '.join(row['primitives']) or '-':<20} {state}")
        if row["summary"]:
            print(f"{'':<12} {row['summary']}")
        if not row["available"] and row["install_hint"]:
            print(f"{'':<12} {row['install_hint']}")
    return 0
