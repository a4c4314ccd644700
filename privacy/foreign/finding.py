"""What an audit of a foreign step came to: a verdict on its claim, and the figures that the verdict rests on.

`refuted` rests on the game alone and on no model of the noise. `charged` is arithmetic: the epsilon of noise of a known
kind and size. What is declared and what is measured are never mixed in one charge.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from privacy.foreign.claim import Claim

Verdict = Literal["refuted", "charged", "not refuted", "too few to tell"]
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Charge:
    """Epsilon by arithmetic, at the claim's delta: at least `epsilon` (infinite where nothing bounds it).

    `source` says where the noise's size is from, `how` what the arithmetic takes for granted. `most` bounds it from
    above, where it is known.
    """

    source: Literal["declared", "measured"]
    epsilon: float
    how: str
    most: float | None = None

    @property
    def amount(self) -> str:
        """The epsilon as a bound from below."""
        return "no epsilon" if math.isinf(self.epsilon) else f"ε ≥ {written(self.epsilon)}"

    def sentence(self) -> str:
        size = "epsilon is unbounded" if math.isinf(self.epsilon) else f"epsilon is at least {written(self.epsilon)}"
        return f"{size} ({self.source}: {self.how})"


@dataclass(frozen=True)
class Check:
    """A cheap look at one thing. `ok` is None where it says nothing for or against."""

    id: str
    ok: bool | None
    text: str


@dataclass(frozen=True)
class Finding:
    """All that was found of one step. `bound` is the game's lower bound of epsilon, None where none was played.

    `plays` counts the releases of both inputs, `power` is the largest bound that so many could give, `needed` how many
    it takes to refute the claim at all.
    """

    name: str
    claim: Claim
    measured_at: str
    bound: float | None = None
    plays: int = 0
    power: float = 0.0
    needed: int = 0
    event: str = ""
    inputs: str = ""
    charges: tuple[Charge, ...] = ()
    checks: tuple[Check, ...] = ()
    seconds: float = 0.0

    @property
    def charged(self) -> float | None:
        """The largest epsilon that arithmetic gives, None where there is none."""
        return max((charge.epsilon for charge in self.charges), default=None)

    @property
    def verdict(self) -> Verdict:
        if self.bound is not None and self.bound > self.claim.epsilon:
            return "refuted"
        if self.charged is not None and self.charged > self.claim.epsilon:
            return "charged"
        if self.bound is not None and self.power <= self.claim.epsilon:
            return "too few to tell"
        return "not refuted"

    @property
    def alarm(self) -> bool:
        """Whether the claim is false, by the game or by arithmetic."""
        return self.verdict in ("refuted", "charged")

    @property
    def doubts(self) -> tuple[Check, ...]:
        """What is wrong beside the verdict."""
        return tuple(check for check in self.checks if check.ok is False)

    def sentence(self) -> str:
        """The verdict in one sentence."""
        claim, game = self.claim.epsilon, f"95%, {self.plays:,} releases"
        bound = "" if self.bound is None else f"epsilon is at least {written(self.bound)} ({game})"
        charge = next((c for c in self.charges if c.epsilon == self.charged), None)
        if self.verdict == "refuted":
            return f"Refuted: {bound}, and {claim:g} is claimed."
        if self.verdict == "charged" and charge is not None:
            return f"Charged: {charge.sentence()}, and {claim:g} is claimed."
        if self.verdict == "too few to tell":
            takes = f"{self.needed:,}" if self.needed < 1e9 else written(self.needed)
            return (
                f"Too few to tell: {self.plays:,} releases can bound epsilon at {written(self.power)} at most; a claim "
                f"of {claim:g} takes {takes}."
            )
        most = charge.most if charge is not None else None
        held = f"by arithmetic it is at most {written(most)}" if most is not None else bound
        return f"Not refuted: {held}, and {claim:g} is claimed. A gap is not a proof of safety."

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; an epsilon without bound is None beside `unbounded`."""
        charges = [
            asdict(c) | {"epsilon": None if math.isinf(c.epsilon) else c.epsilon, "unbounded": math.isinf(c.epsilon)}
            for c in self.charges
        ]
        more = {"verdict": self.verdict, "sentence": self.sentence(), "confidence": CONFIDENCE}
        return asdict(self) | {"charges": charges} | more


def finding_from(values: Mapping[str, Any]) -> Finding:
    """The finding that `as_dict` wrote. TypeError, KeyError or ValueError for anything else."""
    kept = {name: values[name] for name in Finding.__dataclass_fields__}
    charges = [dict(c) for c in kept["charges"]]
    for charge in charges:
        charge["epsilon"] = math.inf if charge.pop("unbounded") else float(charge["epsilon"])
    more = {
        "claim": Claim(**kept["claim"]),
        "charges": tuple(Charge(**c) for c in charges),
        "checks": tuple(Check(**c) for c in kept["checks"]),
    }
    return Finding(**kept | more)


def written(value: float) -> str:
    """A figure with three digits, and no more zeros than a reader can count."""
    if value < 1e5:
        return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
    return f"{value:.2g}".replace("e+0", "e").replace("e+", "e")
