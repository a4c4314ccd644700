"""`veilbench new-backend`: the example under another name, and what it refuses."""

import ast
import importlib
import json
import os
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import scaffold
from privacy.cli import main
from privacy.errors import StateError
from privacy.mechanism import Mechanism
from privacy.registry import Entry, Registry, discover
from privacy.request import RunRequest
from privacy.scaffold import EXAMPLE, renamed, write
from privacy.spec import ID
from tests.support.rounds import first


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "state"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def test_it_writes_the_example_under_the_new_name(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new-backend", "my_own"]) == 0
    folder = here / "veilbench-my_own"
    wording = capsys.readouterr().out
    for command in ("pip install -e veilbench-my_own", "veilbench check my_own", "pytest veilbench-my_own/tests"):
        assert f"  {command} " in wording
    sources = {p.relative_to(EXAMPLE) for p in EXAMPLE.rglob("*") if p.suffix in (".py", ".toml", ".md")}
    sources = {p for p in sources if not any(part.endswith(".egg-info") for part in p.parts)}
    written = {p.relative_to(folder) for p in folder.rglob("*") if p.is_file()}
    assert written == {Path(renamed(str(p), "my_own")) for p in sources}
    for path in sources:
        text = (EXAMPLE / path).read_text(encoding="utf-8")
        assert (folder / renamed(str(path), "my_own")).read_text(encoding="utf-8") == renamed(text, "my_own")


def test_what_it_writes_works(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write("newcomer").folder
    project = tomllib.loads((folder / "pyproject.toml").read_text())
    assert project["project"]["name"] == "veilbench-newcomer"
    assert project["tool"]["setuptools"]["packages"] == ["veilbench_newcomer"]
    monkeypatch.syspath_prepend(here / folder)
    (reference,) = project["project"]["entry-points"]["veilbench"].values()
    (spec,) = importlib.import_module(reference).register_backends()
    assert (spec.id, spec.title) == ("newcomer", "Newcomer")
    found = discover()
    registry = Registry([*found.entries, Entry(spec.id, reference, False, spec)], found.workload_entries)
    stack = registry.stack("newcomer")
    for primitive in spec.implements:
        made = registry.mechanism(spec, primitive, stack.params)
        assert isinstance(made, Mechanism)
        assert type(made).__module__.startswith("veilbench_newcomer.")
    shown = [first(RunRequest(stack=s), registry)[0].shown for s in ("newcomer", "plain")]
    assert shown[0] == shown[1]
    for name in [m for m in sys.modules if m.startswith("veilbench_newcomer")]:
        monkeypatch.delitem(sys.modules, name)


def test_json_names_the_files_and_the_commands(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new-backend", "mine", "--folder", "some where/else", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["backend"] == "mine"
    assert document["folder"] == "some where/else"
    assert all((here / path).is_file() for path in document["files"])
    assert "some where/else/veilbench_mine/plugin.py" in document["files"]
    assert document["commands"][0] == "pip install -e 'some where/else'"
    assert "veilbench check mine" in document["commands"]
    assert document["commands"][-1] == "pytest 'some where/else/tests'"


names = st.from_regex(ID, fullmatch=True).filter(lambda n: not n.endswith("_"))


@given(names)
def test_under_any_name_it_is_python_and_nothing_of_the_old_name_is_left(name: str) -> None:
    for path in sorted(EXAMPLE.rglob("*.py")):
        text = renamed(path.read_text(encoding="utf-8"), name)
        ast.parse(text)
        if name != "shares":
            assert not any(
                old in text for old in ("veilbench_shares", '"shares"', '"Shares"', "TestShares", "`shares`")
            )
    project = tomllib.loads(renamed((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"), name))
    assert project["project"]["entry-points"]["veilbench"] == {name: f"veilbench_{name}.plugin"}
    assert renamed("shares, and their share", name) == "shares, and their share"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("plain", "already; choose another name"),
        ("dp", "already; choose another name"),
        ("My-Backend", "cannot be a backend's id"),
        ("1st", "cannot be a backend's id"),
        ("", "cannot be a backend's id"),
        ("mine\n", "cannot be a backend's id"),
        ("mine_", "cannot be a backend's id"),
        ("x" * 25, "cannot be a backend's id"),
        ("../mine", "cannot be a backend's id"),
        ("class", "a word of Python"),
    ],
)
def test_a_bad_or_taken_name_is_refused(here: Path, capsys: pytest.CaptureFixture[str], name: str, says: str) -> None:
    assert main(["new-backend", name]) == 2
    assert says in capsys.readouterr().err
    assert not list(here.iterdir())


def test_a_folder_that_is_there_is_left_as_it_is(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "veilbench-mine").mkdir()
    (here / "veilbench-mine" / "work.txt").write_text("of weeks")
    assert main(["new-backend", "mine"]) == 2
    assert "veilbench-mine is there already; choose another with --folder" in capsys.readouterr().err
    assert [p.name for p in (here / "veilbench-mine").iterdir()] == ["work.txt"]
    (here / "file").write_text("")
    assert main(["new-backend", "mine", "--folder", "file"]) == 2
    assert main(["new-backend", "mine", "--folder", "file/below"]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_full_disk_leaves_no_half_of_a_package(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_text, written = Path.write_text, []

    def full(path: Path, text: str, **more: str) -> int:
        if len(written) == 3:
            raise OSError(28, os.strerror(28))
        written.append(path)
        return write_text(path, text, **more)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(StateError, match="No space left on device"):
        write("mine")
    assert len(written) == 3
    assert not list(here.iterdir())


def test_without_the_example_it_says_so(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(scaffold, "EXAMPLE", here / "nowhere")
    assert main(["new-backend", "mine"]) == 2
    wording = capsys.readouterr().err
    assert "The example plugin is not beside this installation" in wording
    assert "from a clone of the repository" in wording
