"""Kinds of fakes that stand in public code, planted: each is caught by the property that its first line names."""

import shutil
from pathlib import Path

import pytest

from backends.dp.aggregation import noise, randomiser
from privacy.registry import discover
from privacy.testing import check_backend
from privacy.testing.report import property_of
from tests.support import TESTS
from tests.support.soaking import in_soak

WILD = TESTS / "testing" / "wild"
CAUGHT: dict[str, tuple[int, str, bool]] = {
    "xor_byte": (2, "game", True),
    "array_bytes": (2, "game", True),
    "clear_sum": (2, "game", False),
    "seed_32_bits": (7, "entropy", True),
    "key_on_disk": (11, "stash", True),
    "float_laplace": (5, "float", True),
    "epsilon_multiplier": (5, "settings", False),
    "noise_for_all": (5, "noise", True),
}
"""By name: the property and the check that catches it, and whether that is quick."""


@pytest.fixture(autouse=True)
def _put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (noise, randomiser):
        monkeypatch.setattr(module, "draw", module.draw)


def test_there_are_the_eight_kinds() -> None:
    assert {p.stem for p in WILD.glob("*.py")} == set(CAUGHT)
    for name, (number, check, _) in CAUGHT.items():
        assert f"PROPERTY {number}" in (WILD / f"{name}.py").read_text().splitlines()[0]
        assert property_of(check) == number


@pytest.mark.parametrize("name", [n if quick else in_soak("planted", n) for n, (*_, quick) in CAUGHT.items()])
def test_a_fake_is_caught(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number, check, _ = CAUGHT[name]
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shutil.copy(WILD / f"{name}.py", tmp_path)
    registry = discover(plugins=tmp_path)
    report = check_backend(registry.spec(name), registry, only={check}, places={"in process"}, plays=80, seed=3)
    assert [(r.id, r.property) for r in report.results if r.passed is False] == [(check, number)]
