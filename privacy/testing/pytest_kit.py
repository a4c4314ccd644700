"""The conformance kit as pytest tests, for plugin authors.

In a test module of the plugin, three lines give one test for each primitive, place and check:

    from privacy.testing.pytest_kit import BackendConformance

    class TestMine(BackendConformance):
        backend = "mine"

As a plugin of pytest it needs no module: `pytest -p privacy.testing.pytest_kit --veilbench mine`, of a backend that is
installed or lies in `$VEILBENCH_HOME/plugins`.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from privacy.commands.settings import pairs
from privacy.params import build
from privacy.registry import Registry, discover
from privacy.testing.kit import PLACES, checks_of
from privacy.testing.report import USUAL_PLAYS
from privacy.testing.runner import Runner, Todo


@dataclass
class Wanted:
    """What the command line wants checked."""

    backends: tuple[str, ...] = ()
    plays: int = USUAL_PLAYS
    places: tuple[str, ...] = PLACES
    params: dict[str, Any] = field(default_factory=dict)


wanted = Wanted()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The plugin's options."""
    group = parser.getgroup("veilbench", "conformance of Veilbench backends")
    group.addoption("--veilbench", action="append", default=[], metavar="ID", help="check this backend; repeatable")
    group.addoption("--veilbench-plays", type=int, default=USUAL_PLAYS, metavar="N", help="plays of each game")
    group.addoption(
        "--veilbench-place", action="append", default=[], choices=PLACES, help="with computing parties here; repeatable"
    )
    group.addoption("--veilbench-param", action="append", default=[], metavar="K=V", help="a parameter of the backend")


def pytest_configure(config: pytest.Config) -> None:
    """Add the kit's module to what is collected, or collect it alone where no path is named."""
    backends = tuple(config.getoption("--veilbench"))
    if not backends:
        return
    wanted.backends, wanted.plays = backends, config.getoption("--veilbench-plays")
    wanted.places = tuple(config.getoption("--veilbench-place")) or PLACES
    wanted.params = pairs(config.getoption("--veilbench-param"))
    module = str(Path(__file__).with_name("kit_module.py"))
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    config.args = [*(config.args if named else ()), module]


class BackendConformance:
    """Subclass it as `Test...` and name the backend; `params` and `plays` may be set as well.

    A `brief` one tries as little of each thing in process as it does elsewhere.
    `primitives` limits the checks to some of the backend's primitives, and `places` to some places; empty means all.
    """

    backend: ClassVar[str] = "plain"
    params: ClassVar[Mapping[str, Any]] = {}
    plays: ClassVar[int] = 400
    brief: ClassVar[bool] = False
    primitives: ClassVar[Collection[str]] = ()
    places: ClassVar[Collection[str]] = PLACES
    seed: ClassVar[int] = 0
    patience: ClassVar[float] = 120.0

    @classmethod
    def registry(cls) -> Registry:
        """Where the backend is found: override it to add a folder of plugin files."""
        return discover()

    @classmethod
    def _runner(cls) -> Runner:
        registry = cls.registry()
        spec = registry.spec(cls.backend)
        built = build(spec.params, cls.params, owner=spec.id)
        return Runner(spec, registry, built, checks_of(spec), plays=cls.plays, patience=cls.patience, brief=cls.brief)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each check of each primitive that the backend implements, at each place."""
        if "todo" in metafunc.fixturenames:
            todo = list(self._runner().todo(only=None, primitives=self.primitives or None, places=self.places))
            names = [f"{t.primitive}-{t.check}-{t.place.replace(' ', '_')}" for t in todo]
            metafunc.parametrize("todo", todo, ids=names)

    @pytest.fixture(scope="class")
    @classmethod
    def runner(cls) -> Iterator[Runner]:
        """The backend under check, with servers and processes that last as long as the class's tests."""
        runner = cls._runner()
        with ExitStack() as seats:
            runner.seat(cls.places, seats)
            yield runner

    def test_conformance(self, runner: Runner, todo: Todo) -> None:
        result = runner.run(todo, self.seed)
        if result.passed is None:
            pytest.skip(result.detail)
        assert result.passed, f"property {result.property}, {result.title}: {result.detail}"
