"""Processes that are cut off at a transaction: in this process by an exception, in one of their own by kill -9."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from privacy.chains.sender import Sender
from tests.support import ROOT

TRIES = 100


class Cut(BaseException):
    """The process is gone."""


def goes_on(walk: Callable[[], Any]) -> None:
    """Start a walk anew whenever it is cut off, until it comes to its end."""
    for _ in range(TRIES):
        try:
            walk()
        except Cut:
            continue
        return
    raise AssertionError(f"the walk was cut off {TRIES} times")


def cut_around_sends(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Cut each named transaction off before it is sent, and again after it; how often each was tried, by its name."""
    real, seen = Sender.send_all, dict[str, int]()

    def send_all(self: Sender, intents: Any) -> Any:
        name = " ".join(one.id for one in intents if one.data)
        seen[name] = seen.get(name, 0) + 1
        if name and seen[name] == 1:
            raise Cut
        found = real(self, intents)
        if name and seen[name] == 2:
            raise Cut
        return found

    monkeypatch.setattr(Sender, "send_all", send_all)
    return seen


def kill_at(selector: bytes, *, when: str) -> None:
    """Let this process die, without a word, before or after it sends a call of a function."""
    real = Sender.send_all

    def send_all(self: Sender, intents: Any) -> Any:
        mine = any(one.data.startswith(selector) for one in intents)
        if mine and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        found = real(self, intents)
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    Sender.send_all = send_all  # type: ignore[method-assign]


def killed(script: str, *arguments: str) -> None:
    """Run a script in a process of its own, which must be killed."""
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, env=os.environ.copy(), capture_output=True, check=False
    )  # fmt: skip
    assert run.returncode == -signal.SIGKILL, run.stderr.decode()[-2000:]
