"""Models and witnesses of selections for tests of provers: made up, small, and the same every time."""

from typing import Any

import numpy as np

from privacy.primitives.scoring import quantise
from privacy.provers.prover import fresh_salt
from privacy.provers.selection import SelectionModel, SelectionStatement, SelectionWitness


def made_up(*, items: int, dims: int, seed: int = 0) -> SelectionModel:
    """A model of items in random directions."""
    vectors = np.random.default_rng(seed).normal(size=(items, dims))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return SelectionModel.of(quantise(vectors), vectors)


def somebody(
    model: SelectionModel, *, shown: int, liked: int = 2, seed: int = 0
) -> tuple[SelectionStatement, SelectionWitness]:
    """The statement of a model, and the witness of a person who likes so many items of it."""
    statement = SelectionStatement.of(model, shown=shown)
    history = np.sort(np.random.default_rng(seed).choice(len(model.items), liked, replace=False))
    return statement, SelectionWitness.of(model, history, shown=shown, salt=fresh_salt(), chosen_salt=fresh_salt())


def replaced(witness: SelectionWitness, **changes: Any) -> SelectionWitness:
    """A witness with some fields changed, of whatever type."""
    fields = {name: getattr(witness, name) for name in ("history", "chosen", "vector", "salt", "chosen_salt")}
    return SelectionWitness(**fields | changes)
