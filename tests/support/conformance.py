"""The conformance kit as the tests here run it: small and in process, with a smoke test elsewhere; whole in a soak."""

import re
from collections.abc import Collection
from functools import cache
from typing import ClassVar

import pytest

from privacy.registry import Registry, discover
from privacy.testing.game import bounds
from privacy.testing.places import IN_PROCESS
from privacy.testing.pytest_kit import BackendConformance
from privacy.testing.runner import Runner, Todo
from tests.support.soaking import sized, soaking

SMOKE = ("error",)
"""What is checked with the parties in other processes and on servers, short of a soak."""


BRIEF = sized(True, False)
"""For what is slow: little is tried of each thing, short of a soak."""

builtin = cache(discover)


def _name(todo: Todo) -> str:
    return f"{todo.primitive}-{todo.check}-{todo.place.replace(' ', '_')}"


class Conformance(BackendConformance):
    """Subclass it as BackendConformance."""

    pytestmark = pytest.mark.sized("conformance")
    plays: ClassVar[int] = sized(60, 400)
    smoke: ClassVar[Collection[str]] = SMOKE
    brief: ClassVar[bool] = False
    soaked: ClassVar[Collection[str]] = ()
    """Checks that are left to the soak, where others have them by default: by id, or as primitive, check and place."""

    @classmethod
    def registry(cls) -> Registry:
        return builtin()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "todo" in metafunc.fixturenames:
            every = self._runner().todo(only=None, primitives=self.primitives or None, places=self.places)
            todo = [t for t in every if soaking() or self._by_default(t)]
            metafunc.parametrize("todo", todo, ids=[_name(t) for t in todo])

    def _by_default(self, todo: Todo) -> bool:
        if {todo.check, _name(todo)} & set(self.soaked):
            return False
        return todo.place == IN_PROCESS or todo.check in self.smoke

    def test_conformance(self, runner: Runner, todo: Todo) -> None:
        result = runner.run(todo, self.seed)
        if result.passed is None:
            pytest.skip(result.detail)
        assert result.passed, f"property {result.property}, {result.title}: {result.detail}"
        if todo.check == "game":
            document = [int(n) for n in re.findall(r"in (\d+) guesses", result.detail)]
            alpha = runner._benches[todo.primitive].alpha
            if document and max(bounds(n, n, alpha=alpha)[0] for n in document) <= 0:
                pytest.skip("too few plays to tell: even a game that is always won would pass")
