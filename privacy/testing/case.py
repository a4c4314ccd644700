"""A case: the small, seeded inputs on which every backend of one primitive is checked."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.boundary.party import CLIENT, Party
from privacy.boundary.transcript import View
from privacy.guarantees import Strength
from privacy.mechanism import Mechanism

Array = npt.NDArray[Any]

_GROUPS = 48
"""The most coalitions that are looked at: of more, every so manieth."""


@dataclass(frozen=True)
class Case:
    """One primitive's inputs.

    `x0` and `x1` are the inputs of the indistinguishability game: two inputs that the claim says look alike.
    `extremes` are ordinary inputs at the ends of the range; `edges` are inputs that the task admits and that a
    backend may refuse with a typed error; `bad` are inputs that every device must refuse, by name.

    As it stands, one client holds the input and takes the result; `SumCase` has many holders.
    """

    primitive: str
    task: Any
    own: Mapping[Party, Any]
    x0: Array
    x1: Array
    extremes: tuple[Array, ...]
    edges: tuple[Array, ...]
    bad: Mapping[str, Any]
    draw: Callable[[np.random.Generator], Array]
    compute: Callable[[Array], Array]
    telling: tuple[Array, ...] = ()
    """Admitted inputs of unlike form, for which lengths must not differ: equal halves, duplicates, one place alone."""
    places: tuple[Array, ...] = ()
    """Admitted inputs that put something in every place in turn: what fails or tells at one of them fails or tells."""
    spoil: Callable[[Array], Mapping[str, Any]] | None = None
    """What is bad in the same ways as `bad`, made from other values."""

    @property
    def holders(self) -> tuple[Party, ...]:
        """The parties with a private input."""
        return (CLIENT,)

    @property
    def flat(self) -> Array:
        """An admitted input that is the same in every entry."""
        return np.zeros_like(np.asarray(self.x0))

    def given(self, value: Any) -> dict[Party, Any]:
        """Each holder's private input in one of the case's inputs."""
        return {CLIENT: value}

    def random_secret(self, rng: np.random.Generator) -> Array:
        """A fresh valid private input."""
        return self.draw(rng)

    def reference(self, secret: Array) -> Array:
        """The plain output that every backend is held against."""
        return self.compute(secret)

    def distance(self, output: Any, value: Any) -> float:
        """The largest difference from the reference; infinite where the output is not even well formed."""
        if not self.well_formed(output):
            return float("inf")
        expected = self.reference(np.asarray(value).astype(np.int64))
        return float(np.abs(np.asarray(output, dtype=np.float64) - expected).max(initial=0.0))

    def well_formed(self, output: Any) -> bool:
        """Whether an output has the reference's shape and holds finite numbers."""
        array = np.asarray(output)
        shape = self.reference(self.x0).shape
        return array.shape == shape and array.dtype.kind in "iuf" and bool(np.isfinite(array).all())

    def left_out(self, output: Any) -> frozenset[Party]:
        """The holders whose input an output does not have in it."""
        return frozenset()

    def refused(self, output: Any) -> frozenset[Party]:
        """The holders whose input an output says was refused."""
        return frozenset()

    def coalitions(self, mechanism: Mechanism[Any]) -> list[Collection[Party]]:
        """The coalitions of several parties towards whom the guarantee holds.

        Of parties that are assumed not to collude, every number below the one from which nothing is guaranteed.
        """
        guarantee, together = mechanism.guarantee(self.task), dict[int, list[Party]]()
        for party in (p for p in mechanism.parties(self.task) if p not in self.holders):
            claim = guarantee.observer(party.name) or guarantee.observer(party.role)
            if claim is not None and claim.strength == Strength.NON_COLLUSION:
                together.setdefault(claim.collusion, []).append(party)
        sizes = [(size, parties) for n, parties in together.items() for size in range(2, min(n - 1, len(parties)) + 1)]
        found = [group for size, parties in reversed(sizes) for group in combinations(parties, size)]
        return list(found[:: max(1, -(-len(found) // _GROUPS))])

    def readings(self, view: View, outputs: Mapping[Party, Any]) -> list[View]:
        """What a distinguisher reads: the view, in parts where it has more messages than features describe.

        `outputs` are those of the result parties in the coalition.
        """
        return [view]
