"""Audits: what a game could prove of each backend's scoring, run outside the UI's process and kept.

For a randomiser the two-input game bounds epsilon from below, beside the epsilon that it declares. For any other
backend the indistinguishability game has an advantage with its interval. Both are evidence from one attacker: an audit
is a lower bound, and a gap is not a proof of safety.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from privacy.fingerprint import code_fingerprint
from privacy.home import room
from privacy.jobs.book import JobBook
from privacy.jobs.job import Progress
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.spec import BackendSpec
from privacy.stats import FINE

KIND = "audit"
PRIMITIVE = "scoring"
EPSILONS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
SENTENCE = "An audit is a lower bound; a gap is not a proof of safety."
CONFIDENCE = 0.95


@dataclass(frozen=True)
class AuditSettings:
    """How long to play: `releases` of both inputs in an audit (or as many as fit in `seconds`), `plays` in a game."""

    epsilon: float = 2.0
    releases: int = 20_000
    seconds: float = 8.0
    plays: int = 400


@dataclass(frozen=True)
class Item:
    """One thing to audit: a backend's scoring under parameters, and the name that it is shown by."""

    backend: str
    name: str
    kind: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class AuditRow:
    """What was found of one mechanism, or of one observer's view of it.

    `declared`, `delta` and `unit` are the mechanism's claim. Measured, from `n` releases or guesses, are `audited` (a
    95% lower bound of epsilon) or `advantage` from `low` to `high` (95%), by what `event` names. `claim` is the
    strength that a backend declares towards the observer, `admitted` the largest advantage that it leaves room for.
    """

    name: str
    backend: str
    n: int
    event: str
    measured_at: str
    declared: float | None = None
    audited: float | None = None
    delta: float = 0.0
    unit: str = ""
    advantage: float | None = None
    low: float | None = None
    high: float | None = None
    claim: str = ""
    admitted: float = 0.0

    @property
    def finding(self) -> str:
        """The row in a few words: what the figures say, and no more."""
        if self.declared is not None and self.audited is not None:
            if self.audited > self.declared:
                return "✗ refuted: the game proves more than was declared"
            return "✓ not refuted" if self.audited else "✓ not refuted; the audit proved nothing"
        if self.low is None or self.low <= 0:
            return "■ at chance" if self.high is not None and self.high <= FINE else "– too few to tell"
        if self.claim == "none":
            return "● tells the inputs apart; no claim to refute"
        return "✗ above the claim" if self.low > self.admitted else "✓ within the claim"

    @property
    def alarm(self) -> bool:
        return self.finding.startswith("✗")


@dataclass(frozen=True)
class AuditSnapshot(Progress):
    """What a page shows of an audit now: the rows that there are, and how many items are still to be done."""

    rows: tuple[AuditRow, ...] = ()
    missing: int = 0


def items(settings: AuditSettings, registry: Registry) -> list[Item]:
    """Every available backend's scoring: randomisers by mechanism, at the chosen epsilon, then all carriers."""
    specs = [e.spec for e in registry.entries if e.available and e.spec and PRIMITIVE in e.spec.implements]
    found = [i for s in specs if s.kind == "randomiser" for i in _randomiser_items(s, settings)]
    return found + [Item(s.id, s.id, s.kind, {}) for s in specs if s.kind == "carrier"]


def _randomiser_items(spec: BackendSpec, settings: AuditSettings) -> list[Item]:
    """One for each choice of its mechanism, where it has one; each at the epsilon, where that can be set."""
    known = {f.name: f for f in fields(spec.params)}
    at = {"epsilon": settings.epsilon} if "epsilon" in known else {}
    choices = known["mechanism"].metadata.get("choices", ()) if "mechanism" in known else ()
    if not choices:
        return [Item(spec.id, spec.id, spec.kind, at)]
    return [Item(spec.id, f"{spec.id}, {one}", spec.kind, at | {"mechanism": one}) for one in choices]


class Audits:
    """One audit at a time, however many tabs want it; every row is kept as soon as it is made."""

    def __init__(self, jobs: JobBook) -> None:
        self._jobs = jobs

    def snapshot(self, settings: AuditSettings, registry: Registry) -> AuditSnapshot:
        """What is kept of an audit, and how far its worker is."""
        # Read before the files, as a worker keeps its rows before it ends.
        progress = self._jobs.progress(KIND, repr(settings))
        kept = [_load(path) for _, path in _paths(settings, registry)]
        rows = tuple(row for found in kept if found for row in found)
        missing = sum(found is None for found in kept)
        if not missing:
            return AuditSnapshot("done", rows=rows)
        if progress.state == "done":
            progress = Progress("failed", error="A result was not kept; start it again.")
        return AuditSnapshot(**vars(progress), rows=rows, missing=missing)

    def start(self, settings: AuditSettings, registry: Registry) -> AuditSnapshot:
        """Audit whatever has no row yet; `absent` while an audit of other settings runs."""
        now = self.snapshot(settings, registry)
        if now.state in ("running", "done"):
            return now
        todo = [
            {"item": asdict(item), "path": str(path)}
            for item, path in _paths(settings, registry)
            if _load(path) is None
        ]
        request = {"settings": asdict(settings), "todo": todo}
        begun = self._jobs.start(KIND, repr(settings), "privacy.services.audit_worker", request, most=1)
        return AuditSnapshot(**vars(begun), rows=now.rows, missing=now.missing)

    def cancel(self, settings: AuditSettings) -> None:
        """Stop the audit; rows that are made are kept."""
        self._jobs.cancel(KIND, repr(settings))


def _paths(settings: AuditSettings, registry: Registry) -> list[tuple[Item, Path]]:
    """Where the rows of each item are kept: by its settings and its code. Epsilon counts for those that have it."""
    folder = room("audits")
    lengths = {k: v for k, v in vars(settings).items() if k != "epsilon"}
    prints: dict[str, str] = {}
    found = []
    for item in items(settings, registry):
        if item.backend not in prints:
            prints[item.backend] = code_fingerprint(registry.stack(item.backend))
        request = RunRequest(stack=item.backend, params=item.params)
        found.append((item, folder / f"{request.key(json.dumps(lengths), prints[item.backend])}.json"))
    return found


def _load(path: Path) -> list[AuditRow] | None:
    try:
        return [AuditRow(**row) for row in json.loads(path.read_bytes())]
    except (OSError, ValueError, TypeError):
        return None
