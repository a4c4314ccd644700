"""Flower's processes: started in its own environment, quiet and offline, and ended with all that they started."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from privacy.plugin import DataError
from workloads.federated.flower.host import QUIET, THREADS, python

_FRAMES = {ord(one): " " for one in "╭╮╰╯│─"}


def programs() -> Path:
    """The folder of Flower's programs. DataError where it is not installed."""
    found = python()
    if found is None:
        raise DataError("Flower is not installed", then="run make flower")
    return found.parent


def surroundings(home: Path) -> dict[str, str]:
    """The environment of a process of Flower with a home of its own: no telemetry, no updates, no installation."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    path = os.pathsep.join([str(programs()), os.environ.get("PATH", os.defpath)])
    places = {"HOME": str(home), "FLWR_HOME": str(home), "VEILBENCH_HOME": str(home / "veilbench"), "PATH": path}
    return kept | QUIET | THREADS | places


class Started:
    """A process of Flower with a log of its own, in a session of its own: a Ctrl-C is for whoever started it."""

    def __init__(self, command: Sequence[str], *, home: Path, log: Path) -> None:
        self.log = log
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                [str(programs() / command[0]), *command[1:]], stdin=subprocess.DEVNULL, stdout=sink,
                stderr=subprocess.STDOUT, env=surroundings(home), cwd=home, start_new_session=True,
            )  # fmt: skip

    def check(self) -> None:
        """DataError where it has ended, with the last that it said."""
        if self.process.poll() is not None:
            raise DataError(f"{self.log.stem} ended: {self.last()}", where=str(self.log))

    def last(self) -> str:
        said = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return said[-1][:300] if said else "it said nothing"

    def kill(self) -> None:
        """End it and its group at once, as kill -9 does."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self, *, seconds: float = 10.0) -> None:
        """Ask it to end, so that it ends what it started; then kill its group."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        self.kill()


def flwr(*arguments: str, home: Path, seconds: float = 60.0) -> str:
    """What a command of Flower's client prints. DataError where it fails."""
    try:
        done = subprocess.run(
            [str(programs() / "flwr"), *arguments], env=surroundings(home), cwd=home, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise DataError(f"flwr {arguments[0]} did not end in {seconds:g} s") from None
    if done.returncode:
        said = " ".join((done.stderr + done.stdout).translate(_FRAMES).split())
        raise DataError(f"flwr {arguments[0]} failed: {said[-300:] or 'it said nothing'}")
    return done.stdout
