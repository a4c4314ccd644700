"""Run requests: the settings of a run, all fit for a link or a record."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from privacy.errors import ParamError

USUAL = "fyp"
"""The workload where none is named."""

MOST_SEED = 2**32 - 1


@dataclass(frozen=True)
class RunRequest:
    """What to run. Nothing in it is private: a person's own input is passed beside it, never in it.

    `params` are the stack's and `options` the workload's, by name. The seed sets data, simulations and attacks,
    never keys or noise. `data` and `mapping` are paths: of the data, and of the TOML file that says what its columns
    mean.
    """

    stack: str = "plain"
    workload: str = USUAL
    params: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    data: str | None = None
    mapping: str | None = None

    def __post_init__(self) -> None:
        seed: Any = self.seed
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MOST_SEED:
            raise ParamError(f"the setting seed is {seed!r}", then=f"give a whole number between 0 and {MOST_SEED}")

    def as_dict(self) -> dict[str, Any]:
        return vars(self) | {"params": dict(self.params), "options": dict(self.options)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "RunRequest":
        return cls(**values)

    def key(self, *extra: str) -> str:
        """A fingerprint of the settings and of `extra`, for caches and files."""
        text = json.dumps([self.as_dict(), *extra], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:32]
