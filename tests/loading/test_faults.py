"""Plugins that cannot be used: a reason and a remedy for each fault, and the log behind a broken row."""

import os

import pytest

from privacy import __version__
from privacy.cli import main
from privacy.errors import UnknownNameError, VeilbenchError
from privacy.loading import faults as plugin_faults
from privacy.registry import discover, load_log
from tests.support.plugin_sources import plugin, row


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "state"))
    (tmp_path / "state" / "plugins").mkdir(parents=True)
    return tmp_path / "state" / "plugins"


# Reasons and remedies

PARAMS = "@dataclass(frozen=True)\nclass Params:\n    {field}"
FAULTS = {
    "syntax": ("x = 1\ny = (\n", "SyntaxError", "line 2 of"),
    "raises": ("x = 1\nraise RuntimeError('out of order')\n", "out of order", "fix line 2 of"),
    "inside": ("def f():\n    return {}['no']\n\nf()\n", "KeyError", "fix line 2 of"),
    "module": ("import no_such_module.part\n", "no_such_module", "pip install no_such_module"),
    "host": ("import privacy.no_such_part\n", "privacy.no_such_part", "import only from privacy.plugin"),
    "speechless": ("class Odd(Exception):\n    def __str__(self):\n        return 1 / 0\n\nraise Odd\n",
                   "Odd: it cannot say what is wrong", "fix line 5 of"),
    "exits": ("import sys\nsys.exit('bye')\n", "SystemExit: bye", "fix line 2 of"),
    "taken": (plugin("plain"), "already registered 'plain': built in", "another id"),
    "api": (plugin(more="api_version=99"), "written for plugin API 99", "update Veilbench"),
    "old api": (plugin(more="api_version=0"), "written for plugin API 0", "update it, or delete"),
    "needs": (plugin(more="modules=('no_such.part',)"), "needs the module no_such.part", "pip install no_such"),
    "hint": (plugin(more="modules=('no_such',), install_hint='ask Ada'"), "needs the module no_such", "ask Ada"),
    "kind": (plugin(more="kind='other'"), "its kind is 'other'", "carrier"),
    "title": (plugin().replace('"Mine"', "None"), "its title is a NoneType", "make title a text"),
    "rank": (plugin(more="rank='high'"), "its rank is 'high'", "whole number"),
    "modules": (plugin(more="modules='numpy'"), "its modules are 'numpy'", "a tuple of module names"),
    "not a dataclass": (plugin(more="params=dict"), "its params are not a dataclass", "@dataclass(frozen=True)"),
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
                       "SystemExit: 3", "fix line"),
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
    wording = capsys.readouterr()
    assert f"built in, version {__version__}" in wording.out
    assert "not available: RuntimeError: out of order" in wording.out
    assert f"file {folder / 'mine.py'}" in wording.out
    assert f"What to do: fix line 2 of {folder / 'mine.py'}, or delete" in wording.out
    assert "Traceback: log " in wording.out
    assert "in deep" not in wording.out + wording.err
    assert main(["backends", "--debug", "--json"]) == 0
    wording = capsys.readouterr()
    assert '"log_id"' in wording.out
    assert "in deep" not in wording.out
    assert "in deep" in wording.err
