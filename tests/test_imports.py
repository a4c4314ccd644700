"""Who may import whom."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "tenseal", "sklearn", "scipy", "pandas", "streamlit")


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
    if folder == "privacy":
        return not within(module, "streamlit", "pages", "ui", "backends")
    return not within(module, "backends")


@pytest.mark.parametrize("folder", ["privacy", "backends", "pages", "ui"])
def test_nothing_is_imported_over_a_border(folder):
    wrong = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        package = ".".join(path.relative_to(ROOT).parent.parts)
        found = imported(path.read_text(encoding="utf-8"), package=package)
        wrong += [f"{path.relative_to(ROOT)} imports {m}" for m in found if not allowed(folder, m)]
    assert wrong == []


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
    ],
)
def test_an_allowed_import_is_let_through(folder, source):
    assert all(allowed(folder, m) for m in imported(source, package=f"{folder}.x"))


def test_listing_backends_loads_nothing_heavy(tmp_path):
    code = (
        "import json, sys, privacy.plugin, privacy.registry\n"
        "ids = [e.id for e in privacy.registry.discover().entries]\n"
        f"print(json.dumps([ids, [m for m in {HEAVY!r} if m in sys.modules]]))"
    )
    env = {"VEILBENCH_HOME": str(tmp_path), "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, check=True)
    ids, heavy = json.loads(done.stdout)
    assert {"plain", "local"} <= set(ids)
    assert heavy == []
