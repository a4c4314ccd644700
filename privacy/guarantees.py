"""Guarantees: what is hidden from whom, and under which assumption."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any


class Strength(IntEnum):
    """How input privacy towards one observer holds, weakest first."""

    NONE = 0
    DIFFERENTIAL = 1
    COMPUTATIONAL = 2
    NON_COLLUSION = 3
    NOTHING_SENT = 4


@dataclass(frozen=True)
class OutputPrivacy:
    """A differential-privacy bound: epsilon and delta, or rho, with all that gives them a meaning."""

    epsilon: float
    delta: float
    unit: str
    neighbours: str
    model: str
    accountant: str
    rho: float | None = None
    sampler: str = "none"


@dataclass(frozen=True)
class Towards:
    """The guarantee towards one observer.

    `statement` is the sentence that the page shows; `leaks` what the observer still learns. Under non-collusion,
    `collusion` is how many such observers must collude before nothing is guaranteed.
    """

    observer: str
    strength: Strength
    statement: str
    assumption: str = ""
    security_bits: int | None = None
    leaks: tuple[str, ...] = ()
    output: OutputPrivacy | None = None
    collusion: int = 2


@dataclass(frozen=True)
class Guarantee:
    """What a mechanism or a run guarantees, per observer."""

    towards: tuple[Towards, ...]
    adversary: str = "semi-honest"
    source: str = "declared"

    @classmethod
    def none(cls, *, towards: str, statement: str = "") -> "Guarantee":
        text = statement or f"The {towards} reads the input in the clear."
        return cls((Towards(towards, Strength.NONE, text),))

    @classmethod
    def nothing_sent(cls, *, towards: str, statement: str, leaks: tuple[str, ...] = ()) -> "Guarantee":
        return cls((Towards(towards, Strength.NOTHING_SENT, statement, leaks=leaks),))

    @classmethod
    def computational(
        cls, *, towards: str, statement: str, assumption: str, security_bits: int, leaks: tuple[str, ...] = ()
    ) -> "Guarantee":
        return cls((Towards(towards, Strength.COMPUTATIONAL, statement, assumption, security_bits, leaks),))

    def observer(self, name: str) -> Towards | None:
        return next((t for t in self.towards if t.observer == name), None)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Guarantee":
        """Read what `as_dict` wrote."""
        rows = [
            Towards(**(t | {
                "strength": Strength[t["strength"].upper().replace(" ", "_")],
                "leaks": tuple(t["leaks"]),
                "output": OutputPrivacy(**t["output"]) if t["output"] else None,
            }))
            for t in values["towards"]
        ]  # fmt: skip
        return cls(tuple(rows), values["adversary"], values["source"])

    def as_dict(self) -> dict[str, Any]:
        towards = [asdict(t) | {"strength": t.strength.name.lower().replace("_", " ")} for t in self.towards]
        return {"adversary": self.adversary, "source": self.source, "towards": towards}


def weakest(steps: Mapping[str, Guarantee]) -> Guarantee:
    """The guarantee of a run made of `steps` (name -> guarantee): towards each observer, its weakest step."""
    seen: dict[str, list[tuple[str, Towards]]] = {}
    for step, guarantee in steps.items():
        for t in guarantee.towards:
            seen.setdefault(t.observer, []).append((step, t))
    adversaries = sorted({g.adversary for g in steps.values()})
    return Guarantee(tuple(_weakest(rows) for rows in seen.values()), adversary=" / ".join(adversaries))


def _weakest(rows: list[tuple[str, Towards]]) -> Towards:
    strength = min(t.strength for _, t in rows)
    weak = [(step, t) for step, t in rows if t.strength == strength]
    statement = " ".join(dict.fromkeys(t.statement for _, t in weak))
    if len(weak) < len(rows):
        statement = f"Weakest step, {weak[0][0]}: {statement}"
    bits = [t.security_bits for _, t in weak if t.security_bits is not None]
    return Towards(
        weak[0][1].observer,
        strength,
        statement,
        "; ".join(dict.fromkeys(t.assumption for _, t in weak if t.assumption)),
        min(bits) if bits else None,
        tuple(dict.fromkeys(leak for _, t in rows for leak in t.leaks)),
        next((t.output for _, t in weak if t.output), None),
        min(t.collusion for _, t in weak),
    )
