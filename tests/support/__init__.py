"""What tests share."""

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
EXAMPLE = ROOT / "examples" / "plugin"
PLANTED = TESTS / "testing" / "planted"
PLANTED_DP = TESTS / "testing" / "planted_dp"
STRANGERS = TESTS / "testing" / "strangers"
