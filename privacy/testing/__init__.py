"""The conformance kit: checks that can falsify what a backend says of itself.

    registry = discover()
    report = check_backend(registry.spec("mine"), registry)

`pytest_kit.BackendConformance` gives the same checks as pytest tests.
"""

from privacy.testing.bench import Bench, CheckResult
from privacy.testing.cases import Case, case_for
from privacy.testing.game import GameResult
from privacy.testing.kit import CHECKS, Report, check_backend

__all__ = ["CHECKS", "Bench", "Case", "CheckResult", "GameResult", "Report", "case_for", "check_backend"]
