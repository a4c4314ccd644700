"""What comes of the fuzzer's wires: outcomes that are compared, and the report on all of them."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from privacy.errors import IntegrityError, ServiceError, VeilbenchError
from privacy.transports.station import Reply


@dataclass
class Report:
    """What came of it."""

    wires: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    memory: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    seconds: float = 0.0
    honest: int = 0
    reseated: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "wires": self.wires, "outcomes": dict(self.outcomes.most_common()), "faults": self.faults,
            "honest_runs": self.honest, "reseated": self.reseated, "seconds": round(self.seconds, 1),
            "megabytes": {k: [" ".join(f"{x / 2**20:.1f}" for x in one) for one in v] for k, v in self.memory.items()},
        }  # fmt: skip


def attempt(endpoint: Any, operation: str, round_: int, wires: list[bytes]) -> Any:
    """The result of a step or a take of each wire, or the error that it ended with."""
    try:
        if operation == "take":
            return [endpoint.take(one) for one in wires]
        return endpoint.step(round_, wires)
    except ServiceError:
        raise
    except VeilbenchError as error:
        return error


def refused(outcome: Any) -> bool:
    """Whether a wire with a broken envelope was kept out."""
    if isinstance(outcome, list):
        return False in outcome
    return isinstance(outcome, IntegrityError) or (isinstance(outcome, Reply) and bool(outcome.refused))


def alike(one: Any, other: Any) -> bool:
    """Whether two outcomes say the same: wires and outputs to the byte, errors by class and sentence."""
    if isinstance(one, VeilbenchError):
        return isinstance(other, type(one)) and str(one) == str(other)
    if isinstance(one, Reply) and isinstance(other, Reply):
        parts = [
            (r.wires, r.done, r.abort, r.refused, str(None if r.output is None else tuple(r.output)))
            for r in (one, other)
        ]
        return parts[0] == parts[1]
    return bool(one == other)
