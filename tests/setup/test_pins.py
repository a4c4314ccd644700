"""What is installed is what is pinned, and each package is pinned in one file."""

import importlib.metadata
import re

from tests.support import ROOT


def pins(name: str) -> dict[str, str]:
    """The packages that a file pins, by normalised name."""
    lines = (re.match(r"([A-Za-z0-9._-]+)==([^\s#]+)", line) for line in (ROOT / name).read_text().splitlines())
    return {re.sub(r"[-_.]+", "-", found.group(1)).lower(): found.group(2) for found in lines if found}


def test_what_is_installed_is_what_is_pinned_and_each_package_in_one_file() -> None:
    direct, brought = pins("requirements.txt") | pins("requirements-dev.txt"), pins("constraints.txt")
    assert not direct.keys() & brought.keys()
    pinned = direct | brought
    here = {re.sub(r"[-_.]+", "-", d.name).lower(): d.version for d in importlib.metadata.distributions()}
    common = pinned.keys() & here.keys()
    assert {name: here[name].partition("+")[0] for name in common} == {name: pinned[name] for name in common}
