"""The circuit of a selection: its rules, each in words, over the constants of one model.

The model's integers are constants of the circuit, and so of its key: a key is for one model. Items that pad a catalogue
have no wires, as they can be neither liked nor shown.

For a history h: S = sum of the features of h; n is the whole root of |S|^2; the vector v is S brought to length 256 and
rounded: |256 S - n v| is at most n (1/2 + 1/64) in each entry. Item i scores s_i = M_i v. With a threshold t, and e_i
= 1 for the items before some place and 0 after it, a shown item has s_i >= t + 1 - e_i and any other unseen one
s_i <= t - e_i: so of equal scores the lower index wins. 24 constraints an item, 88 a number of the vector.
"""

from dataclasses import dataclass
from math import isqrt

import numpy as np

from backends.provers.groth16 import gadgets
from backends.provers.groth16.poseidon import poseidon
from backends.provers.groth16.r1cs import Builder, Expression, Shape, Values
from privacy.plugin.provers import (
    MOST_LIKED,
    SCALE,
    SLACK,
    WORD,
    DataError,
    Ints,
    Public,
    SelectionModel,
    SelectionStatement,
    SelectionWitness,
)

VECTOR_BITS = 10
"""Bits of an entry of a vector, from -512 to 511."""
MOST_BITS = 60
"""Bits of a difference of scores, at most."""


@dataclass(frozen=True)
class SelectionCircuit:
    """The circuit of one statement about one model. DataError where scores may overflow it."""

    statement: SelectionStatement
    model: SelectionModel

    def __post_init__(self) -> None:
        if self.model.items.shape != (self.statement.items, self.statement.dims):
            text = f"the model has the shape {self.model.items.shape}, not that of the statement {self.statement.title}"
            raise DataError(text, then="make keys for the model's own statement")
        if self.score_bits > MOST_BITS:
            raise DataError(f"scores of this model take {self.score_bits} bits, and {MOST_BITS} at most can be proved",
                            then="quantise the model in fewer steps")  # fmt: skip

    @property
    def score_bits(self) -> int:
        """Bits that hold the difference of any two scores, by the lengths of the rows and of a vector."""
        longest = isqrt(max(sum(x * x for x in row) for row in self.model.items.tolist())) + 1
        vector = SCALE + isqrt(self.statement.dims) + 1
        return (2 * longest * vector + 1).bit_length()

    @property
    def norm_bits(self) -> int:
        """Bits of the length of a sum of features."""
        rows = self.model.features.tolist()
        longest = isqrt(max(sum(x * x for x in row) for row in rows)) + 1
        return (longest * min(MOST_LIKED, len(rows))).bit_length()

    def shape(self) -> Shape:
        """The constraints."""
        found = Shape()
        _write(found, self, None, None)
        return found

    def values(self, public: Public, witness: SelectionWitness, *, lenient: bool = False) -> Values:
        """All wires of a witness. FalseStatement where it breaks a rule."""
        found = Values(lenient=lenient)
        _write(found, self, public, _Inputs.of(self, witness))
        return found


@dataclass(frozen=True)
class _Inputs:
    """A witness as the circuit takes it: sets as bits, the threshold, and how many items are before its place."""

    history: list[int]
    chosen: list[int]
    vector: list[int]
    salt: int
    chosen_salt: int
    threshold: int
    before: int

    @classmethod
    def of(cls, circuit: SelectionCircuit, witness: SelectionWitness) -> "_Inputs":
        bits = np.zeros((2, circuit.statement.items), np.int64)
        bits[0, witness.history] = 1
        bits[1, witness.chosen] = 1
        scores = circuit.model.items @ witness.vector
        last = min(witness.chosen.tolist(), key=lambda item: (int(scores[item]), -item))
        return cls(bits[0].tolist(), bits[1].tolist(), [int(x) for x in witness.vector], witness.salt,
                   witness.chosen_salt, int(scores[last]), last + 1)  # fmt: skip


def commit(statement: SelectionStatement, indices: Ints, salt: int) -> int:
    """The commitment to a set of items."""
    return poseidon([*statement.words(indices), salt])


def _write(b: Builder, circuit: SelectionCircuit, public: Public | None, w: _Inputs | None) -> None:
    """The circuit, once for its shape (neither input) and once for a witness (both)."""
    statement, model = circuit.statement, circuit.model
    root, profile, shown, context = (_public(b, public, at) for at in range(4))
    history, chosen = (_several(b, w, name, statement.items) for name in ("history", "chosen"))
    vector = _several(b, w, "vector", statement.dims)
    salts = [b.wire(lambda: w.salt if w else 0), b.wire(lambda: w.chosen_salt if w else 0)]

    b.rule = "the model is the one of this key"
    b.same(root, model.root)
    b.product(context, context)  # it takes part, so that a proof is bound to it
    sets(b, statement, history, chosen)
    b.rule = "the history is the one of the commitment"
    b.same(gadgets.poseidon(b, [*_words(b, statement, history), salts[0]]), profile)
    b.rule = "the selection is the one of the commitment"
    b.same(gadgets.poseidon(b, [*_words(b, statement, chosen), salts[1]]), shown)
    rounded(b, circuit, history, vector)
    threshold = b.wire(lambda: w.threshold if w else 0)
    before = [b.wire(lambda at=at: int(at < w.before if w else 0)) for at in range(1, statement.items)]  # type: ignore[misc]
    best(b, model.items.tolist(), history, chosen, vector, threshold, before, width=circuit.score_bits)


def _public(b: Builder, public: Public | None, at: int) -> Expression:
    return b.public(lambda: public.values()[at] if public else 0)


def _several(b: Builder, w: _Inputs | None, name: str, count: int) -> list[Expression]:
    return [b.wire(lambda at=at: getattr(w, name)[at]) for at in range(count)]  # type: ignore[misc]


def sets(b: Builder, statement: SelectionStatement, history: list[Expression], chosen: list[Expression]) -> None:
    """What is liked and what is shown: sets, apart from one another, of the right sizes."""
    for name, bits in (("history", history), ("chosen", chosen)):
        b.rule = f"the {name} is a set of items"
        for one in bits:
            gadgets.bit(b, one)
    b.rule = "exactly as many items are shown as the statement says"
    b.same(b.dot([1] * len(chosen), chosen), statement.shown)
    b.rule = f"a history has at most {MOST_LIKED} items"
    gadgets.number(b, b.dot([1] * len(history), history), width=MOST_LIKED.bit_length())
    b.rule = "no item of the history is shown"
    for liked, shown in zip(history, chosen, strict=True):
        b.enforce(liked, shown, 0)


def _words(b: Builder, statement: SelectionStatement, bits: list[Expression]) -> list[Expression]:
    """A set as the numbers of its commitment, a wire each, so that the sums of the hash stay short."""
    padded = [*bits, *[0] * (statement.bucket - len(bits))]
    found: list[Expression] = []
    for start in range(0, len(padded), WORD):
        packed = b.dot([1 << at for at in range(WORD)], padded[start : start + WORD])
        word = b.wire(lambda packed=packed: packed)  # type: ignore[misc]
        b.same(packed, word)
        found.append(word)
    return found


def rounded(b: Builder, circuit: SelectionCircuit, history: list[Expression], vector: list[Expression]) -> None:
    """The vector is the sum of the features of the history, brought to length 256 and rounded."""
    b.rule = "the vector is that of the history"
    sums = []
    for column in circuit.model.features.T.tolist():
        total = b.dot(column, history)
        one = b.wire(lambda total=total: total)  # type: ignore[misc]
        b.same(total, one)
        sums.append(one)
    norm_bits = circuit.norm_bits
    squares = [b.product(one, one) for one in sums]
    norm = gadgets.whole_root(b, b.dot([1] * len(squares), squares), width=norm_bits)
    room = norm_bits + (2 * SLACK + 4).bit_length()
    for total, entry in zip(sums, vector, strict=True):
        gadgets.number(b, entry + (1 << VECTOR_BITS - 1), width=VECTOR_BITS)
        off = total * (2 * SLACK * SCALE) - b.product(entry, norm) * (2 * SLACK)
        most = norm * (SLACK + 2)
        gadgets.number(b, most - off, width=room)
        gadgets.number(b, most + off, width=room)


def best(
    b: Builder, items: list[list[int]], history: list[Expression], chosen: list[Expression], vector: list[Expression],
    threshold: Expression, before: list[Expression], *, width: int,
) -> None:  # fmt: skip
    """Every shown item is better than any other unseen one; of equals the lower index is.

    `before` has a wire for each item after the first: whether it comes at or before the place of the threshold.
    """
    places = [1, *before]
    b.rule = "ties go to the lower index"
    for one, after in zip(places, [*before, 0], strict=True):
        gadgets.bit(b, one - after)
    b.rule = "the shown items are the best unseen ones"
    for row, place, liked, shown in zip(items, places, history, chosen, strict=True):
        over = b.dot([*row, -1, 1], [*vector, threshold, place])
        signed = b.product(shown * 2 - 1, over)
        gadgets.number_if(b, 1 - liked, signed - shown, width=width)
