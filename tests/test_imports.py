"""Who may import whom."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

HEAVY = ("torch", "tenseal", "sklearn", "scipy", "pandas", "streamlit", "privacy.lab")


def imported(source: str, *, package: str = "") -> Iterator[str]:
    """Every module that `source` imports, wherever in it, literal `import_module` calls included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names if "." not in module)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from (a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str))


def within(module: str, *packages: str) -> bool:
    return any(module == p or module.startswith(f"{p}.") for p in packages)


def allowed(folder: str, module: str) -> bool:
    if folder == "backends":
        # `privacy` alone is what `from privacy import plugin` names beside `privacy.plugin`.
        return not within(module, "privacy") or within(module, "privacy.plugin") or module == "privacy"
    if folder in ("workloads", "panels"):
        # Panels are drawn with the pages' kit; the code of a workload runs without them.
        beyond = ("backends", "pages") if folder == "panels" else ("backends", "pages", "ui", "streamlit")
        ours = not within(module, "privacy") or within(module, "privacy.plugin") or module == "privacy"
        return ours and not within(module, *beyond)
    if folder == "privacy":
        return not within(module, "streamlit", "pages", "ui", "backends", "workloads")
    return not within(module, "backends")


def rule_of(path: Path) -> str:
    """The rule that a file is under: that of its folder, or of a workload's panels."""
    folder, *rest = path.relative_to(ROOT).parts
    return "panels" if folder == "workloads" and "panels" in rest[:-1] else folder


@pytest.mark.parametrize("folder", ["privacy", "backends", "workloads", "pages", "ui"])
def test_nothing_is_imported_over_a_border(folder):
    wrong = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        package = ".".join(path.relative_to(ROOT).parent.parts)
        found = imported(path.read_text(encoding="utf-8"), package=package)
        wrong += [f"{path.relative_to(ROOT)} imports {m}" for m in found if not allowed(rule_of(path), m)]
    assert wrong == []


def test_streamlit_is_in_pages_ui_and_panels_alone():
    found = {
        rule_of(path)
        for folder in ("privacy", "backends", "workloads", "pages", "ui", "examples", "datasets")
        for path in (ROOT / folder).rglob("*.py")
        if any(within(m, "streamlit") for m in imported(path.read_text(encoding="utf-8")))
    }
    assert found == {"pages", "ui", "panels", "examples"}


@pytest.mark.parametrize(
    ("folder", "source"),
    [
        ("backends", "from privacy.boundary.wire import Wire"),
        ("backends", "import privacy.protocol"),
        ("backends", "from privacy import registry"),
        ("privacy", "def f():\n    import streamlit as st"),
        ("privacy", "from backends import he"),
        ("privacy", "import importlib\nimportlib.import_module('ui.kit')"),
        ("pages", "if True:\n    from backends.he import client"),
        ("ui", "import backends"),
        ("workloads", "from privacy import lab"),
        ("workloads", "from privacy.registry import discover"),
        ("workloads", "from ui.kit import format"),
        ("workloads", "def f():\n    import streamlit"),
        ("panels", "from privacy.services import rounds"),
        ("panels", "from pages import fyp"),
        ("privacy", "import importlib\nimportlib.import_module('workloads.fyp.plugin')"),
    ],
)
def test_a_forbidden_import_is_noticed(folder, source):
    assert not all(allowed(folder, m) for m in imported(source, package=folder))


@pytest.mark.parametrize(
    ("folder", "source"),
    [
        ("backends", "from privacy.plugin import Wire"),
        ("backends", "from privacy import plugin"),
        ("backends", "from .wires import read"),
        ("privacy", "from privacy.ui_words import x"),
        ("pages", "import streamlit"),
        ("workloads", "from privacy.plugin.host import lab"),
        ("workloads", "from workloads.survey.data import Cells"),
        ("panels", "import streamlit as st\nfrom ui.kit import tiles"),
    ],
)
def test_an_allowed_import_is_let_through(folder, source):
    assert all(allowed(folder, m) for m in imported(source, package=f"{folder}.x"))


def test_listing_backends_and_workloads_loads_nothing_heavy(tmp_path):
    code = (
        "import json, sys, privacy.plugin, privacy.registry\n"
        "found = privacy.registry.discover()\n"
        "ids = [e.id for e in found.entries] + list(found.workloads)\n"
        f"print(json.dumps([ids, [m for m in {HEAVY!r} if m in sys.modules]]))"
    )
    env = {"VEILBENCH_HOME": str(tmp_path), "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, check=True)
    ids, heavy = json.loads(done.stdout)
    assert {"plain", "local", "fyp", "survey"} <= set(ids)
    assert heavy == []
