"""Workers: their lines are the host's alone, they end when the host is gone, and no thread of a plugin keeps them."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from privacy.jobs.book import JobBook
from privacy.jobs.job import Job
from tests.support.waiting import CAP

WORKER = """
import os, subprocess, sys, threading, time
from pathlib import Path
from privacy.errors import ParamError
from privacy.jobs.job import work

def body(request, report):
    Path(request["pid"]).write_text(str(os.getpid()))
    report(1, 2, "before")
    print("a plugin's line")
    os.write(1, b"a plugin's bytes\\n")
    subprocess.run(["echo", "a plugin's process"], check=True)
    threading.Thread(target=time.sleep, args=(600,)).start()
    if request.get("refuse"):
        raise ParamError("no such thing", then="choose another")
    for _ in range(request.get("naps", 1)):
        time.sleep(request.get("sleep", 0))
        report(1, 2, "asleep")
    report(2, 2, "after")
    return request.get("answer")

if __name__ == "__main__":
    work(body)
"""
HOST = """
import sys, time
from privacy.jobs.job import Job
job = Job("a_worker", {"pid": sys.argv[1], "sleep": 600})
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def modules(tmp_path, monkeypatch):
    (tmp_path / "a_worker.py").write_text(textwrap.dedent(WORKER))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))
    return tmp_path


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"


def within(seconds, what):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.02)
    return what()


def test_what_is_printed_is_no_progress_and_a_thread_that_hangs_keeps_nothing(modules):
    job = Job("a_worker", {"pid": str(modules / "pid")})
    job.join(CAP)
    assert (job.progress.state, job.progress.total, job.result) == ("done", 2, None)


def test_what_the_body_returns_comes_back_whole(modules):
    answer = {"text": "\u2028 " * 100_000, "rows": [1, None, 0.5]}
    job = Job("a_worker", {"pid": str(modules / "pid"), "answer": answer})
    job.join(CAP)
    assert (job.progress.state, job.result) == ("done", answer)


def test_an_error_comes_with_its_sentence_and_class(modules):
    job = Job("a_worker", {"pid": str(modules / "pid"), "refuse": True})
    job.join(CAP)
    assert (job.progress.state, job.progress.kind) == ("failed", "ParamError")
    assert job.progress.error == "No such thing; choose another."


def test_a_worker_does_not_outlive_its_host(modules):
    place = modules / "pid"
    with subprocess.Popen([sys.executable, "-c", HOST, str(place)]) as host:
        pid = int(within(60, lambda: place.is_file() and place.read_text()))
        assert alive(pid)
        host.send_signal(signal.SIGKILL)
    assert within(10, lambda: not alive(pid))


@pytest.mark.parametrize(("naps", "sleep", "state"), [(12, 0.25, "done"), (1, 60, "cancelled")])
def test_a_worker_is_ended_for_its_silence_and_not_for_its_age(modules, naps, sleep, state):
    book, late = JobBook(), []
    request = {"pid": str(modules / "pid"), "sleep": sleep, "naps": naps}
    book.start("check", "one", "a_worker", request, quiet=2.0, late=late.append)
    assert book.wait("check", "one").state == state
    assert len(late) == (state == "cancelled")
