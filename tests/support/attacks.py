"""Attacks on contracts: each must fail on ours, and succeed on the mutant without the one guard against it."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from privacy.chains.errors import Reverted

Scene = TypeVar("Scene")


class Attacks(Generic[Scene]):
    """The attacks of a file, each with the mutant that it succeeds on. An attack answers whether it reached its aim."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, Callable[[Scene], bool]]] = []

    def against(self, mutant: str) -> Callable[[Callable[[Scene], bool]], Callable[[Scene], bool]]:
        """A decorator that keeps an attack with its mutant."""

        def keep(attack: Callable[[Scene], bool]) -> Callable[[Scene], bool]:
            self.pairs.append((mutant, attack))
            return attack

        return keep

    @property
    def ids(self) -> list[str]:
        return [attack.__name__ for _, attack in self.pairs]

    @property
    def mutants(self) -> set[str]:
        return {mutant for mutant, _ in self.pairs}


def goes(act: Callable[[], Any]) -> bool:
    """Whether a contract lets an act through."""
    try:
        act()
    except Reverted:
        return False
    return True
