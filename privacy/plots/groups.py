"""Wires that are alike, told once: those of many contributors differ by who sends them, and by their bytes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from privacy.boundary.party import Party
from privacy.primitives.aggregation import CONTRIBUTOR

Wire = Mapping[str, Any]


@dataclass(frozen=True)
class Group:
    """Wires of one phase, round and kind between the same roles: the `first`, and what all of them come to.

    `ends` names the contributors of the others, and is empty where there are none.
    """

    first: Wire
    count: int
    bytes: int
    least: int
    most: int
    ends: str


@dataclass(frozen=True)
class PartyTotal:
    """What one party sent and received; `others` more of its role did alike, and are not listed."""

    name: str
    others: int
    sent: int
    sent_bytes: int
    received: int
    received_bytes: int


def grouped(messages: Iterable[Wire]) -> list[Group]:
    """The wires in order of the first of each group."""
    found: dict[tuple[Any, ...], list[Wire]] = {}
    for m in messages:
        ends = tuple(_role(m[end]) for end in ("sender", "receiver", "via"))
        found.setdefault((m["phase"], m["round"], m["kind"], m["exposure"], m["step"], *ends), []).append(m)
    return [_group(wires) for wires in found.values()]


def _role(name: str | None) -> str:
    """A party's name; of contributors, which are many, the role alone."""
    return "" if not name else CONTRIBUTOR if Party.parse(name).role == CONTRIBUTOR else name


def _group(wires: list[Wire]) -> Group:
    sizes = [m["bytes"] for m in wires]
    names = sorted(
        {m[end] for m in wires for end in ("sender", "receiver") if _role(m[end]) == CONTRIBUTOR}, key=_index
    )
    shown = {wires[0]["sender"], wires[0]["receiver"]}
    rest = [n for n in names if n not in shown] or names
    ends = "" if len(wires) == 1 else rest[0] if len(rest) == 1 else f"{rest[0]} to {rest[-1]}" if rest else ""
    return Group(wires[0], len(wires), sum(sizes), min(sizes), max(sizes), ends)


def _index(name: str) -> int:
    return Party.parse(name).index or 0


def totals(messages: Iterable[Wire]) -> list[PartyTotal]:
    """One row for each party, but of contributors for the first alone, as it stands for the others."""
    sent: dict[str, list[int]] = {}
    received: dict[str, list[int]] = {}
    for m in messages:
        sent.setdefault(m["sender"], []).append(m["bytes"])
        received.setdefault(m["receiver"], []).append(m["bytes"])
    names = sorted(
        sent.keys() | received.keys(), key=lambda n: (_role(n) != CONTRIBUTOR, Party.parse(n).role, _index(n))
    )
    crowd = [n for n in names if _role(n) == CONTRIBUTOR]
    rows = []
    for name in [*crowd[:1], *(n for n in names if n not in crowd)]:
        out, got = sent.get(name, []), received.get(name, [])
        others = len(crowd) - 1 if name in crowd else 0
        rows.append(PartyTotal(name, others, len(out), sum(out), len(got), sum(got)))
    return rows
