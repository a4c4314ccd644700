"""Circuits as rank-one constraints: a b = c, where a, b and c are sums of wires.

A circuit is written once, as a function of a `Builder`. `Shape` runs it to collect the constraints, with expressions
that are sums of wires; `Values` runs it to compute the wires of one witness, with expressions that are plain numbers,
and says which rule a witness breaks. So the two cannot come apart.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from backends.provers.groth16.field import R
from privacy.plugin.provers import FalseStatement

Expression = Any
"""A number in `Values`, a `Sum` in `Shape`: either adds, subtracts, and multiplies by a number."""


class Sum:
    """A sum of wires, each times a number modulo the circuit's prime; wire 0 is one."""

    __slots__ = ("terms",)

    def __init__(self, terms: dict[int, int]) -> None:
        self.terms = terms

    @staticmethod
    def of(value: "Sum | int") -> "Sum":
        return value if isinstance(value, Sum) else Sum({0: value} if value else {})

    def __add__(self, other: "Sum | int") -> "Sum":
        terms = dict(self.terms)
        for wire, factor in Sum.of(other).terms.items():
            terms[wire] = terms.get(wire, 0) + factor
        return Sum(terms)

    def __mul__(self, factor: int) -> "Sum":
        return Sum({wire: own * factor for wire, own in self.terms.items()})

    def __neg__(self) -> "Sum":
        return self * -1

    def __sub__(self, other: "Sum | int") -> "Sum":
        return self + -Sum.of(other)

    def __rsub__(self, other: int) -> "Sum":
        return -self + other

    __radd__, __rmul__ = __add__, __mul__


class Builder(ABC):
    """What a circuit is written with. `rule` says in words what the constraints after it are for."""

    def __init__(self, prime: int = R) -> None:
        self.prime = prime
        self.rule = ""

    @abstractmethod
    def public(self, value: Callable[[], int]) -> Expression:
        """A new public input. All of them come before any other wire."""

    @abstractmethod
    def wire(self, value: Callable[[], int]) -> Expression:
        """A new private wire; `value` is called where there is a witness."""

    @abstractmethod
    def enforce(self, a: Expression, b: Expression, c: Expression) -> None:
        """a b = c."""

    @abstractmethod
    def dot(self, factors: Sequence[int], terms: Sequence[Expression]) -> Expression:
        """The sum of the terms, each times its factor."""

    @abstractmethod
    def folded(self, value: Expression) -> Expression:
        """The same, modulo the prime, so that numbers stay short."""

    def product(self, a: Expression, b: Expression) -> Expression:
        """A wire that is a b."""
        found = self.wire(lambda: a * b)
        self.enforce(a, b, found)
        return found

    def same(self, a: Expression, b: Expression) -> None:
        """a = b."""
        self.enforce(a, 1, b)


Row = tuple[dict[int, int], dict[int, int], dict[int, int]]


class Shape(Builder):
    """The constraints of a circuit, and how many wires it has."""

    def __init__(self, prime: int = R) -> None:
        super().__init__(prime)
        self.wires, self.inputs = 1, 0
        self.rows: list[Row] = []
        self.rules: list[str] = []

    def _new(self) -> Sum:
        self.wires += 1
        return Sum({self.wires - 1: 1})

    def public(self, value: Callable[[], int]) -> Sum:
        assert self.inputs == self.wires - 1
        self.inputs += 1
        return self._new()

    def wire(self, value: Callable[[], int]) -> Sum:
        return self._new()

    def enforce(self, a: Expression, b: Expression, c: Expression) -> None:
        self.rows.append((self._clean(a), self._clean(b), self._clean(c)))
        self.rules.append(self.rule)

    def dot(self, factors: Sequence[int], terms: Sequence[Expression]) -> Sum:
        total: dict[int, int] = {}
        for factor, term in zip(factors, terms, strict=True):
            if factor:
                for wire, own in Sum.of(term).terms.items():
                    total[wire] = total.get(wire, 0) + own * factor
        return Sum(total)

    def folded(self, value: Expression) -> Sum:
        return Sum(self._clean(value))

    def _clean(self, value: Expression) -> dict[int, int]:
        terms = ((wire, factor % self.prime) for wire, factor in Sum.of(value).terms.items())
        return {wire: factor for wire, factor in terms if factor}

    def broken(self, wires: Sequence[int]) -> int | None:
        """The first constraint that an assignment of all wires does not satisfy, or None."""
        for at, row in enumerate(self.rows):
            a, b, c = (sum(factor * wires[wire] for wire, factor in side.items()) for side in row)
            if (a * b - c) % self.prime:
                return at
        return None


class Values(Builder):
    """The wires of one witness. FalseStatement where it breaks a rule; `lenient` keeps the first such rule instead."""

    def __init__(self, prime: int = R, *, lenient: bool = False) -> None:
        super().__init__(prime)
        self.wires = [1]
        self.broken: str | None = None
        self._lenient = lenient

    def public(self, value: Callable[[], int]) -> int:
        return self.wire(value)

    def wire(self, value: Callable[[], int]) -> int:
        self.wires.append(value() % self.prime)
        return self.wires[-1]

    def enforce(self, a: int, b: int, c: int) -> None:
        if (a * b - c) % self.prime and self.broken is None:
            if not self._lenient:
                raise FalseStatement(f"nothing is proved, as it is not so that {self.rule}", then="prove what is so")
            self.broken = self.rule

    def dot(self, factors: Sequence[int], terms: Sequence[int]) -> int:
        return sum(factor * term for factor, term in zip(factors, terms, strict=True) if factor)

    def folded(self, value: int) -> int:
        return value % self.prime
