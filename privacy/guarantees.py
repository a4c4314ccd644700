"""Guarantees: who learns nothing, what, from whom, and under which assumption."""

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
    """A differential-privacy bound: epsilon and delta, or rho, with everything that gives them a meaning."""

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

    `statement` is the sentence that the page shows; `leaks` what the observer still learns.
    """

    observer: str
    strength: Strength
    statement: str
    assumption: str = ""
    security_bits: int | None = None
    leaks: tuple[str, ...] = ()
    output: OutputPrivacy | None = None


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


def weakest(steps: dict[str, Guarantee]) -> Guarantee:
    """The guarantee of a run made of `steps` (name -> guarantee): towards each observer, its weakest step."""
    merged: dict[str, Towards] = {}
    leaks: dict[str, tuple[str, ...]] = {}
    for step, guarantee in steps.items():
        for t in guarantee.towards:
            leaks[t.observer] = leaks.get(t.observer, ()) + tuple(
                leak for leak in t.leaks if leak not in leaks.get(t.observer, ())
            )
            if t.observer not in merged or t.strength < merged[t.observer].strength:
                merged[t.observer] = Towards(
                    t.observer, t.strength, f"Weakest step, {step}: {t.statement}" if len(steps) > 1 else t.statement,
                    t.assumption, t.security_bits, (), t.output,
                )  # fmt: skip
    rows = tuple(Towards(**{**vars(t), "leaks": leaks[name]}) for name, t in merged.items())
    adversaries = {g.adversary for g in steps.values()}
    return Guarantee(rows, adversary=" / ".join(sorted(adversaries)))
