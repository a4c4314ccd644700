"""The circuit of a selection accepts what is so and nothing else: every history and every mask of a small catalogue."""

from itertools import product
from math import isqrt
from typing import Any

import numpy as np
import pytest

from backends.provers.groth16 import circuit
from backends.provers.groth16.circuit import SelectionCircuit
from backends.provers.groth16.field import R
from backends.provers.groth16.groth16 import Groth16
from backends.provers.groth16.r1cs import Builder, Shape, Values
from privacy.errors import DataError
from privacy.params import NoParams
from privacy.primitives.scoring import quantise
from privacy.provers.errors import FalseStatement
from privacy.provers.prover import Public, fresh_salt
from privacy.provers.selection import FINE, SelectionModel, SelectionStatement, SelectionWitness
from tests.support.provers import made_up, replaced, somebody

EIGHT = SelectionModel(
    np.array([[2, 0], [0, 2], [1, 1], [1, 1], [-1, 1], [2, -1], [0, 0], [1, 1]]),
    np.array([[1, 0], [0, 1], [1, 1], [1, 1], [-1, 1], [2, -1], [-1, 0], [1, 1]]) * (FINE // 4),
)
"""Eight items, some of them alike, so that many scores are tied; the first and the seventh cancel each other out."""
PRIME = (1 << 31) - 1


class Many(Builder):
    """Many witnesses at once: expressions are arrays, one entry a witness, over a prime whose products fit int64."""

    def __init__(self, count: int) -> None:
        super().__init__(PRIME)
        self.satisfied = np.ones(count, bool)

    def public(self, value: Any) -> Any:
        return self.wire(value)

    def wire(self, value: Any) -> Any:
        return np.asarray(value()) % self.prime

    def enforce(self, a: Any, b: Any, c: Any) -> None:
        self.satisfied &= (a % self.prime * (b % self.prime) - c) % self.prime == 0

    def dot(self, factors: Any, terms: Any) -> Any:
        return sum(factor * term for factor, term in zip(factors, terms, strict=True)) % self.prime

    def folded(self, value: Any) -> Any:
        return value % self.prime


def bits(values: Any) -> list[Any]:
    return [np.asarray(values) >> at & 1 for at in range(8)]


def accepted_vectors(history: list[int]) -> list[tuple[int, int]]:
    """The vectors that the circuit takes for a history, of all near its own; none where it has none."""
    own = SelectionCircuit(SelectionStatement(8, 2, 2), EIGHT)
    try:
        near = EIGHT.vector(np.array([at for at in range(8) if history[at]], np.int64))
    except DataError:
        near = np.zeros(2, np.int64)
    found = []
    for step in product(range(-2, 3), repeat=2):
        entry = tuple(int(x) for x in near + step)
        tried = Values(lenient=True)
        circuit.rounded(tried, own, history, list(entry))
        if tried.broken is None:
            found.append(entry)
    return found


def test_a_vector_is_that_of_its_history() -> None:
    for mask in range(256):
        history = [mask >> at & 1 for at in range(8)]
        total = (np.array(history) @ EIGHT.features).tolist()
        norm = isqrt(sum(x * x for x in total))
        found = accepted_vectors(history)
        if not norm:
            assert found == []
            continue
        assert found == [
            v for v in found if all(128 * abs(256 * s - norm * e) <= 66 * norm for s, e in zip(total, v, strict=True))
        ]
        assert tuple(EIGHT.vector(np.flatnonzero(history)).tolist()) in found
        # A second one is taken only within a 64th of a step of the middle between two.
        assert len(found) == 1 or any(62 <= (256 * 128 * s // norm) % 128 <= 66 for s in total)


def test_of_every_history_and_every_mask_exactly_the_right_ones_are_accepted() -> None:
    statement = SelectionStatement(8, 2, 2)
    every = np.arange(1 << 16)
    first = Many(len(every))
    circuit.sets(first, statement, bits(every >> 8), bits(every & 255))
    apart = every[first.satisfied]
    sizes = [bin(int(one) & 255).count("1") for one in apart]
    assert set(sizes) == {2}
    assert len(apart) == 28 * 2**6
    tried: dict[int, set[int]] = {}
    expected: dict[int, set[int]] = {}
    for history in range(256):
        own = [history >> at & 1 for at in range(8)]
        masks = apart[apart >> 8 == history] & 255
        vectors = accepted_vectors(own)
        for vector in vectors:
            scores = (EIGHT.items @ np.array(vector)).tolist()
            # A threshold matters by which scores it is above: these are all ways.
            thresholds = sorted({s + step for s in scores for step in (-1, 0, 1)})
            grid = np.array(list(product(masks, thresholds, range(9))), np.int64).reshape(-1, 3)
            many = Many(len(grid))
            before = [(grid[:, 2] > at).astype(np.int64) for at in range(1, 8)]
            entries = [np.int64(x) for x in vector]
            circuit.best(many, EIGHT.items.tolist(), [np.int64(x) for x in own], bits(grid[:, 0]), entries,
                         grid[:, 1], before, width=12)  # fmt: skip
            tried.setdefault(history, set()).update(grid[many.satisfied, 0].tolist())
            unseen = sorted((at for at in range(8) if not own[at]), key=lambda at: (-scores[at], at))
            if len(unseen) >= 2:
                expected.setdefault(history, set()).add(sum(1 << at for at in unseen[:2]))
    assert {history: masks for history, masks in tried.items() if masks} == expected
    assert len(expected) > 200


def pinned(shape: Shape, wires: list[int], *, free: set[int]) -> bool:
    """Whether wires are determined by those given, near an assignment: the slopes of the constraints have full rank."""
    unknown = [wire for wire in range(1, shape.wires) if wire not in free]
    place = {wire: at for at, wire in enumerate(unknown)}
    reduced: dict[int, dict[int, int]] = {}
    for a, b, c in shape.rows:
        left, right = (sum(factor * wires[wire] for wire, factor in side.items()) % R for side in (a, b))
        slope: dict[int, int] = {}
        for side, times in ((a, right), (b, left), (c, -1)):
            for wire, factor in side.items():
                if wire in place:
                    slope[place[wire]] = (slope.get(place[wire], 0) + factor * times) % R
        slope = {at: value for at, value in slope.items() if value}
        while slope:
            pivot = max(slope)
            if pivot not in reduced:
                scale = pow(slope[pivot], -1, R)
                reduced[pivot] = {at: value * scale % R for at, value in slope.items()}
                break
            times = slope[pivot]
            for at, value in reduced[pivot].items():
                slope[at] = (slope.get(at, 0) - times * value) % R
            slope = {at: value for at, value in slope.items() if value}
    return len(reduced) == len(unknown)


def test_no_wire_is_left_free_by_the_constraints() -> None:
    model = made_up(items=4, dims=2)
    statement, witness = somebody(model, shown=2, liked=1)
    own, prover = SelectionCircuit(statement, model), Groth16(NoParams())
    public = prover.public(statement, model, witness, context=7)
    shape, wires = own.shape(), own.values(public, witness).wires
    assert shape.broken(wires) is None
    inputs = set(range(1, 1 + 4 + 4 + 4 + 2 + 2))
    assert pinned(shape, wires, free=inputs)
    shape.rows = [row for row, rule in zip(shape.rows, shape.rules, strict=True) if "commitment" not in rule]
    assert not pinned(shape, wires, free=inputs)


class Lying(Values):
    """Puts another value on one wire, computes all others from it, and keeps which constraints that breaks."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at, self._row = at, 0
        self.rows: set[int] = set()

    def wire(self, value: Any) -> int:
        true = super().wire(value)
        if len(self.wires) - 1 == self._at:
            self.wires[-1] = (true + 1) % R
        return self.wires[-1]

    def enforce(self, a: int, b: int, c: int) -> None:
        if (a * b - c) % R:
            self.rows.add(self._row)
        self._row += 1


def test_no_wire_can_be_lied_about() -> None:
    """For each wire that is computed a constraint breaks, whatever follows from the lie."""
    model = made_up(items=4, dims=2)
    statement, witness = somebody(model, shown=2, liked=1)
    own = SelectionCircuit(statement, model)
    public, shape = Groth16(NoParams()).public(statement, model, witness, context=7), own.shape()
    # Whoever lies publishes the commitments that come of it.
    published = {at for at, row in enumerate(shape.rows) if row[2] in ({2: 1}, {3: 1})}
    assert len(published) == 2
    hashes = {
        wire for row, rule in zip(shape.rows, shape.rules, strict=True) if "commitment" in rule for wire in row[2]
    }
    given = set(range(1 + 4 + 4 + 4 + 2 + 2))
    choice = set(range(first := shape.wires - 4 * (own.score_bits + 1) - 4, first + 4))
    tried = [at for at in range(shape.wires) if at not in given | choice and (at not in hashes or at % 16 == 0)]
    assert len(tried) > 300
    for at in tried:
        lie = Lying(at)
        circuit._write(lie, own, public, circuit._Inputs.of(own, witness))
        assert lie.rows - published, f"wire {at}"


def test_a_vector_has_whole_numbers() -> None:
    """256 S / n of the field is no entry, though it is exactly in the middle of the bounds."""
    own = SelectionCircuit(SelectionStatement(8, 2, 2), EIGHT)
    history = [1, 1, 0, 1, 0, 0, 0, 0]
    total = (np.array(history) @ EIGHT.features).tolist()
    norm = isqrt(sum(x * x for x in total))
    tried = Values(lenient=True)
    circuit.rounded(tried, own, history, [256 * x * pow(norm, -1, R) % R for x in total])
    assert tried.broken is not None


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda w: replaced(w, chosen=w.chosen[:-1]), "as many"),
        (lambda w: replaced(w, chosen=np.append(w.chosen[:-1], w.history[0])), "no item of the history"),
        (lambda w: replaced(w, chosen=np.append(w.chosen[:-1], worst(w))), "best"),
        (lambda w: replaced(w, vector=w.vector + 2), "vector"),
        (lambda w: replaced(w, salt=w.salt + 1), "history is the one"),
        (lambda w: replaced(w, chosen_salt=w.chosen_salt + 1), "selection is the one"),
    ],
)
def test_what_is_not_so_is_refused_by_its_rule(change: Any, rule: str) -> None:
    statement, witness = somebody(MODEL, shown=3)
    own, prover = SelectionCircuit(statement, MODEL), Groth16(NoParams())
    lie = change(witness)
    public = prover.public(statement, MODEL, lie, context=1)
    if "one of" in rule or "is the one" in rule:
        public = prover.public(statement, MODEL, witness, context=1)
    with pytest.raises(FalseStatement, match=rule):
        own.values(public, lie)


MODEL = made_up(items=16, dims=4)


def worst(witness: SelectionWitness) -> int:
    return int((MODEL.items @ witness.vector).argmin())


def test_another_model_is_refused() -> None:
    statement, witness = somebody(MODEL, shown=3)
    public = Groth16(NoParams()).public(statement, MODEL, witness, context=1)
    other = Public(public.model + 1, public.profile, public.selection, public.context)
    with pytest.raises(FalseStatement, match="model"):
        SelectionCircuit(statement, MODEL).values(other, witness)


@pytest.mark.parametrize("seed", range(20))
def test_the_vector_that_stacks_score_with_is_taken(seed: int) -> None:
    """Floats rounded as the pages round them, and whole numbers as the circuit does, give one selection."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(40, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    model = SelectionModel.of(quantise(vectors), vectors)
    liked = rng.choice(40, 1 + seed, replace=False)
    mean = vectors[liked].mean(axis=0)
    theirs = quantise(mean / np.linalg.norm(mean))
    statement = SelectionStatement.of(model, shown=5)
    one = SelectionWitness.of(model, liked, shown=5, salt=fresh_salt(), chosen_salt=fresh_salt())
    witness = replaced(one, vector=theirs)
    public = Groth16(NoParams()).public(statement, model, witness, context=1)
    SelectionCircuit(statement, model).values(public, witness)
    assert (theirs == one.vector).all()
