"""Loading plugins: files that change, hang or clash, and packages."""

import os
import sys
import threading
from pathlib import Path

import pytest

from privacy import __version__
from privacy.errors import PluginError
from privacy.loading import find as plugin_loading
from privacy.registry import discover, load_log
from tests.support.plugin_sources import plugin, row


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "state"))
    (tmp_path / "state" / "plugins").mkdir(parents=True)
    return tmp_path / "state" / "plugins"


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
    wording = capsys.readouterr()
    assert wording.out == ""
    assert "hello from a plugin" in wording.err


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
