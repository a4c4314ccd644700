"""House rules that a linter does not keep."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(p for folder in ("privacy", "backends", "pages", "ui") for p in (ROOT / folder).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MAX_FILE, MAX_FUNCTION = 260, 45
PICKLES = {"pickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal"}
BARE_IGNORE = re.compile(r"#\s*type:\s*ignore(?!\[)")


def long_functions(source: str) -> list[str]:
    functions = (n for n in ast.walk(ast.parse(source)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= MAX_FUNCTION]


def pickles(source: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names & PICKLES


def test_there_is_something_to_check():
    assert len(FILES) > 20
    assert len(TESTS) > 100


def test_files_stay_short():
    everything = [*FILES, *TESTS]
    lengths = {p.relative_to(ROOT).as_posix(): len(p.read_text(encoding="utf-8").splitlines()) for p in everything}
    assert {p: n for p, n in lengths.items() if n >= MAX_FILE} == {}


def test_functions_stay_short():
    found = {p.relative_to(ROOT).as_posix(): long_functions(p.read_text(encoding="utf-8")) for p in FILES}
    assert {p: names for p, names in found.items() if names} == {}


def test_nothing_is_pickled():
    found = {p.relative_to(ROOT).as_posix(): pickles(p.read_text(encoding="utf-8")) for p in FILES}
    assert {p: names for p, names in found.items() if names} == {}


def test_no_type_check_is_silenced_without_naming_it():
    bare = [p.relative_to(ROOT).as_posix() for p in FILES if BARE_IGNORE.search(p.read_text(encoding="utf-8"))]
    assert bare == []


@pytest.mark.parametrize(
    ("check", "bad", "good"),
    [
        (
            long_functions,
            "def f():\n" + "    x = 1\n" * MAX_FUNCTION,
            "def f():\n" + "    x = 1\n" * (MAX_FUNCTION - 1),
        ),
        (pickles, "def f():\n    from pickle import loads", "import json"),
        (BARE_IGNORE.search, "x = 1  # type: " + "ignore", "x = 1  # type: " + "ignore[misc]"),
    ],
    ids=["functions", "pickles", "ignores"],
)
def test_the_rules_notice_what_breaks_them(check, bad, good):
    assert check(bad)
    assert not check(good)
