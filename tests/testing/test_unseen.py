"""Bugs that the kit does not see: each stands in docs/what-this-cannot-show.md, and passes every check here.

One that is caught after all is good news: move it to the mutants, and take it off the page.
"""

import shutil
from pathlib import Path

import pytest

from backends.dp.aggregation import noise
from privacy.registry import discover
from privacy.testing import check_backend
from tests.support import ROOT, TESTS

UNSEEN = TESTS / "testing" / "unseen"
NAMES = sorted(p.stem for p in UNSEEN.glob("*.py"))


@pytest.fixture(autouse=True)
def _put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "TAIL", noise.TAIL)


def test_each_stands_on_the_page() -> None:
    page = (ROOT / "docs" / "what-this-cannot-show.md").read_text()
    assert [name for name in NAMES if f"`{name}`" not in page] == []
    assert all((UNSEEN / f"{name}.py").read_text().startswith("# UNSEEN: ") for name in NAMES)


@pytest.mark.soak("planted")
@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_to_be_unseen_is_unseen(name: str, tmp_path: Path) -> None:
    shutil.copy(UNSEEN / f"{name}.py", tmp_path)
    registry = discover(plugins=tmp_path)
    report = check_backend(registry.spec(name), registry, places={"in process"}, plays=400, seed=3)
    assert [(r.id, r.detail) for r in report.results if r.passed is False] == []
    assert report.count(True) > 5
