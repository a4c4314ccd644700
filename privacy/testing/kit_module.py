"""The test module that `pytest -p privacy.testing.pytest_kit --veilbench ID` runs: one class for each backend named."""

from privacy.testing import pytest_kit
from privacy.testing.pytest_kit import BackendConformance

for _number, _backend in enumerate(pytest_kit.wanted.backends):
    globals()[f"TestBackend{_number or ''}"] = type(
        f"TestBackend{_number or ''}",
        (BackendConformance,),
        {
            "backend": _backend,
            "plays": pytest_kit.wanted.plays,
            "places": pytest_kit.wanted.places,
            "params": pytest_kit.wanted.params,
        },
    )
del BackendConformance
