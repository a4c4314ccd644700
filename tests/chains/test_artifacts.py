"""The committed artifacts are what the sources compile to, and the compiler is pinned without naming a host."""

import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.soaking import in_soak
from tools import node as nodejs

CONTRACTS = ROOT / "contracts"
ARTIFACTS, MUTANTS = CONTRACTS / "artifacts", CONTRACTS / "artifacts" / "mutants"
COMMITTED = sorted(path for path in ARTIFACTS.rglob("*.json") if path.parent != MUTANTS)
CALLS = {0xF0: "CREATE", 0xF1: "CALL", 0xF2: "CALLCODE", 0xF4: "DELEGATECALL", 0xF5: "CREATE2", 0xFF: "SELFDESTRUCT"}
"""The instructions by which a contract gives control away."""


@pytest.mark.parametrize(
    ("script", "folder", "committed"),
    [("build.mjs", ARTIFACTS, COMMITTED), in_soak("chains", "mutants.mjs", MUTANTS, sorted(MUTANTS.glob("*.json")))],
    ids=["artifacts", "mutants"],
)
def test_recompiling_gives_the_same_bytes(script: str, folder: Path, committed: list[Path], tmp_path: Path) -> None:
    binary = nodejs.node(18)
    if binary is None or not nodejs.ready(CONTRACTS):
        pytest.skip("Node, or the packages of contracts/, are not installed; `make nodes` installs them")
    command = [str(binary), str(CONTRACTS / script), str(tmp_path)]
    subprocess.run(command, env=nodejs.environment(binary), check=True, capture_output=True)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.json")}
    assert made == {path.relative_to(folder): path.read_bytes() for path in committed}


def test_each_mutant_is_of_the_sources_that_are_here() -> None:
    """Without compiling: each text that it replaces is there once, and no source has changed since."""
    patches = {path.stem: json.loads(path.read_text()) for path in (CONTRACTS / "mutants").glob("*.json")}
    made = {path.stem: json.loads(path.read_text()) for path in MUTANTS.glob("*.json")}
    assert patches.keys() == made.keys()
    for name, patch in patches.items():
        source = (CONTRACTS / patch["source"]).read_text()
        assert [source.count(before) for before, _ in patch["replace"]] == [1] * len(patch["replace"])
        original = json.loads((ARTIFACTS / f"{made[name]['of']}.json").read_text())
        assert original["bytecode"] != made[name]["bytecode"]
        own = f"mutants/{name}.json"
        digest = hashlib.sha256((CONTRACTS / own).read_bytes()).hexdigest()
        assert made[name]["sources"] == original["sources"] | {own: digest}


@pytest.mark.parametrize("folder", [nodejs.CONTRACTS, nodejs.NODES], ids=["contracts", "nodes"])
def test_packages_are_pinned_whole_and_name_no_host(folder: Path) -> None:
    wanted = json.loads((folder / "package.json").read_text())["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    packages = json.loads((folder / "package-lock.json").read_text())["packages"]
    assert packages[""]["dependencies"] == wanted
    locked = {name: one for name, one in packages.items() if name}
    assert [name for name, one in locked.items() if "resolved" in one or "integrity" not in one] == []


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_every_error_has_a_sentence_and_fits_a_contract(path: Path) -> None:
    found = json.loads(path.read_text())
    named = {one["name"] for one in found["abi"] if one["type"] == "error"}
    assert named == set(found["errors"])
    assert all(sentence.endswith(".") for sentence in found["errors"].values())
    assert len(found["runtime"]) // 2 - 1 <= 24_576


@pytest.mark.parametrize("name", ["ModelRegistry", "ReceiptBook", "RecommendationLog"])
def test_ours_give_control_to_nobody(name: str) -> None:
    found = json.loads((CONTRACTS / "artifacts" / f"{name}.json").read_text())
    assert instructions(bytes.fromhex(found["runtime"][2:])) & CALLS.keys() == set()
    assert not any(one.get("stateMutability") == "payable" for one in found["abi"])


def test_the_check_for_calls_notices_one() -> None:
    found = json.loads((CONTRACTS / "artifacts" / "probes" / "Meddler.json").read_text())
    assert 0xF1 in instructions(bytes.fromhex(found["runtime"][2:]))


def instructions(code: bytes) -> set[int]:
    """The instructions of a contract; the constants that they push are passed over."""
    found, at = set(), 0
    while at < len(code):
        found.add(code[at])
        at += 1 + max(0, code[at] - 0x5F) * (code[at] < 0x80)
    return found
