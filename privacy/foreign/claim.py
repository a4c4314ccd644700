"""What somebody claims of a step: epsilon, for whom, between which neighbours, and what it clips to."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from privacy.errors import ParamError, UnknownNameError

NEIGHBOURS = {
    "presence": "an update, or zeros in its place",
    "replacement": "any two updates",
}
NOISES = ("gaussian", "laplace")
MOST_RELEASES = 10_000


@dataclass(frozen=True)
class Claim:
    """A claimed (epsilon, delta) for one `unit`, over `releases` of the same input together.

    `clip` is the most that an update's length is said to be after the step's own clipping: L2 for Gaussian noise, L1
    for Laplace noise. `sigma`, if it is declared, is the standard deviation of Gaussian noise on each entry, or the
    scale of Laplace noise. ParamError for numbers that are none of these.
    """

    epsilon: float
    delta: float = 0.0
    clip: float = 1.0
    neighbours: str = "presence"
    releases: int = 1
    unit: str = "update"
    sigma: float | None = None
    noise: str = "gaussian"

    def __post_init__(self) -> None:
        _number(self.epsilon, "the claimed epsilon", low=0.0)
        _number(self.clip, "the clip", low=0.0)
        _number(self.delta, "the claimed delta", low=-1.0)
        if self.sigma is not None:
            _number(self.sigma, "the declared sigma", low=0.0)
        if not 0 <= self.delta < 1:
            raise ParamError(f"the claimed delta is {self.delta:g}", then="give a number from 0 to below 1")
        if type(self.releases) is not int or not 1 <= self.releases <= MOST_RELEASES:
            raise ParamError(f"a claim is of 1 to {MOST_RELEASES} releases", then="give a whole number of releases")
        for what, name, known in (("neighbour relation", self.neighbours, NEIGHBOURS), ("noise", self.noise, NOISES)):
            if name not in known:
                raise UnknownNameError(what, str(name), known)

    @property
    def sensitivity(self) -> float:
        """How far two neighbours are apart at most, once clipped."""
        return self.clip * (2 if self.neighbours == "replacement" else 1)

    def sentence(self) -> str:
        """The claim in words, without a full stop."""
        delta = f" at delta {self.delta:g}" if self.delta else ", pure (delta 0)"
        many = f", in {self.releases} releases together" if self.releases > 1 else ", in one release"
        return (
            f"epsilon {self.epsilon:g}{delta}, for one {self.unit} clipped to {self.clip:g}{many}; "
            f"neighbours: {NEIGHBOURS[self.neighbours]}"
        )


def claim_of(declared: Mapping[str, Any], given: Mapping[str, Any]) -> Claim:
    """The claim that a step declares of itself, with what is `given` in place of it.

    ParamError where nobody names an epsilon, UnknownNameError for a part that no claim has.
    """
    known = [f.name for f in fields(Claim)]
    for name in declared:
        if name not in known:
            raise UnknownNameError("part of a claim", name, known)
    values = dict(declared) | {name: value for name, value in given.items() if value is not None}
    if "epsilon" not in values:
        raise ParamError("no epsilon is claimed", then="give it by --claims-epsilon, or in an attribute `claims`")
    return Claim(**values)


def _number(value: Any, name: str, *, low: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value <= low:
        raise ParamError(f"{name} is not a number that it can be: {value!r:.40}", then="give a number above 0")
