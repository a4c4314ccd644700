"""What the conformance kit says: the eleven properties, and the report of one backend."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from privacy.testing.bench import TOO_FEW, UNFINISHED, CheckResult

SCHEMA = 1
_CUT, _FEW = UNFINISHED.removesuffix(": "), TOO_FEW.removesuffix(": ")
USUAL_PLAYS = 400
"""Plays of each game unless told otherwise: a report of fewer says how many."""


@dataclass(frozen=True)
class Property:
    """One property that a backend must have, and the checks that can falsify it."""

    number: int
    title: str
    checks: tuple[str, ...]


PROPERTIES = (
    Property(1, "Outputs lie within the declared error of plain's", ("error", "batch", "speed")),
    Property(
        2,
        "No view tells inputs apart better than claimed",
        ("game", "anew", "linked", "fallback", "guarantee", "forwarded", "algebra", "variants"),
    ),
    Property(3, "No secret key leaves its holder", ("keys", "device")),
    Property(4, "Declared costs and bounds agree and grow together", ("cost", "monotone", "observers", "charged")),
    Property(5, "The audited epsilon is at or under the declared", ("audit", "noise", "settings", "float", "memoised")),
    Property(6, "Declared bytes are those sent, and no length tells", ("bytes", "length")),
    Property(7, "Seeded in test mode, never predictable otherwise", ("fresh", "seeded", "entropy")),
    Property(
        8,
        "Bad input is refused with a typed error, and no words tell what is private",
        ("bad-input", "quiet", "input", "bounds"),
    ),
    Property(9, "Tampering, replays and malformed bodies are detected", ("envelope", "malformed")),
    Property(10, "Dropouts up to the threshold are survived", ("dropouts",)),
    Property(11, "Parties share no memory and no file", ("isolation", "stash")),
)
_OF_CHECK = {check: one.number for one in PROPERTIES for check in one.checks}


def property_of(check: str) -> int:
    """The number of the property that a check speaks about; 0 for a check that has none yet."""
    return _OF_CHECK.get(check, 0)


@dataclass(frozen=True)
class Report:
    """What the kit found of one backend, by primitive.

    `seed` fixes coins and inputs: keys and noise always come from the operating system. `false_alarm` bounds the
    chance that such a run accuses a backend whose claims hold. `code` is the fingerprint of the code that was checked.
    `total` is how many checks a whole run has; 0 in a report of the version before, which was always whole. `digest` is
    the SHA-256 of the plugin's own files, `places` where computing parties sat, `sizes` by primitive what was tried
    beside the one size of most checks: other sizes and other parameters.
    """

    backend: str
    primitives: dict[str, list[CheckResult]]
    date: str = field(default_factory=lambda: datetime.date.today().isoformat())
    version: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    plays: int = 0
    seconds: float = 0.0
    false_alarm: float = 0.0
    code: str = ""
    total: int = 0
    digest: str = ""
    places: tuple[str, ...] = ()
    sizes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def results(self) -> list[CheckResult]:
        return [r for results in self.primitives.values() for r in results]

    def count(self, passed: bool | None) -> int:
        return sum(r.passed is passed for r in self.results)

    @property
    def ok(self) -> bool:
        """Whether no check failed, at least one passed, and none is left."""
        return not self.count(False) and self.count(True) > 0 and not self.missing

    @property
    def missing(self) -> int:
        """How many checks are not finished: a report with any is incomplete."""
        return max(0, self.total - sum(r.outcome != _CUT for r in self.results)) if self.total else 0

    @property
    def sentence(self) -> str:
        """What may be said of the backend's guarantee on the strength of this report."""
        failed = self.count(False)
        passed = f"{self.count(True)} check{'s' * (self.count(True) != 1)} passed"
        few = sum(r.outcome == _FEW for r in self.results)
        games = f" in games of {self.plays} plays" if 0 < self.plays < USUAL_PLAYS else ""
        games += f", {few} had too few to tell," if few else ""
        text = f"declared; {passed}{f' and {failed} failed' if failed else ''}{games} on {self.date}"
        return f"{text}, incomplete: {self.missing} of {self.total} are not finished" if self.missing else text

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA, "backend": self.backend, "version": self.version, "params": self.params,
            "primitives": {p: [r.as_dict() for r in results] for p, results in self.primitives.items()},
            "passed": self.count(True), "failed": self.count(False), "not_applicable": self.count(None),
            "date": self.date, "sentence": self.sentence, "seed": self.seed, "plays": self.plays,
            "seconds": round(self.seconds, 1), "false_alarm": self.false_alarm, "code": self.code,
            "total": self.total, "missing": self.missing, "digest": self.digest, "places": list(self.places),
            "sizes": {primitive: list(names) for primitive, names in self.sizes.items()},
        }  # fmt: skip

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Report":
        """The report that `as_dict` wrote. ValueError, KeyError or TypeError for anything else."""
        if values["schema"] != SCHEMA:
            raise ValueError(f"a report of schema {values['schema']!r}")
        kept = ("backend", "date", "version", "params", "seed", "plays", "seconds", "false_alarm", "code")
        found = {p: [CheckResult(**r) for r in results] for p, results in values["primitives"].items()}
        more: dict[str, Any] = {
            "total": int(values.get("total", 0)),
            "digest": str(values.get("digest", "")),
            "places": tuple(map(str, values.get("places", ()))),
            "sizes": {str(p): tuple(map(str, names)) for p, names in values.get("sizes", {}).items()},
        }
        return cls(primitives=found, **more, **{name: values[name] for name in kept})
