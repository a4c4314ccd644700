"""Workloads are known to nobody by name: no file of the framework or of the pages' pieces says one's word."""

import re

from tests.support import ROOT

NAMES = "fyp|tally|survey|surveys|feed|feeds|taste|tastes|persona|personas"
WORDS = re.compile(rf"\b({NAMES})\b", re.IGNORECASE)
DEFAULT = 'USUAL = "fyp"'
"""The default of one setting."""


def test_no_file_of_the_framework_knows_a_workload() -> None:
    kinds = (".py", ".j2", ".css")
    files = [p for folder in ("privacy", "ui") for p in (ROOT / folder).rglob("*") if p.suffix in kinds]
    assert len(files) > 200
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in [*files, ROOT / "app.py"]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if WORDS.search(line) and line != DEFAULT
    ]
    assert found == []


def test_the_rule_notices_a_word() -> None:
    assert WORDS.search('if workload == "survey":')
    assert not WORDS.search("a surveyor fed the personal list")
