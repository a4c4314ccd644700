"""Each part of the circuit is sound on its own: over a small field every assignment that satisfies it is found."""

from collections.abc import Iterator

import pytest

from backends.provers.groth16 import gadgets
from backends.provers.groth16.circuit import best, sets
from backends.provers.groth16.r1cs import Builder, Shape
from privacy.provers.selection import SelectionStatement


def satisfying(shape: Shape, *, fixed: dict[int, int]) -> Iterator[list[int]]:
    """Every assignment of all wires that satisfies every constraint, given some wires: wire by wire, pruned."""
    ends: dict[int, list[int]] = {}
    for at, row in enumerate(shape.rows):
        ends.setdefault(max((wire for side in row for wire in side), default=0), []).append(at)

    def holds(wires: list[int], at: int) -> bool:
        a, b, c = (sum(factor * wires[wire] for wire, factor in side.items()) for side in shape.rows[at])
        return (a * b - c) % shape.prime == 0

    # What a wire's own constraints leave of it, such as that it is a bit, is found once.
    alone = {wire: [at for at in rows if all({*side} <= {0, wire} for side in shape.rows[at])]
             for wire, rows in ends.items()}  # fmt: skip
    values = [
        [value for value in ([fixed[wire]] if wire in fixed else range(shape.prime))
         if all(holds([1] + [0] * (wire - 1) + [value], at) for at in alone.get(wire, ()))]
        for wire in range(shape.wires)
    ]  # fmt: skip

    def go(wires: list[int]) -> Iterator[list[int]]:
        wire = len(wires)
        if wire == shape.wires:
            yield wires
            return
        for value in values[wire]:
            more = [*wires, value]
            if all(holds(more, at) for at in ends.get(wire, ())):
                yield from go(more)

    return go([1])


def inputs(b: Builder, count: int) -> list[object]:
    return [b.wire(lambda: 0) for _ in range(count)]


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_number_is_what_its_bits_are(width: int) -> None:
    shape = Shape(17)
    (value,) = inputs(shape, 1)
    gadgets.number(shape, value, width=width)
    found = list(satisfying(shape, fixed={}))
    assert [wires[1] for wires in found] == list(range(1 << width))
    assert all(wires[2:] == [wires[1] >> at & 1 for at in range(width)] for wires in found)


def test_a_number_that_does_not_count_has_no_bits() -> None:
    shape = Shape(17)
    counts, value = inputs(shape, 2)
    gadgets.bit(shape, counts)
    gadgets.number_if(shape, counts, value, width=2)
    found = [wires[1:] for wires in satisfying(shape, fixed={})]
    assert {tuple(w[1:2]) for w in found if w[0]} == {(v,) for v in range(4)}
    assert {tuple(w[1:]) for w in found if not w[0]} == {(v, 0, 0) for v in range(17)}


def test_a_whole_root_is_the_only_one() -> None:
    shape = Shape(131)
    (square,) = inputs(shape, 1)
    gadgets.whole_root(shape, square, width=2)
    found = list(satisfying(shape, fixed={}))
    # Roots 1 to 4 in two bits (less one): each square has one, and a whole assignment.
    assert [(wires[1], wires[2]) for wires in found] == [(v, int(v**0.5)) for v in range(1, 25)]


@pytest.mark.parametrize("scores", [(0, 1, 2), (1, 1, 0), (1, 1, 1), (2, 0, 2)])
@pytest.mark.parametrize("liked", [(0, 0, 0), (1, 0, 0), (0, 1, 0)])
def test_a_selection_is_the_best_with_ties_by_index(scores: tuple[int, ...], liked: tuple[int, ...]) -> None:
    """Any threshold and any places of the field may be tried: still the best alone get through."""
    accepted = set()
    for mask in range(8):
        shape = Shape(23)
        history, chosen, vector = inputs(shape, 3), inputs(shape, 3), inputs(shape, 1)
        threshold, before = inputs(shape, 1)[0], inputs(shape, 2)
        best(shape, [[one] for one in scores], history, chosen, vector, threshold, before, width=3)  # type: ignore[arg-type]
        bits = [mask >> at & 1 for at in range(3)]
        given = dict(enumerate([*liked, *bits, 1], start=1))
        if any(satisfying(shape, fixed=given)):
            accepted.add(tuple(at for at in range(3) if bits[at] and not liked[at]))
    order = sorted((at for at in range(3) if not liked[at]), key=lambda at: (-scores[at], at))
    assert accepted == {tuple(sorted(order[:k])) for k in range(4)}


def test_what_is_liked_and_what_is_shown_are_sets_apart() -> None:
    shape = Shape(263)
    history, chosen = inputs(shape, 2), inputs(shape, 2)
    sets(shape, SelectionStatement(2, 1, 1), history, chosen)  # type: ignore[arg-type]
    found = {tuple(wires[1:5]) for wires in satisfying(shape, fixed={})}
    assert found == {(0, 0, 0, 1), (0, 0, 1, 0), (1, 0, 0, 1), (0, 1, 1, 0)}
