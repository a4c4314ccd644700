"""Processes that are forked from one that has imported what takes long."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from privacy.errors import ServiceError
from privacy.transports import framing, nursery
from privacy.transports.nursery import Nursery
from privacy.transports.process import end
from tests.support import ROOT
from tests.support.waiting import wait_until

MODULE = "tests.support.raised"
pytestmark = pytest.mark.skipif(not nursery.possible(), reason="nothing is forked on this system")


@pytest.fixture
def one() -> Iterator[Nursery]:
    made = Nursery(MODULE)
    yield made
    made.close()


def asked(found: Any, word: str) -> dict[str, Any]:
    child, sink, source, _ = found
    assert child.pid > 0
    framing.write(sink, word)
    return dict(framing.decode(*framing.read(source)))


def started(one: Nursery, text: bytes = b"") -> Any:
    theirs, ours = os.pipe()
    os.write(ours, text)
    os.close(ours)
    try:
        return one.start((theirs,))
    finally:
        os.close(theirs)


def test_a_fork_has_streams_files_a_home_and_the_niceness_of_its_host(one: Nursery) -> None:
    found = [started(one, text) for text in (b"a", b"b")]
    said = [asked(each, word) for each, word in zip(found, ("x", "y"), strict=True)]
    assert [(each["word"], each["given"]) for each in said] == [("x", b"a"), ("y", b"b")]
    assert [each["home"] for each in said] == [each["folder"] for each in said] == [each[3] for each in found]
    assert {each["nice"] for each in said} == {os.nice(0)}
    assert said[0]["parent"] == said[1]["parent"] != os.getpid()
    # Neither has anything of the other, nor of the nursery.
    assert len(said[0]["files"]) == len(said[1]["files"])
    for child, _, _, home in found:
        assert child.poll() is None
        end(child, home)
        assert not Path(home).exists()
        wait_until(lambda child=child: not Path(f"/proc/{child.pid}").exists())


def test_a_fork_that_is_killed_is_seen_to_end(one: Nursery) -> None:
    found = started(one)
    asked(found, "x")
    os.kill(found[0].pid, signal.SIGKILL)
    wait_until(lambda: found[0].poll() is not None)
    with pytest.raises(EOFError):
        framing.read(found[2])
    end(found[0], found[3])


def test_one_that_nobody_waited_for_is_gone(one: Nursery) -> None:
    found = started(one)
    end(found[0], found[3])
    again = started(one)
    parent = asked(again, "x")["parent"]
    end(again[0], again[3])
    children = Path(f"/proc/{parent}/task/{parent}/children")
    wait_until(lambda: not children.read_text().split())


def test_a_nursery_that_was_killed_is_started_again(one: Nursery) -> None:
    first = started(one)
    parent = asked(first, "x")["parent"]
    os.kill(parent, signal.SIGKILL)
    wait_until(lambda: not one._there())
    assert asked(first, "y")["word"] == "y"
    second = started(one)
    assert asked(second, "z")["parent"] != parent
    for child, _, _, home in (first, second):
        end(child, home)


def test_a_process_that_is_started_later_forks_from_one_that_is_shared(one: Nursery) -> None:
    one.prepare(shared=True)
    code = f"""
from tests.transports.test_nursery import Nursery, asked, end, started
found = started(Nursery("{MODULE}"))
print(asked(found, "x")["parent"])
end(found[0], found[3])
"""
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = started(one)
    assert int(told) == asked(found, "y")["parent"]
    end(found[0], found[3])
    one.close()
    assert nursery._variable(MODULE) not in os.environ


def test_a_folder_whose_path_is_too_long_is_said(one: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    with pytest.raises(ServiceError):
        started(one)
