"""Setting up: one sentence for each thing that is missing, and repair of what was interrupted."""

import ast
import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.setup_tree import SCRIPT, tree
from tests.support.waiting import wait_until

SPEC = importlib.util.spec_from_file_location("setup_venv", SCRIPT)
assert SPEC is not None
assert SPEC.loader is not None
setup = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(setup)


@pytest.mark.parametrize("version", [(3, 6, 9), (3, 10, 0), (3, 13, 1), (2, 7, 18)])
def test_a_wrong_python_is_named(version: tuple[int, int, int]) -> None:
    sentence = setup.python_problem(version, "/usr/bin/python")
    assert ".".join(map(str, version)) in sentence
    assert "PYTHON=" in sentence


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 9)])
def test_a_right_python_is_taken(version: tuple[int, int, int]) -> None:
    assert setup.python_problem(version, "/usr/bin/python") is None


def test_the_script_parses_on_old_interpreters() -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 4))
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.AsyncFunctionDef)
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, newer)] == []
    displays = [node for node in ast.walk(tree) if isinstance(node, (ast.List, ast.Tuple))]
    assert [node.lineno for node in displays if any(isinstance(part, ast.Starred) for part in node.elts)] == []


def test_a_wrong_python_ends_in_one_sentence(tmp_path: Path) -> None:
    done = script(tmp_path, disguise="import sys; sys.version_info = (3, 9, 2, 'final', 0)")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is Python 3.9.2" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_python_without_ensurepip_ends_in_one_sentence(tmp_path: Path) -> None:
    done = script(tmp_path, disguise="import sys; sys.modules['ensurepip'] = None")
    assert (done.returncode, done.stdout) == (2, "")
    assert "-venv`" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_too_little_space_ends_in_one_sentence(tmp_path: Path) -> None:
    done = script(tmp_path, "--need-gb", "1e9")
    assert done.returncode == 2
    assert "GB free and the set-up needs about 1e+09 GB" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_missing_venv_module_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert "python3.11-venv" in setup.module_problem((3, 11, 2))


def test_a_full_disk_is_named_before_and_while_pip_runs(tmp_path: Path) -> None:
    assert setup.space_problem(str(tmp_path), 0.0) is None
    assert "free some space" in setup.space_problem(str(tmp_path), 1e9)
    wording = ["Installing", "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"]
    assert "disk filled up" in setup.pip_problem(wording, 4.0)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("ERROR: NewConnectionError: Failed to establish", "network"),
        ("ERROR: No matching distribution found for tenseal==0.3.18", "tenseal"),
        ("OSError: [Errno 13] Permission denied: '/x'", "cannot be written"),
        ("ERROR: something else", "something else"),
    ],
)
def test_what_pip_says_becomes_a_sentence(line: str, names: str) -> None:
    sentence = setup.pip_problem([line], 4.0)
    assert names in sentence
    assert "\n" not in sentence


def test_a_failed_pip_leaves_no_stamp(tmp_path: Path) -> None:
    where = tree(tmp_path, pip="echo 'OSError: [Errno 28] No space left on device'; exit 1")
    done = run(where)
    assert done.returncode == 2
    assert "disk filled up" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (where / ".venv" / setup.STAMP).exists()


def test_an_interrupted_setup_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    where = tree(tmp_path, pip="exit 0")
    (where / ".venv" / setup.BUILDING).write_text("")
    assert not setup.works(str(where / ".venv"))


@pytest.mark.soak("docs")
def test_a_killed_setup_is_repaired_and_holds_its_place_while_pip_lives(tmp_path: Path) -> None:
    where = tree(tmp_path, pip="echo $$ > pip.pid; exec sleep 60")
    first = subprocess.Popen([sys.executable, SCRIPT, "--root", where], stdout=subprocess.DEVNULL)
    pid = int(appears(where / "pip.pid"))
    try:
        first.kill()
        first.wait()
        assert (where / ".venv" / setup.BUILDING).exists()
        assert not (where / ".venv" / setup.STAMP).exists()
        assert not lockable(where)
    finally:
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: lockable(where))

    # Nothing is listed to install, so this builds a real environment without a network.
    done = script(where, "--no-project", "--need-gb", "0.001")
    assert done.returncode == 0, done.stderr
    assert "building it again" in done.stdout
    venv = where / ".venv"
    assert setup.works(str(venv))
    assert setup.is_ready(str(where.resolve()), str(venv), ("requirements-dev.txt",))


def test_a_second_setup_waits_for_the_first_and_then_finds_it_done(tmp_path: Path) -> None:
    where = tree(tmp_path, pip="exit 1")
    held = os.open(where, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    command = [sys.executable, "-u", SCRIPT, "--root", where]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as second:
        assert second.stdout is not None
        assert "waiting" in second.stdout.readline()
        (where / ".venv" / setup.STAMP).write_text(str(where.resolve()))
        os.close(held)
        assert second.wait() == 0
        assert second.stdout.read() == ""


def test_a_stamp_older_than_a_requirement_is_no_stamp(tmp_path: Path) -> None:
    where = tree(tmp_path, pip="exit 0")
    stamp = where / ".venv" / setup.STAMP
    stamp.write_text(str(where))
    sources = ("requirements.txt", "pyproject.toml")
    assert setup.is_ready(str(where), str(where / ".venv"), sources)
    os.utime(where / "requirements.txt", (4e9, 4e9))
    assert not setup.is_ready(str(where), str(where / ".venv"), sources)


def test_a_stamp_of_another_folder_is_no_stamp(tmp_path: Path) -> None:
    where = tree(tmp_path, pip="exit 0")
    (where / ".venv" / setup.STAMP).write_text("/somewhere/else")
    assert not setup.is_ready(str(where), str(where / ".venv"), ())


def test_a_copied_environment_becomes_that_of_its_folder_and_the_other_stays_as_it_is(tmp_path: Path) -> None:
    before, after = tmp_path / "before" / ".venv", tmp_path / "after" / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(before)], check=True)
    script = before / "bin" / "tool"
    script.write_text(f"#!{before}/bin/python\nimport sys\nprint(sys.prefix)\n")
    script.chmod(0o755)
    other = f"{before}-flower/bin/python"
    (before / "bin" / "names-another").write_text(other)
    kept = {path: path.read_bytes() for path in before.rglob("*") if path.is_file()}
    shutil.copytree(before, after, symlinks=True)
    (after / setup.STAMP).write_text(str(after.parent))
    assert setup.former_home(str(before)) is None
    assert setup.former_home(str(after)) == str(before)
    assert not setup.is_ready(str(after.parent), str(after), ())
    setup.rehome(str(after))
    assert setup.former_home(str(after)) is None
    assert setup.is_ready(str(after.parent), str(after), ())
    said = subprocess.run([str(after / "bin" / "tool")], capture_output=True, text=True, check=True).stdout
    assert said.strip() == str(after)
    line = f'. "{after}/bin/activate" && echo $VIRTUAL_ENV'
    said = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout
    assert said.strip() == str(after)
    assert (after / "bin" / "names-another").read_text() == other
    assert {path: path.read_bytes() for path in before.rglob("*") if path.is_file()} == kept


def test_another_environment_has_its_own_folder_and_requirements(tmp_path: Path) -> None:
    where = tree(tmp_path, pip='echo "$*" > pip.said')
    (where / ".venv").rename(where / ".venv-other")
    (where / "requirements-other.txt").write_text("")
    given = ("--venv", ".venv-other", "--requirements", "requirements-other.txt", "--no-project", "--need-gb", "0.001")
    done = script(where, *given)
    assert done.returncode == 0, done.stderr
    assert "requirements-other.txt" in (where / "pip.said").read_text()
    assert (where / ".venv-other" / setup.STAMP).exists()
    assert not (where / ".venv").exists()


def script(where: Path, *arguments: str, disguise: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the set-up on `where`; `disguise` is run by the interpreter before it."""
    folder = where / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(disguise)
    command = [sys.executable, SCRIPT, "--root", where, *arguments]
    env = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def until(true: Callable[[], bool]) -> bool:
    """Whether it comes true."""
    return wait_until(true, every=0.05)


def appears(path: Path) -> str:
    assert until(lambda: path.exists() and path.read_text().endswith("\n"))
    return path.read_text()


def lockable(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)


def run(where: Path) -> "subprocess.CompletedProcess[str]":
    (where / "tools").mkdir()
    (where / "tools" / "setup_venv.py").write_text(SCRIPT.read_text())
    return subprocess.run(
        [sys.executable, "tools/setup_venv.py", "--torch-index", ""],
        cwd=where, capture_output=True, text=True, check=False,
    )  # fmt: skip
