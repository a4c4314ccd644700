"""House rules that a linter does not keep."""

import ast
import re

import pytest

from tests.support import ROOT

FOLDERS = ("privacy", "backends", "workloads", "pages", "ui")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
PICKLES = {"pickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal"}
BARE_IGNORE = re.compile(r"#\s*type:\s*ignore(?!\[)")


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


def test_nothing_is_pickled():
    found = {p.relative_to(ROOT).as_posix(): pickles(p.read_text(encoding="utf-8")) for p in FILES}
    assert {p: names for p, names in found.items() if names} == {}


def test_no_type_check_is_silenced_without_naming_it():
    bare = [p.relative_to(ROOT).as_posix() for p in FILES if BARE_IGNORE.search(p.read_text(encoding="utf-8"))]
    assert bare == []


@pytest.mark.parametrize(
    ("check", "bad", "good"),
    [
        (pickles, "def f():\n    from pickle import loads", "import json"),
        (BARE_IGNORE.search, "x = 1  # type: " + "ignore", "x = 1  # type: " + "ignore[misc]"),
    ],
    ids=["pickles", "ignores"],
)
def test_the_rules_notice_what_breaks_them(check, bad, good):
    assert check(bad)
    assert not check(good)


def test_a_class_of_the_theme_is_one_thing():
    css = re.sub(r"/\*.*?\*/", "", (ROOT / "ui" / "theme.css").read_text(), flags=re.DOTALL)
    bare = re.sub(r"@[^{]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", css)  # what holds on a narrow screen alone
    named = re.findall(r"^\.(vb-[\w-]+) \{", bare, flags=re.MULTILINE)
    assert len(named) > 30
    assert sorted({name for name in named if named.count(name) > 1}) == []
