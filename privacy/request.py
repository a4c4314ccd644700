"""Run requests: the settings of a run, all of which may stand in a link or a record."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from privacy.errors import ParamError

OWN = "own"
"""The user who is the person at the screen, with a taste of their own."""


@dataclass(frozen=True)
class RunRequest:
    """What to run. Nothing in it is private: a taste of one's own is passed beside it, never in it.

    The seed drives data, histories and attacks, never keys or noise. `cohort` people are held out, as many more
    are the attacker's panel. `data` and `mapping` are paths: of a CSV or a MovieLens folder, and of the TOML file that
    says what the columns of a CSV mean. `options` are a workload's own settings by name, as `Workload.options` has
    them; the For-You-Page has none, its settings are the fields above.
    """

    stack: str = "plain"
    workload: str = "fyp"
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    user: str = "ada"
    data: str | None = None
    items: int | None = None
    dims: int = 64
    cohort: int = 200
    mapping: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, low, high in (("seed", 0, 2**32 - 1), ("cohort", 20, 5000)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise ParamError(
                    f"the setting {name} is {value!r}", then=f"give a whole number between {low} and {high}"
                )

    def as_dict(self) -> dict[str, Any]:
        values = vars(self) | {"params": dict(self.params), "options": dict(self.options)}
        # Left out where there are none: what was kept under a request's key before there were options stays found.
        return values if self.options else {k: v for k, v in values.items() if k != "options"}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "RunRequest":
        return cls(**values)

    def key(self, *extra: str) -> str:
        """A fingerprint of the settings and of `extra`, for caches and files."""
        text = json.dumps([self.as_dict(), *extra], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:32]
