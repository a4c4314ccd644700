"""The commands of the documentation: found as they stand on the page, and run in order in an empty home.

A fenced block `sh` is one script; `sh background` is a server, which runs until the page ends.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.waiting import CAP, wait_until

_FENCE = re.compile(r"^```(\w+)?(?: (\w+))?\s*$")
_STARTED = re.compile(r"\bon https?://([\d.]+):(\d+)")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: Path
    line: int
    language: str
    how: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The first words of its lines that begin a command, without what a here-document holds."""
        lines, ends = [], ""
        for line in self.text.splitlines():
            if ends:
                ends = "" if line == ends else ends
                continue
            lines.append(line.strip())
            if found := re.search(r"<<'?(\w+)'?", line):
                ends = found[1]
        return [line for line in lines if line and not line.startswith("#")]


def blocks(page: Path) -> list[Block]:
    """Every fenced block of a page."""
    found: list[Block] = []
    inside: tuple[int, str, str] | None = None
    held: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        fence = _FENCE.match(line)
        if inside is None and fence:
            inside, held = (number, fence[1] or "", fence[2] or ""), []
        elif inside is not None and line.strip() == "```":
            found.append(Block(page, *inside, "\n".join(held) + "\n"))
            inside = None
        elif inside is not None:
            held.append(line)
    if inside is not None:
        raise ValueError(f"{page}:{inside[0]}: a block that does not end")
    return found


def environment(home: Path) -> dict[str, str]:
    """What a reader's shell has: the environment's commands first on the path, and a home of its own."""
    dropped = ("VEILBENCH_HOME", "VEILBENCH_TOKEN", "VEILBENCH_DEBUG", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {"HOME": str(home), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def _listens(wording: str) -> bool:
    """Whether a server has said where it is, and is there."""
    found = _STARTED.search(wording)
    with socket.socket() as probe:
        return found is not None and probe.connect_ex((found[1], int(found[2]))) == 0


class Shell:
    """A reader at work in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.environment = folder, environment(folder)
        self._servers: list[subprocess.Popen[str]] = []

    def run(self, block: Block) -> str:
        """Run one block; what it printed. AssertionError with all of it where it failed."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text], cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=CAP,
        )  # fmt: skip
        assert done.returncode == 0, f"{block.page.name}:{block.line} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def serve(self, block: Block) -> None:
        """Start a server and wait until it says where it is."""
        log = self.folder / f"server-{len(self._servers)}.log"
        with log.open("w") as sink:
            server = subprocess.Popen(
                ["bash", "-c", f"exec {block.text.strip()}"], cwd=self.folder, env=self.environment, text=True,
                stdout=sink, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self._servers.append(server)
        wait_until(lambda: server.poll() is not None or _listens(log.read_text()))
        assert server.poll() is None, f"{block.page.name}:{block.line} ended:\n{log.read_text()}"

    def close(self) -> None:
        """End the servers."""
        for server in self._servers:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)


@contextlib.contextmanager
def reader(folder: Path) -> Iterator[Shell]:
    """A reader who ends every server in the end."""
    shell = Shell(folder)
    try:
        yield shell
    finally:
        shell.close()
