"""What a live round's requests and answers carry beside their bodies, for both sides.

A body is sealed wires, one after another, and nothing else: its bytes are those of the transcript. Their lengths and
how a contributor's part ended go in headers.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from privacy.live.admission import Malformed, TooLarge

if TYPE_CHECKING:
    from privacy.live.rounds import LiveRound

_MOST_REASON = 400


@dataclass(frozen=True)
class Headers:
    """Names of headers."""

    member: str = "Veilbench-Member"
    session: str = "Veilbench-Session"
    wires: str = "Veilbench-Wires"
    material: str = "Veilbench-Material"
    joined: str = "Veilbench-Joined"
    left: str = "Veilbench-Left"
    end: str = "Veilbench-End"
    reason: str = "Veilbench-Reason"
    seconds: str = "Veilbench-Seconds"


ANSWER_HEADERS = Headers()


@dataclass(frozen=True)
class Posted:
    """What the headers of an answer say."""

    session: str
    lengths: tuple[int, ...]
    end: str
    reason: str
    seconds: float


def lengths_of(text: str, *, wires: int) -> tuple[int, ...]:
    """Lengths as they stand in a header; Malformed for anything else."""
    parts = text.split(",") if text else []
    if len(parts) > wires or not all(p.isascii() and p.isdigit() and len(p) < 13 for p in parts):
        raise Malformed("the lengths of an answer's wires are malformed, or there are too many")
    return tuple(map(int, parts))


def posted(headers: Mapping[str, str], *, most: int, wires: int) -> Posted:
    """Read an answer's headers. Malformed where they do not fit its body, or it is too large."""
    lengths = lengths_of(headers.get(ANSWER_HEADERS.wires, ""), wires=wires)
    size = headers.get("content-length", "")
    if sum(lengths) > most or (size.isdigit() and int(size[:15]) > most):
        raise TooLarge(f"an answer is too large: at most {most:,} bytes are taken in a round")
    if not size.isdigit() or int(size[:15]) != sum(lengths):
        raise Malformed("an answer's length is not that of its wires")
    end = headers.get(ANSWER_HEADERS.end, "")
    if end not in ("", "done", "abort"):
        raise Malformed("an answer ends in a way that there is none")
    try:
        seconds = float(headers.get(ANSWER_HEADERS.seconds, "0"))
    except ValueError:
        seconds = 0.0
    seconds = min(max(seconds, 0.0), 1e6) if math.isfinite(seconds) else 0.0
    reason = "".join(c for c in unquote(headers.get(ANSWER_HEADERS.reason, "")) if c.isprintable())
    return Posted(headers.get(ANSWER_HEADERS.session, ""), lengths, end, reason[:_MOST_REASON], seconds)


def answered(session: str, wires: tuple[bytes, ...], *, end: str, reason: str, seconds: float) -> dict[str, str]:
    """Runs on a contributor: the headers of its answer."""
    return {
        ANSWER_HEADERS.session: session, ANSWER_HEADERS.wires: ",".join(str(len(w)) for w in wires),
        ANSWER_HEADERS.end: end, ANSWER_HEADERS.reason: quote(reason[:_MOST_REASON]),
        ANSWER_HEADERS.seconds: f"{seconds:.6f}",
    }  # fmt: skip


def described(one: "LiveRound") -> dict[str, Any]:
    """A live round, for everybody: what is asked, how it is protected, how far it is."""
    return {
        "id": one.id, "state": one.state, "joined": len(one.members), "definition": one.definition.as_dict(),
        "guarantee": one.planned.guarantee.as_dict() if one.result is None else None, "then": one.then,
        "number": one.number, "last": one.last or "no_version" in (one.result or {}),
    }  # fmt: skip


FEW = 10
"""Below so many contributions a sum is said to be of few."""


def over(count: int) -> str:
    """How many contributions a sum is of, and where they are few, what that means."""
    if count >= FEW:
        return f"{count} contributions"
    if count == 1:
        return "only 1 contribution: the sum is that answer"
    return f"only {count} contributions: whoever knows {count - 1} of them reads the other"


def outcome_for(one: "LiveRound", index: int) -> dict[str, Any]:
    """How a live round ended, for one contributor, or with 0 for whoever has the server's token."""
    result = one.result or {}
    name = f"contributor-{index}"
    out = {
        "state": one.state, "reason": result.get("reason", ""), "included": result.get("included", []),
        "refused": result.get("refused", {}), "dropped": result.get("dropped", {}),
    }  # fmt: skip
    if index:
        why = out["refused"].get(name) or result.get("reasons", {}).get(name, "")
        out |= {"yours": index in out["included"], "why": why}
    if one.definition.room:
        out |= {"version": result.get("version"), "no_version": result.get("no_version", "")}
    if one.definition.release and "answer" in result:
        out["answer"] = result["answer"]
    return out
