"""Results: metrics with their source, and run records."""

import hashlib
import json
import math
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib import metadata
from typing import Any, Literal

from privacy import __version__
from privacy.answers import as_rows, lines_of
from privacy.boundary.transcript import Transcript
from privacy.guarantees import Guarantee

SCHEMA = 2
"""The version of a run record; `privacy.schemas` has the JSON Schema of this one and of those before."""
READABLE = (1, SCHEMA)
MOST_MESSAGES = 10_000
"""A record of a run with more wires names the first and the last half of so many."""
Source = Literal["measured", "declared", "estimated"]
Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True)
class Metric:
    """One figure. `value` is None where it could not be established, with `note` saying why.

    `chance` is what a random answer scores on average, where that has a meaning.
    """

    key: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unit: str = ""
    better: Better = "neither"
    source: Source = "measured"
    simulated: bool = False
    note: str = ""
    chance: float | None = None

    def __post_init__(self) -> None:
        for name in ("value", "low", "high", "chance"):
            number = getattr(self, name)
            if number is not None and not math.isfinite(number):
                raise ValueError(f"metric {self.key}: {name} is {number}")


@dataclass
class RunRecord:
    """Everything needed to reproduce and judge one run, and nothing private."""

    workload: str
    stack: str
    params: dict[str, Any]
    seed: int
    data_hash: str
    guarantee: Guarantee
    metrics: list[Metric]
    transcript: Transcript
    failure: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    fallbacks: dict[str, str] = field(default_factory=dict)
    steps: dict[str, Guarantee] = field(default_factory=dict)
    code: list[dict[str, Any]] = field(default_factory=list)
    made_at: str = field(default_factory=lambda: time.strftime("%Y-%m-%dT%H:%M:%S%z"))

    def metric(self, key: str) -> Metric | None:
        return next((m for m in self.metrics if m.key == key), None)

    def as_dict(self) -> dict[str, Any]:
        """The run record as one JSON document."""
        return {
            "schema": SCHEMA, "workload": self.workload, "stack": self.stack, "params": self.params,
            "seed": self.seed, "settings": self.settings, "code": self.code, "versions": versions(),
            "machine": machine(),
            "data_hash": self.data_hash, "guarantee": self.guarantee.as_dict(), "fallbacks": self.fallbacks,
            "steps": {name: g.as_dict() for name, g in self.steps.items()}, "made_at": self.made_at,
            "metrics": [asdict(m) for m in self.metrics],
            "answer": as_rows(lines_of(self.settings)),
            "transcript": _shown(self.transcript),
            "notes": self.notes, "failure": self.failure,
        }  # fmt: skip

    def as_json(self) -> str:
        return json.dumps(self.as_dict(), indent=2, ensure_ascii=False, allow_nan=False)


def code_id(record: Mapping[str, Any]) -> str:
    """The code that made a record in sixteen letters: another after one edited line. Empty where it does not say."""
    parts = [(one["kind"], one["id"], one["digest"]) for one in record.get("code", [])]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16] if parts else ""


def _shown(transcript: Transcript) -> dict[str, Any]:
    """The messages of a transcript as they may be exported; of very many the first and the last, with their count."""
    messages = transcript.messages
    if len(messages) > MOST_MESSAGES:
        half = MOST_MESSAGES // 2
        kept = [*messages[:half], *messages[-half:]]
        left = {"left_out": len(messages) - len(kept), "bytes": sum(m.bytes for m in messages)}
        return {"messages": [m.public() for m in kept]} | left
    return {"messages": [m.public() for m in messages]}


def versions() -> dict[str, str]:
    """Versions of this code, Python and the packages that figures depend on."""
    return dict(_versions())


@lru_cache(maxsize=1)
def _versions() -> Mapping[str, str]:
    found = {"veilbench": __version__, "python": platform.python_version()}
    for package in ("numpy", "scikit-learn", "tenseal", "pandas"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """The machine that times were measured on, without anything that names its owner."""
    return {"system": platform.system(), "arch": platform.machine(), "cores": os.cpu_count()}
