"""Bugs that the kit was not written for, one to a file: each is caught by the property that its first line names.

They are loaded one at a time: some of them change a module of a built-in backend, which is put back afterwards.
"""

import shutil
from pathlib import Path

import pytest

from backends.dp.aggregation import noise, randomiser
from backends.smpc import shamir
from privacy.errors import PluginError
from privacy.registry import discover
from privacy.testing import check_backend
from privacy.testing.report import property_of
from tests.support import TESTS
from tests.support.soaking import in_soak

MUTANTS = TESTS / "testing" / "mutants"
CAUGHT: dict[str, tuple[int, str, int, bool]] = {
    "a05_low_bit": (2, "game", 160, True),
    "a07_one_mask": (2, "game", 80, True),
    "a08_xor_pad_twice": (2, "game", 80, True),
    "a11_wire_count": (6, "length", 80, True),
    "a14_servers_talk": (2, "forwarded", 80, True),
    "a18_any_answer": (1, "error", 80, True),
    "a25_first_32": (2, "variants", 80, True),
    "a26_param_switch": (2, "variants", 80, False),
    "b01_same_pad": (2, "game", 80, False),
    "b04_shamir_line": (2, "algebra", 80, True),
    "b13_single_to_holder": (2, "forwarded", 80, True),
    "b14_telling_abort": (8, "bad-input", 80, True),
    "c01_rare_topic": (5, "audit", 60, False),
    "c02_truncated": (5, "noise", 60, True),
    "c05_said_central": (4, "observers", 60, True),
    "c09_clip_each_entry": (5, "noise", 60, False),
    "c10_long_sums_bare": (5, "noise", 60, False),
    "c11_rounds_once": (4, "monotone", 60, True),
    "d01_uncharged": (4, "charged", 80, True),
}
"""By name: the property and the check that catches it, the plays of a game, and whether it is quick."""
REFUSED = "a22_never_charged"
"""Is not even loaded: it claims a differential bound and charges nothing."""


@pytest.fixture(autouse=True)
def _put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = ((noise, "TAIL"), (noise, "draw"), (randomiser, "draw"), (randomiser, "clipped"), (shamir, "_uniform"))
    for module, name in changed:
        monkeypatch.setattr(module, name, getattr(module, name))


def test_every_mutant_is_in_the_table_and_names_its_property() -> None:
    assert {p.stem for p in MUTANTS.glob("*.py")} == {*CAUGHT, REFUSED}
    for name, (number, check, _, _) in CAUGHT.items():
        said = (MUTANTS / f"{name}.py").read_text().splitlines()[0]
        assert f"PROPERTY {number}" in said
        assert property_of(check) == number


@pytest.mark.parametrize("name", [n if quick else in_soak("planted", n) for n, (*_, quick) in CAUGHT.items()])
def test_a_bug_that_nobody_planted_is_caught(name: str, tmp_path: Path) -> None:
    number, check, plays, _ = CAUGHT[name]
    shutil.copy(MUTANTS / f"{name}.py", tmp_path)
    registry = discover(plugins=tmp_path)
    report = check_backend(registry.spec(name), registry, only={check}, places={"in process"}, plays=plays, seed=3)
    assert [(r.id, r.property) for r in report.results if r.passed is False] == [(check, number)]


def test_a_claim_that_nobody_pays_for_is_not_loaded(tmp_path: Path) -> None:
    shutil.copy(MUTANTS / f"{REFUSED}.py", tmp_path)
    registry = discover(plugins=tmp_path)
    with pytest.raises(PluginError, match="declares no cost"):
        registry.spec(REFUSED)
