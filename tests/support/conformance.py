"""The conformance kit as the tests here run it: small and in process, with a smoke test elsewhere; whole in a soak."""

import re
from collections.abc import Collection
from typing import ClassVar

import pytest

from privacy.testing.game import bounds
from privacy.testing.places import IN_PROCESS
from privacy.testing.pytest_kit import BackendConformance
from privacy.testing.runner import Runner, Todo
from tests.support.soaking import sized, soaking

SMOKE = ("error",)
"""What is checked with the parties in other processes and on servers, short of a soak."""


class Conformance(BackendConformance):
    """Subclass it as BackendConformance."""

    pytestmark = pytest.mark.sized("conformance")
    plays: ClassVar[int] = sized(60, 400)
    smoke: ClassVar[Collection[str]] = SMOKE
    soaked: ClassVar[Collection[str]] = ()
    """Checks that are left to the soak, where another variant of the backend has them by default."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "todo" in metafunc.fixturenames:
            every = self._runner().todo(only=None, primitives=self.primitives or None, places=self.places)
            todo = [t for t in every if soaking() or t.check in self.smoke or self._by_default(t)]
            names = [f"{t.primitive}-{t.check}-{t.place.replace(' ', '_')}" for t in todo]
            metafunc.parametrize("todo", todo, ids=names)

    def _by_default(self, todo: Todo) -> bool:
        return todo.place == IN_PROCESS and todo.check not in self.soaked

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
