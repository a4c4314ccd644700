"""The statement of a selection: that its k items are the best unseen ones for a history, by a public model.

A person's vector is the sum of the features of what they liked, brought to length 256 and rounded; an item's score is
the product of its row and the vector. Both are the integers that every stack scores with, so that a proof is of what
is on the screen. Ties go to the lower index.
"""

import hashlib
import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from privacy.errors import DataError, ParamError
from privacy.primitives.scoring import SCALE, Ints, top_k

FINE = 1 << 20
"""Steps per unit of the features that a history is summed up with: the rounding of a vector must not depend on them."""
SLACK = 64
"""An entry of a vector may lie 1/64 of a step further off than half a step: floats and integers round alike to that."""
MOST_LIKED = 255
"""How many items a history may have."""
WORD = 250
"""Bits of a history, or of a selection, in one number of a commitment."""
BUCKETS = tuple(WORD * words for words in (1, 2, 4, 8, 15))
"""Sizes that catalogues are padded to: a commitment says no more of a catalogue's size than its bucket."""
MODEL_BITS = 248
"""Bits of a model's root: below the order of every group that proofs are made in."""


@dataclass(frozen=True)
class SelectionModel:
    """A public model: the rows that score (N, d), as all stacks have them, and the features (N, d) in fine steps."""

    items: Ints
    features: Ints

    def __post_init__(self) -> None:
        if self.items.ndim != 2 or self.items.shape != self.features.shape or not self.items.size:
            shapes = f"{self.items.shape} and {self.features.shape}"
            raise DataError(f"a model's items and features have the shapes {shapes}", then="give both as (N, d)")
        for name, rows, bound in (("items", self.items, SCALE), ("features", self.features, FINE)):
            if rows.dtype.kind not in "iu":
                raise DataError(f"a model's {name} are {rows.dtype}, not integers", then="quantise them first")
            if max(int(rows.max()), -int(rows.min())) > bound:
                text = f"a model's {name} go beyond {bound}, so that scores may overflow"
                raise DataError(text, then="scale every row to length one before it is quantised")

    @classmethod
    def of(cls, items: Ints, vectors: npt.NDArray[np.float64]) -> "SelectionModel":
        """The model of quantised items (N, d) and of the floats (N, d) within [-1, 1] that they came from."""
        return cls(np.asarray(items, np.int64), np.rint(vectors * FINE).astype(np.int64))

    @property
    def root(self) -> int:
        """The digest of all its integers, of 248 bits: who has the model can say which it is."""
        digest = hashlib.sha256(b"veilbench selection model 1")
        for rows in (self.items, self.features):
            digest.update(np.array(rows.shape, "<i8").tobytes() + rows.astype("<i8").tobytes())
        return int.from_bytes(digest.digest(), "big") >> 256 - MODEL_BITS

    def vector(self, history: Ints) -> Ints:
        """The vector of who likes the items of those indices, int64 (d,). DataError where they cancel out."""
        total = [int(x) for x in self.features[np.asarray(history, np.int64)].sum(axis=0)]
        length = math.isqrt(sum(x * x for x in total))
        if not length:
            raise DataError("the liked items cancel each other out", then="like one more item")
        return np.array([(2 * SCALE * x + length) // (2 * length) for x in total], np.int64)


@dataclass(frozen=True)
class SelectionStatement:
    """What is proved, by its shape: `shown` of `items` items of `dims` numbers. DataError where that cannot be.

    The public inputs are, in this order: the model's root, the commitments to the history and to the selection, and the
    context, a number that binds a proof to where it is used.
    """

    items: int
    dims: int
    shown: int

    name = "selection"

    def __post_init__(self) -> None:
        if min(self.items, self.dims, self.shown) < 1 or self.shown > self.items:
            text = f"nothing shows {self.shown} of {self.items} items of {self.dims} numbers"
            raise DataError(text, then="choose a catalogue with more items than are shown")
        if self.items > BUCKETS[-1]:
            text = f"a catalogue of {self.items:,} items is larger than any circuit: {BUCKETS[-1]:,} at most"
            raise DataError(text, then="prove a selection of its first rows")
        if self.dims > 256:
            raise DataError(f"items of {self.dims} numbers are too long to prove", then="choose 256 at most")

    @classmethod
    def of(cls, model: SelectionModel, *, shown: int) -> "SelectionStatement":
        """The statement of a model."""
        items, dims = model.items.shape
        return cls(items, dims, shown)

    @property
    def bucket(self) -> int:
        """The items that the catalogue is padded to."""
        return next(size for size in BUCKETS if size >= self.items)

    @property
    def title(self) -> str:
        """The shape in a word, such as selection-64x16-10."""
        return f"{self.name}-{self.items}x{self.dims}-{self.shown}"

    def as_dict(self) -> dict[str, object]:
        return {"name": self.name, "items": self.items, "dims": self.dims, "shown": self.shown}

    def words(self, indices: Ints) -> list[int]:
        """A set of items as the numbers of a commitment: 250 bits each, the lowest index first."""
        found = [0] * (self.bucket // WORD)
        for index in np.asarray(indices, np.int64).tolist():
            found[index // WORD] |= 1 << index % WORD
        return found


@dataclass(frozen=True, repr=False)
class SelectionWitness:
    """What only the device knows: the indices of the history and of what is chosen, the vector (d,), and two salts.

    It has no readable form. DataError where a salt is none.
    """

    history: Ints
    chosen: Ints
    vector: Ints
    salt: int = field(repr=False)
    chosen_salt: int = field(repr=False)

    def __repr__(self) -> str:
        return "<SelectionWitness>"

    @classmethod
    def of(cls, model: SelectionModel, history: Ints, *, shown: int, salt: int, chosen_salt: int) -> "SelectionWitness":
        """The witness of the selection that a history gets."""
        vector = model.vector(history)
        chosen = top_k(model.items @ vector, k=shown, exclude=np.asarray(history, np.int64))
        return cls(np.asarray(history, np.int64), chosen, vector, salt, chosen_salt)

    def check(self, statement: SelectionStatement) -> None:
        """ParamError or DataError where no such selection can be proved: a sentence before any work."""
        for name, indices in (("history", self.history), ("chosen", self.chosen)):
            rows = np.asarray(indices)
            if rows.ndim != 1 or rows.dtype.kind not in "iu" or not rows.size:
                raise DataError(f"the {name} is not a list of item numbers", then="give indices into the catalogue")
            if rows.min() < 0 or rows.max() >= statement.items:
                raise DataError(
                    f"the {name} has an item that the catalogue has not", then="use the model's own catalogue"
                )
            if len(np.unique(rows)) != len(rows):
                raise DataError(f"the {name} has an item twice", then="name each item once")
        if len(self.history) > MOST_LIKED:
            text = f"a history of {len(self.history)} items is too long to prove"
            raise DataError(text, then=f"choose {MOST_LIKED} at most")
        if np.shape(self.vector) != (statement.dims,):
            raise DataError(f"a vector has the shape {np.shape(self.vector)}, not {(statement.dims,)}")
        if self.salt < 1 << 128 or self.chosen_salt < 1 << 128 or self.salt == self.chosen_salt:
            raise ParamError("a salt of a commitment is small, or used twice", then="draw both with `fresh_salt`")


@dataclass(frozen=True, repr=False)
class Selected:
    """What a workload shows somebody: the indices of the history and of what is shown, and the vector."""

    model: SelectionModel
    history: Ints
    chosen: Ints
    vector: Ints

    def __repr__(self) -> str:
        return "<Selected>"
