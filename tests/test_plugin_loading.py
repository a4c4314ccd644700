"""Loading plugins: files that change, hang or clash, packages, remedies, and the log behind a broken row."""

import os
import sys
import threading
from pathlib import Path

import pytest

from privacy import __version__, plugin_faults, plugin_loading
from privacy.cli import main
from privacy.errors import PluginError, UnknownNameError, VeilbenchError
from privacy.registry import discover, load_log

HOOK = """
from dataclasses import dataclass, field
from typing import Optional
from privacy.plugin import *

{before}

@hookimpl
def register_backends():
    return [BackendSpec(id={id!r}, title="Mine", summary="A test.", implements={{"scoring": {ref!r}}}{more})]

{after}
"""
PLAIN = "backends.plain.mechanism:PlainScoring"


def plugin(id_="mine", *, ref=PLAIN, more="", before="", after=""):
    return HOOK.format(id=id_, ref=ref, more=f", {more}" if more else "", before=before, after=after)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "state"))
    (tmp_path / "state" / "plugins").mkdir(parents=True)
    return tmp_path / "state" / "plugins"


def row(id_, registry=None):
    (entry,) = [e for e in (registry or discover()).entries if e.id == id_]
    return entry


# Files that change

MECHANISM = """
from backends.plain.mechanism import PlainScoring

class Scoring(PlainScoring):
    number = {number}
"""


def test_a_changed_file_is_new_code_even_in_the_same_second(folder):
    path, ref = folder / "mine.py", "veilbench_plugin_mine:Scoring"
    made = []
    for number in (1, 2):
        path.write_text(plugin(ref=ref, after=MECHANISM.format(number=number)))
        os.utime(path, (1_700_000_000, 1_700_000_000))
        registry = discover()
        made.append(registry.mechanism(registry.spec("mine"), "scoring", None))
        assert made[-1].number == number
    # An object of the older class lives on beside it, and what has not changed is not run again.
    assert made[0].number == 1
    assert type(made[0]) is not type(made[1])
    registry = discover()
    assert type(registry.mechanism(registry.spec("mine"), "scoring", None)) is type(made[1])
    assert not list(folder.rglob("*.pyc"))


def test_a_file_that_is_mended_or_broken_or_deleted_is_so_at_once(folder):
    path = folder / "mine.py"
    path.write_text("x = (")
    assert "SyntaxError" in row("mine").reason
    path.write_text(plugin())
    assert row("mine").available
    path.write_text("1 / 0")
    assert "ZeroDivisionError" in row("mine").reason
    with pytest.raises(PluginError, match="cannot be used"):
        discover().spec("mine")
    path.unlink()
    assert "mine" not in [e.id for e in discover().entries]
    assert "veilbench_plugin_mine" not in sys.modules


def test_a_deleted_file_is_gone_for_its_mechanism_too(folder):
    path = folder / "mine.py"
    path.write_text(plugin(ref="veilbench_plugin_mine:Scoring", after=MECHANISM.format(number=1)))
    before = discover()
    path.unlink()
    discover()
    with pytest.raises(PluginError, match="cannot be loaded"):
        before.mechanism(before.spec("mine"), "scoring", None)


def test_a_file_that_cannot_be_read_or_is_a_folder_is_a_row(folder):
    (folder / "odd.py").mkdir()
    (folder / "nowhere.py").symlink_to(folder / "absent")
    (folder / "binary.py").write_bytes(b"\xff\x00\x01")
    (folder / ".#mine.py").symlink_to(folder / "absent")
    registry = discover()
    assert not [e for e in registry.entries if "#" in e.source]
    for name in ("odd", "nowhere", "binary"):
        assert not row(name, registry).available
        assert row(name, registry).remedy
    assert "plain" in registry.stacks()


def test_two_files_of_one_name_to_python_do_not_take_each_others_place(folder):
    (folder / "my-own.py").write_text(
        plugin("first", ref="veilbench_plugin_my_own:Scoring", after=MECHANISM.format(number=1))
    )
    (folder / "my_own.py").write_text(
        plugin("second", ref="veilbench_plugin_my_own:Scoring", after=MECHANISM.format(number=2))
    )
    registry = discover()
    assert row("first", registry).available
    assert "my_own.py and my-own.py are one name to Python" in row("my_own", registry).reason
    assert "rename" in row("my_own", registry).remedy
    assert registry.mechanism(registry.spec("first"), "scoring", None).number == 1


# A plugin that hangs


@pytest.fixture
def gate(monkeypatch):
    """What a hanging plugin waits for; opened at the end of a test."""
    found = threading.Event()
    monkeypatch.setattr(sys, "veilbench_test_gate", found, raising=False)
    monkeypatch.setattr(plugin_loading, "PATIENCE", 0.5)
    yield found
    found.set()


HANGS = (
    "import sys; sys.veilbench_test_count = getattr(sys, 'veilbench_test_count', 0) + 1; sys.veilbench_test_gate.wait()"
)


@pytest.mark.parametrize("where", ["import", "hook"])
def test_a_plugin_that_hangs_is_a_row_and_is_not_started_twice(folder, gate, monkeypatch, where):
    monkeypatch.setattr(sys, "veilbench_test_count", 0, raising=False)
    monkeypatch.setattr(plugin_loading, "PATIENCE", 0.5)
    text = plugin() if where == "hook" else plugin(before=HANGS)
    if where == "hook":
        text = text.replace("    return [", f"    {HANGS}\n    return [")
    (folder / "mine.py").write_text(text)
    (folder / "zebra.py").write_text(plugin("zebra"))
    registry = discover()
    assert row("mine", registry).reason == "it did not finish loading within 0.5 s"
    assert "move slow work" in row("mine", registry).remedy
    assert "veilbench_test_gate.wait()" in load_log(row("mine", registry).log_id)
    assert row("zebra", registry).available
    assert not row("mine").available
    assert sys.veilbench_test_count == 1
    gate.set()
    (late,) = plugin_loading._late.values()
    late.join(10)
    assert row("mine").available


def test_a_plugin_that_hung_is_loaded_once_its_file_is_mended(folder, gate):
    (folder / "mine.py").write_text(plugin(before=HANGS))
    assert not row("mine").available
    (folder / "mine.py").write_text(plugin(ref="veilbench_plugin_mine:Scoring", after=MECHANISM.format(number=3)))
    assert row("mine").available
    gate.set()
    for thread in plugin_loading._late.values():
        thread.join(10)
    registry = discover()
    assert registry.mechanism(registry.spec("mine"), "scoring", None).number == 3


def test_what_a_plugin_prints_is_not_in_the_json(folder, capsys):
    (folder / "mine.py").write_text(plugin(before="print('hello from a plugin')"))
    assert row("mine").available
    said = capsys.readouterr()
    assert said.out == ""
    assert "hello from a plugin" in said.err


# Reasons and remedies

PARAMS = "@dataclass(frozen=True)\nclass Params:\n    {field}"
FAULTS = {
    "syntax": ("x = 1\ny = (\n", "SyntaxError", "line 2 of"),
    "raises": ("x = 1\nraise RuntimeError('out of order')\n", "out of order", "mend line 2 of"),
    "inside": ("def f():\n    return {}['no']\n\nf()\n", "KeyError", "mend line 2 of"),
    "module": ("import no_such_module.part\n", "no_such_module", "pip install no_such_module"),
    "host": ("import privacy.no_such_part\n", "privacy.no_such_part", "import from privacy.plugin alone"),
    "speechless": ("class Odd(Exception):\n    def __str__(self):\n        return 1 / 0\n\nraise Odd\n",
                   "Odd: it cannot say what is wrong", "mend line 5 of"),
    "exits": ("import sys\nsys.exit('bye')\n", "SystemExit: bye", "mend line 2 of"),
    "taken": (plugin("plain"), "already registered 'plain': built in", "another id"),
    "api": (plugin(more="api_version=99"), "written for plugin API 99", "update Veilbench"),
    "old api": (plugin(more="api_version=0"), "written for plugin API 0", "update it, or delete"),
    "needs": (plugin(more="modules=('no_such.part',)"), "needs the module no_such.part", "pip install no_such"),
    "hint": (plugin(more="modules=('no_such',), install_hint='ask Ada'"), "needs the module no_such", "ask Ada"),
    "kind": (plugin(more="kind='other'"), "its kind is 'other'", "carrier"),
    "title": (plugin().replace('"Mine"', "None"), "its title is a NoneType", "make title a text"),
    "rank": (plugin(more="rank='high'"), "its rank is 'high'", "whole number"),
    "modules": (plugin(more="modules='numpy'"), "its modules are 'numpy'", "a tuple of module names"),
    "no dataclass": (plugin(more="params=dict"), "its params are no dataclass", "@dataclass(frozen=True)"),
    "list": (plugin(more="params=Params", before=PARAMS.format(field="x: list = field(default_factory=list)")),
             "its parameter x is a list, which no form can show", "bool, int, float or str"),
    "optional": (plugin(more="params=Params", before=PARAMS.format(field="x: Optional[int] = None")),
                 "its parameter x is a", "bool, int, float or str"),
    "no default": (plugin(more="params=Params", before=PARAMS.format(field="x: int")), "has no default", "param("),
    "bounds": (plugin(more="params=Params", before=PARAMS.format(field="x: int = param(9, help='X.', low=1, high=3)")),
               "a default of its params is refused: the setting x is 9", "between 1 and 3"),
    "no room": (plugin(more="params=Params", before=PARAMS.format(field="x: int = param(3, help='X.', low=3, high=3)")),
                "lies between 3 and 3", "low below the high"),
    "post init": (plugin(more="params=Params",
                         before=PARAMS.format(field="x: int = 1\n    def __post_init__(self):\n        open('/')")),
                  "its params cannot be made: IsADirectoryError", "within the bounds"),
    "exit in params": (plugin(more="params=Params",
                              before=PARAMS.format(field="x: int = 1\n    def __post_init__(self):\n        exit(3)")),
                       "SystemExit: 3", "mend line"),
    "unknown type": (plugin(more="params=Params", before=PARAMS.format(field="x: 'Nothing' = 1")),
                     "name a type that is not there", "bool, int, float or str"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_a_reason_and_a_remedy(folder, name):
    source, reason, remedy = FAULTS[name]
    path = folder / "broken.py"
    path.write_text(source)
    (entry,) = [e for e in discover().entries if e.source == str(path)]
    assert not entry.available
    assert reason in entry.reason
    assert remedy in entry.remedy
    assert "\n" not in entry.reason + entry.remedy
    assert entry.as_dict()["remedy"] == entry.remedy
    assert entry.origin == f"file {path}"
    if name == "taken":
        assert discover().spec("plain").title == "Plain"
        return
    with pytest.raises(VeilbenchError) as caught:
        discover().spec(entry.id)
    assert entry.reason in str(caught.value)
    assert entry.remedy in str(caught.value)


def test_a_broken_plugin_does_not_take_an_id(folder):
    (folder / "a.py").write_text("raise RuntimeError")
    (folder / "b.py").write_text(plugin("a"))
    assert discover().spec("a").title == "Mine"


def test_params_of_each_kind_that_a_form_shows_are_let_through(folder):
    fields = ("a: int = param(1, help='A.', low=0, high=5)\n    b: float = param(0.5, help='B.')\n"
              "    c: bool = param(True, help='C.')\n    d: str = param('x', help='D.', choices=('x', 'y'))\n"
              "    e: int = 4")  # fmt: skip
    (folder / "mine.py").write_text(plugin(more="params=Params", before=PARAMS.format(field=fields)))
    assert row("mine").available


# Packages


def package(root: Path, name: str, body: str | None, *, value: str | None = None) -> None:
    """A distribution `name` 1.2.3 as pip would have installed it."""
    module = name.replace("-", "_")
    if body is not None:
        (root / f"{module}.py").write_text(body)
    info = root / f"{module}-1.2.3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2.3\n")
    (info / "entry_points.txt").write_text(f"[veilbench]\n{module} = {value or module}\n")


def test_a_package_says_which_it_is_and_its_version(tmp_path, monkeypatch):
    package(tmp_path, "acme-whisper", plugin("whisper"))
    monkeypatch.syspath_prepend(tmp_path)
    found = row("whisper")
    assert (found.origin, found.version) == ("package acme-whisper", "1.2.3")
    assert found.available
    built_in = row("plain")
    assert (built_in.origin, built_in.version, built_in.builtin) == ("built in", __version__, True)
    monkeypatch.delitem(sys.modules, "acme_whisper")


@pytest.mark.parametrize(
    ("name", "body", "value", "reason", "remedy"),
    [
        ("acme-gone", None, None, "No module named 'acme_gone'", "install it again, or pip uninstall acme-gone"),
        (
            "acme-raises",
            "x = 1\nraise OSError('no')\n",
            None,
            "OSError: no",
            "acme_raises.py, or pip uninstall acme-raises",
        ),
        ("acme-lost", "", "acme_lost:nothing", "nothing", "pip uninstall acme-lost"),
    ],
)
def test_a_broken_package_says_how_to_be_rid_of_it(tmp_path, monkeypatch, name, body, value, reason, remedy):
    package(tmp_path, name, body, value=value)
    monkeypatch.syspath_prepend(tmp_path)
    found = row(name.replace("-", "_"))
    assert not found.available
    assert reason in found.reason
    assert remedy in found.remedy
    assert (found.origin, found.version) == (f"package {name}", "1.2.3")


# The log


def test_the_traceback_outlives_the_process_and_is_kept_once(folder, monkeypatch):
    (folder / "mine.py").write_text("def deep():\n    raise RuntimeError('out of order')\n\ndeep()\n")
    found = row("mine")
    assert row("mine").log_id == found.log_id
    assert len(list((folder.parent / "log").iterdir())) == 1
    monkeypatch.setattr(plugin_faults, "_MEMORY", {})
    assert "in deep" in load_log(found.log_id)
    for unknown in ("00000000", "../plugins/mine", ""):
        with pytest.raises(UnknownNameError, match="log entry"):
            load_log(unknown)


def test_old_logs_go(folder, monkeypatch):
    monkeypatch.setattr(plugin_faults, "_KEPT", 3)
    kept = [plugin_faults.keep_log(f"traceback {i} of {folder}") for i in range(6)]
    files = {p.stem for p in (folder.parent / "log").iterdir()}
    assert len(files) == 3
    assert files <= set(kept)


def test_without_a_state_folder_the_log_is_in_memory(folder, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(folder / "file"))
    (folder / "file").write_text("")
    log_id = plugin_faults.keep_log(f"traceback of {folder}")
    assert load_log(log_id) == f"traceback of {folder}"


RAISES = """
from backends.plain.mechanism import PlainClient, PlainScoring

class Client(PlainClient):
    def query(self, private):
        return self.no_such_thing

class Scoring(PlainScoring):
    def client(self, seat):
        return Client(seat)
"""


def test_the_traceback_of_a_mechanism_is_shown_on_request_alone(folder, caplog):
    (folder / "mine.py").write_text(plugin(ref="veilbench_plugin_mine:Scoring", after=RAISES))
    run = ["run", "fyp", "--stack", "mine", "--cohort", "20", "--json"]
    assert main(run) == 1
    assert "no_such_thing" not in caplog.text
    assert main([*run, "--debug"]) == 1
    assert caplog.text.count("AttributeError: 'Client' object has no attribute 'no_such_thing'") == 1
    assert "return self.no_such_thing" in caplog.text
    assert "VEILBENCH_DEBUG" not in os.environ


def test_the_command_line_shows_origin_remedy_and_on_request_the_traceback(folder, capsys):
    (folder / "mine.py").write_text("def deep():\n    raise RuntimeError('out of order')\n\ndeep()\n")
    assert main(["backends"]) == 0
    said = capsys.readouterr()
    assert f"built in, version {__version__}" in said.out
    assert "not available: RuntimeError: out of order" in said.out
    assert f"file {folder / 'mine.py'}" in said.out
    assert f"What to do: mend line 2 of {folder / 'mine.py'}, or delete" in said.out
    assert "Traceback: log " in said.out
    assert "in deep" not in said.out + said.err
    assert main(["backends", "--debug", "--json"]) == 0
    said = capsys.readouterr()
    assert '"log_id"' in said.out
    assert "in deep" not in said.out
    assert "in deep" in said.err
