"""Claims about a feed: whose history got which items, with the salts that hide both. They stay on this device."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from privacy.plugin import RunRequest
from privacy.plugin.host import options_of
from privacy.plugin.provers import DataError, Selected, SelectionModel, SelectionStatement, SelectionWitness, fresh_salt
from privacy.plugin.running import Ints, Registry, top_k
from workloads.fyp.options import OWN
from workloads.fyp.tastes import own_taste
from workloads.fyp.workload import world_of
from workloads.fyp.world import SHOWN, World


@dataclass(frozen=True, repr=False)
class Claim:
    """That somebody with this history was shown these items, both as places in the catalogue. It has no readable form.

    `vector` is the taste that was scored, int (d,).
    """

    history: tuple[int, ...]
    chosen: tuple[int, ...]
    vector: tuple[int, ...]
    salt: int = field(default_factory=fresh_salt)
    chosen_salt: int = field(default_factory=fresh_salt)

    def __repr__(self) -> str:
        return "<Claim>"

    @classmethod
    def of(cls, world: World, history: Sequence[int]) -> Self:
        """The true claim of a history: the feed that exact scores give it."""
        taste = world.taste(np.array(history, np.int64))
        chosen = top_k(world.items @ taste.vector, k=SHOWN, exclude=taste.liked)
        return cls(tuple(map(int, history)), _ints(chosen), _ints(taste.vector))

    def shows(self, chosen: Sequence[int]) -> Self:
        """The same with other items shown."""
        return replace(self, chosen=tuple(int(one) for one in chosen))

    def witness(self) -> SelectionWitness:
        """What a prover takes."""
        history, chosen, vector = (np.array(one, np.int64) for one in (self.history, self.chosen, self.vector))
        return SelectionWitness(history, chosen, vector, self.salt, self.chosen_salt)

    def as_dict(self) -> dict[str, Any]:
        """For the pipe to a worker: salts as text, as JSON's numbers are short."""
        numbers = {"history": self.history, "chosen": self.chosen, "vector": self.vector}
        return {**numbers, "salt": hex(self.salt), "chosen_salt": hex(self.chosen_salt)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What `as_dict` gave."""
        history, chosen, vector = (tuple(values[name]) for name in ("history", "chosen", "vector"))
        return cls(history, chosen, vector, int(values["salt"], 16), int(values["chosen_salt"], 16))


def model_of(world: World) -> SelectionModel:
    """The public model of a world: the integers that every stack scores with, and what they came from."""
    return SelectionModel.of(world.items, world.features.vectors)


def statement_of(model: SelectionModel) -> SelectionStatement:
    """What is proved of a feed. DataError where the catalogue is too large, or has too few items."""
    return SelectionStatement.of(model, shown=SHOWN)


def check(world: World, claim: Claim) -> None:
    """DataError where no proof of such a claim can be made: a sentence before any work."""
    items, dims = world.items.shape
    claim.witness().check(SelectionStatement(items, dims, SHOWN))


def selected(request: RunRequest, registry: Registry) -> Selected:
    """What the user of a request is shown by exact scores: what `veilbench prove` proves."""
    options = options_of(request, registry)
    world = world_of(request, options)
    taste = own_taste(world) if options.user == OWN else world.taste(np.array(world.persona(options.user).liked))
    if taste is None:
        raise DataError("nothing is liked yet", then="like at least one profile, or name another user")
    claim = Claim.of(world, taste.liked.tolist()).witness()
    return Selected(model_of(world), claim.history, claim.chosen, claim.vector)


def _ints(values: Ints) -> tuple[int, ...]:
    return tuple(int(one) for one in values)
