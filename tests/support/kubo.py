"""A real kubo node for tests: `ipfs` on PATH, else in the folder that VEILBENCH_TEST_BIN names; skipped without one.

Its repository is a temporary one, its ports are free ones of the loopback, and it knows no other node.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.waiting import CAP

BIN = "VEILBENCH_TEST_BIN"


def binary() -> str:
    """The path of kubo's `ipfs`; skips the test where there is none."""
    found = shutil.which("ipfs") or shutil.which("ipfs", path=os.environ.get(BIN, ""))
    if not found:
        pytest.skip(f"there is no ipfs on PATH, nor in a folder that {BIN} names")
    return found


@dataclass
class Kubo:
    """A repository, and the commands on it."""

    binary: str
    repository: Path
    process: "subprocess.Popen[str] | None" = None

    @property
    def _environment(self) -> dict[str, str]:
        return {"IPFS_PATH": str(self.repository), "HOME": str(self.repository.parent), "PATH": os.environ["PATH"]}

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        done = subprocess.run(
            [self.binary, *arguments], input=given, env=self._environment, capture_output=True, timeout=CAP, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def start(self) -> None:
        self.process = subprocess.Popen(
            [self.binary, "daemon", "--offline"], env=self._environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "Daemon is ready" in line:
                return
        raise AssertionError("".join(said))

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.communicate(timeout=CAP)
            self.process = None

    @property
    def address(self) -> str:
        """The multiaddress of its RPC."""
        return (self.repository / "api").read_text().strip()


def made(folder: Path) -> Kubo:
    """A repository under the profile that Veilbench uses."""
    kubo = Kubo(binary(), folder / "kubo")
    kubo.run("init", "--profile=test")
    kubo.run("config", "profile", "apply", "unixfs-v1-2025")
    return kubo


def running(folder: Path) -> Iterator[Kubo]:
    """A daemon, for a fixture."""
    kubo = made(folder)
    kubo.start()
    yield kubo
    kubo.stop()
