"""Real chains for tests: anvil and Hardhat, each on a free port of the loopback; skipped where they are not installed.

anvil is looked for on PATH, among the packages of `make nodes`, and in the folder that VEILBENCH_TEST_BIN names.
A node ends with its test, and where the process that runs the test is killed, with that.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.kubo import BIN
from tests.support.waiting import CAP, wait_until
from tools import node as nodejs

PACKAGES = nodejs.NODES / "node_modules"
CHAIN_ID = 7331
HARDFORK = "prague"
"""What the embedded chain has."""

# Runs a command for as long as its own input is open: that closes when we do, however we end.
_LEASH = (
    "import subprocess, sys, threading\n"
    "made = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)\n"
    "threading.Thread(target=lambda: (sys.stdin.read(), made.terminate()), daemon=True).start()\n"
    "sys.exit(made.wait())\n"
)


class Refused(Exception):
    """The node answered with an error; `data` is what a contract returned."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error.get("message", ""))
        found = error.get("data") or ""
        self.data = str(found.get("data", "") if isinstance(found, dict) else found)


@dataclass
class Node:
    """A running node. `kind` is "anvil" or "hardhat"."""

    kind: str
    url: str
    chain_id: int

    def ask(self, method: str, *params: Any) -> Any:
        """The result of one call of JSON-RPC; Refused where there is none."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=CAP) as answer:
            found = json.load(answer)
        if "error" in found:
            raise Refused(found["error"])
        return found["result"]

    def fund(self, address: str, *, wei: int = 10**21) -> None:
        self.ask(f"{self.kind}_setBalance", address, hex(wei))


def anvil_binary() -> str:
    """The path of anvil; skips the test where there is none."""
    packaged = os.pathsep.join(str(one / "bin") for one in PACKAGES.glob("@foundry-rs/anvil-*"))
    found = shutil.which("anvil") or shutil.which("anvil", path=packaged or os.devnull)
    found = found or shutil.which("anvil", path=os.environ.get(BIN) or os.devnull)
    if not found:
        pytest.skip(f"there is no anvil on PATH, nor in a folder that {BIN} names; `make nodes` installs one")
    return found


def hardhat_command() -> tuple[Path, Path]:
    """A Node that runs Hardhat, and Hardhat's program; skips the test where there is none."""
    binary, program = nodejs.node(22), PACKAGES / "hardhat" / "dist" / "src" / "cli.js"
    if binary is None or not program.exists():
        pytest.skip("Hardhat, or a Node 22 that runs it, is not installed; `make nodes` installs both")
    return binary, program


@contextlib.contextmanager
def anvil(
    folder: Path, *, chain_id: int = CHAIN_ID, hardfork: str = HARDFORK, block_time: int | None = None,
    more: tuple[str, ...] = (),
) -> Iterator[Node]:  # fmt: skip
    """A node that mines each transaction at once, or with `block_time` a block each so many seconds."""
    command = [anvil_binary(), "--port", "0", "--chain-id", str(chain_id), "--hardfork", hardfork, *more]
    if block_time is not None:
        command += ["--block-time", str(block_time)]
    with _running(command, folder, {}, said=r"Listening on (\S+)") as where:
        yield Node("anvil", f"http://{where}", chain_id)


@contextlib.contextmanager
def hardhat(
    folder: Path, *, chain_id: int = CHAIN_ID, hardfork: str = HARDFORK, block_time: int | None = None
) -> Iterator[Node]:
    """The same with Hardhat."""
    binary, program = hardhat_command()
    mining = {} if block_time is None else {"mining": {"auto": False, "interval": block_time * 1000}}
    network = {"chainId": chain_id, "hardfork": hardfork, "allowBlocksWithSameTimestamp": True, **mining}
    paths = {name: str(folder / name) for name in ("artifacts", "cache")}
    variables = nodejs.environment(binary) | {
        "VEILBENCH_HARDHAT": json.dumps({"network": network, "paths": paths}), "HOME": str(folder), "NO_COLOR": "1",
    }  # fmt: skip
    command = [str(binary), str(program), "node", "--network", "node", "--hostname", "127.0.0.1", "--port", "0"]
    with _running(command, folder, variables, said=r"JSON-RPC server at http://([^/\s]+)") as where:
        yield Node("hardhat", f"http://{where}", chain_id)


@contextlib.contextmanager
def _running(command: list[str], folder: Path, variables: dict[str, str], *, said: str) -> Iterator[str]:
    """Run a node until it is no longer needed; gives the host and port that it says it listens on."""
    log = folder / "node.log"
    with log.open("wb") as out:
        made = subprocess.Popen(
            [sys.executable, "-IS", "-c", _LEASH, *command], stdin=subprocess.PIPE, stdout=out,
            stderr=subprocess.STDOUT, env={**os.environ, **variables}, cwd=nodejs.NODES, start_new_session=True,
        )  # fmt: skip
    try:

        def listens() -> re.Match[str] | None:
            assert made.poll() is None, log.read_text()
            return re.search(said, log.read_text())

        yield wait_until(listens).group(1)
    finally:
        made.communicate(timeout=CAP)
