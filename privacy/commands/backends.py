"""`veilbench backends` and `veilbench workloads`: what was found, where it comes from, why one is not available."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from privacy.commands.printed import emit
from privacy.entry import AnyEntry
from privacy.registry import discover, load_log

_INDENT = " " * 13


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser(
        "backends", parents=[shared], help="list all backends, where they come from, and why one is not available"
    )
    one.set_defaults(call=call, rows=lambda: discover().entries)
    two = commands.add_parser(
        "workloads", parents=[shared], help="list all workloads, where they come from, and why one is not available"
    )
    two.set_defaults(call=call, rows=lambda: discover().workload_entries)


def call(options: argparse.Namespace) -> int:
    """List the rows. A broken plugin is one with its reason, never a failure; `--debug` adds its traceback."""
    entries: Sequence[AnyEntry] = options.rows()
    if options.json:
        emit(json.dumps([entry.as_dict() for entry in entries], indent=2, ensure_ascii=False))
    else:
        for entry in entries:
            print(row(entry))
    if options.debug:
        for entry in entries:
            if entry.log_id:
                print(f"\nLog {entry.log_id}: {load_log(entry.log_id)}", file=sys.stderr)
    return 0


def row(entry: AnyEntry) -> str:
    """An entry in words, over several lines."""
    primitives = ", ".join(entry.as_dict().get("primitives", ())) or "-"
    state = "ready" if entry.available else f"not available: {entry.reason}"
    lines = [f"{entry.id:<12} {primitives:<20} {state}"]
    if entry.spec and entry.spec.summary:
        lines.append(_INDENT + entry.spec.summary)
    lines.append(f"{_INDENT}{entry.origin}{f', version {entry.version}' if entry.version else ''}")
    if entry.remedy:
        lines.append(f"{_INDENT}What to do: {entry.remedy}.")
    if entry.log_id:
        lines.append(f"{_INDENT}Traceback: log {entry.log_id}, or run this again with --debug.")
    return "\n".join(lines)
