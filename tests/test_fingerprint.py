"""The fingerprint that keeps runs: what computes counts, by content; what draws does not."""

import subprocess
import sys
from pathlib import Path

import pytest

from privacy import fingerprint
from privacy.registry import discover
from tests.support import ROOT

NO_FIGURE = {
    "privacy", "__init__", "errors", "params", "figures", "request", "registry", "spec", "stacks", "entry", "hookspecs",
    "deadline", "debugging", "home", "checkpoints", "fingerprint", "views", "loading", "services", "jobs", "plugin",
    "answers", "provenance",
}  # fmt: skip
"""Parts of the framework that a run imports and no figure depends on: settings, state, loading."""


def test_every_module_that_a_run_needs_is_covered() -> None:
    code = "import sys, privacy.lab; print(' '.join(m for m in sys.modules if m.startswith('privacy.')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    parts = {module.split(".")[1] for module in done.stdout.split()}
    covered = {part.removesuffix(".py") for part in fingerprint._COMPUTES}
    assert parts - covered - NO_FIGURE == set()


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plugin in a folder of its own, with a part that computes and one that draws."""
    room = tmp_path / "veilbench_mine"
    (room / "panels").mkdir(parents=True)
    (room / "__init__.py").write_text("")
    (room / "inner.py").write_text("WIDTH = 1\n")
    (room / "panels" / "__init__.py").write_text("")
    (room / "panels" / "page.py").write_text("COLOUR = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return room


def test_what_computes_counts_and_what_draws_does_not(tree: Path) -> None:
    def state() -> bytes:
        fingerprint.look_again()
        folder = fingerprint._folder("veilbench_mine.inner:Thing")
        assert folder == tree
        return fingerprint._state(folder)

    first = state()
    (tree / "panels" / "page.py").write_text("COLOUR = 22\n")
    assert state() == first
    (tree / "inner.py").touch()
    assert state() == first
    (tree / "inner.py").write_text("WIDTH = 22\n")
    assert state() != first


def test_a_stack_and_a_workload_have_one_each() -> None:
    registry = discover()
    stacks = [registry.stack(name) for name in ("plain", "he", "dp")]
    prints = {fingerprint.code_fingerprint(stack, registry.workload(w)) for stack in stacks for w in ("fyp", "survey")}
    assert len(prints) == 6
