"""What every list of wires shares: names, what is declared, what was found, and the bytes in hex."""

import base64
import functools
from collections.abc import Iterable, Mapping
from typing import Any

from privacy.plots.groups import Group, grouped
from privacy.spec import WorkloadSpec
from privacy.views import KEPT_SAMPLE
from privacy.workload import Workload
from ui.kit import format as f

WIDTH = 16
ROWS = KEPT_SAMPLE // WIDTH
_TONES = {"plaintext": "bad", "public": "dim"}
Wire = Mapping[str, Any]


def tone(wire: Wire) -> str:
    """The tone of the chip with the declared exposure."""
    return _TONES.get(wire["exposure"], "good")


def step_of(wire: Wire, spec: WorkloadSpec) -> str:
    """The wire's step as its workload calls it; empty for one of the set-up."""
    return spec.step(wire["step"]) if wire["step"] else ""


def route(wire: Wire) -> str:
    """Who sends the wire to whom, and who relays it."""
    via = f" via {wire['via']}" if wire["via"] else ""
    return f"{wire['sender']} → {wire['receiver']}{via}"


def dump(wire: Wire, *, rows: int = ROWS, width: int = WIDTH) -> str:
    """The first bytes as offset, hex and ASCII."""
    return _dump(wire["sample"], rows, width)


@functools.lru_cache(maxsize=256)
def _dump(sample: str, rows: int, width: int) -> str:
    return f.hexdump(base64.b64decode(sample), rows=rows, width=width)


def kept(wire: Wire) -> str:
    """How much of a body is kept."""
    return f"the first {f.size(wire['sample_bytes'])}" if wire["sample_bytes"] < wire["body_bytes"] else "whole"


def rows_of(wires: Iterable[Wire], spec: WorkloadSpec) -> list[dict[str, Any]]:
    """The rows of a table: wires between the same parties, of one kind and round, are one."""
    return [
        {
            "wire": g.first, "route": route(g.first), "tone": tone(g.first), "step": step_of(g.first, spec).lower(),
            "size": f.size(g.first["bytes"]), "alike": _alike(g),
        }
        for g in grouped(wires)
    ]  # fmt: skip


def with_bytes(rows: Iterable[dict[str, Any]], workload: Workload, round_: Any) -> list[dict[str, Any]]:
    """The same rows, each with what was found in its wire, and its bytes."""
    return [
        row | {"seen": workload.reads(row["wire"], round_), "kept": kept(row["wire"]), "dump": dump(row["wire"])}
        for row in rows
    ]


def _alike(group: Group) -> str:
    """How many more are alike, of whom, and how large they are together; empty for a wire that stands alone."""
    if group.count == 1:
        return ""
    sizes = " to ".join(dict.fromkeys((f.size(group.least), f.size(group.most))))
    who = f", {group.ends}" if group.ends else ""
    return f"and {group.count - 1:,} more alike{who}: {sizes} each, {f.size(group.bytes)} in all"
