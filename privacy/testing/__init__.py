"""The conformance kit: checks that can falsify what a backend says of itself.

    registry = discover()
    report = check_backend(registry.spec("mine"), registry)

`pytest_kit.BackendConformance` gives the same checks as pytest tests.
"""

from privacy.testing.bench import Bench, CheckResult
from privacy.testing.cases import Case, case_for
from privacy.testing.game import GameResult
from privacy.testing.kit import CHECKS, Report, check_backend, checks_of
from privacy.testing.randomiser_bench import RandomiserBench
from privacy.testing.randomisers import RANDOMISER_CHECKS

__all__ = [
    "CHECKS",
    "RANDOMISER_CHECKS",
    "Bench",
    "Case",
    "CheckResult",
    "GameResult",
    "RandomiserBench",
    "Report",
    "case_for",
    "check_backend",
    "checks_of",
]
