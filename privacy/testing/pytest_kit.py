"""The conformance kit as pytest tests, for plugin authors.

In a test module of the plugin, three lines give one test for each primitive and check:

    from privacy.testing.pytest_kit import BackendConformance

    class TestMine(BackendConformance):
        backend = "mine"
"""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

import pytest

from privacy.registry import Registry, discover
from privacy.testing.kit import check_backend, checks_of


class BackendConformance:
    """Subclass it as `Test...` and name the backend; `params` and `plays` may be set as well.

    `primitives` limits the checks to some of the backend's primitives; empty means all.
    """

    backend: ClassVar[str] = "plain"
    params: ClassVar[Mapping[str, Any]] = {}
    plays: ClassVar[int] = 400
    primitives: ClassVar[Collection[str]] = ()

    @classmethod
    def registry(cls) -> Registry:
        """Where the backend is found: override it to add a folder of plugin files."""
        return discover()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each primitive that the backend implements and each check."""
        if "check" in metafunc.fixturenames:
            spec = self.registry().spec(self.backend)
            chosen = [p for p in spec.implements if not self.primitives or p in self.primitives]
            metafunc.parametrize(("primitive", "check"), [(p, c) for p in chosen for c in checks_of(spec)])

    def test_conformance(self, primitive: str, check: str) -> None:
        registry = self.registry()
        spec = registry.spec(self.backend)
        report = check_backend(
            spec, registry, params=self.params, plays=self.plays, only={check}, primitives={primitive}
        )
        (result,) = report.results
        if result.passed is None:
            pytest.skip(result.detail)
        assert result.passed, f"{result.title}: {result.detail}"
