"""The nodes that tests run against start as they are told to, and leave nothing behind."""

import os
import signal
import subprocess
import sys
import urllib.error
from pathlib import Path

import pytest

from tests.support import ROOT, nodes
from tests.support.soaking import in_soak
from tests.support.waiting import wait_until

STARTS = [nodes.anvil, in_soak("chains", nodes.hardhat)]


@pytest.mark.parametrize("start", STARTS)
def test_a_node_is_what_was_asked_for_and_is_gone_after(start, tmp_path: Path) -> None:
    somebody = "0x" + "ab" * 20
    with start(tmp_path, chain_id=4242) as node:
        assert node.ask("eth_chainId") == hex(4242)
        node.fund(somebody, wei=7)
        assert node.ask("eth_getBalance", somebody, "latest") == "0x7"
        with pytest.raises(nodes.Refused):
            node.ask("no_suchMethod")
    with pytest.raises(urllib.error.URLError):
        node.ask("eth_chainId")


def test_a_node_ends_with_whoever_started_it(tmp_path: Path) -> None:
    nodes.anvil_binary()
    code = (
        "import sys, time, pathlib\nfrom tests.support import nodes\n"
        "with nodes.anvil(pathlib.Path(sys.argv[1])) as node:\n    print(node.url, flush=True)\n    time.sleep(900)\n"
    )
    made = subprocess.Popen([sys.executable, "-c", code, tmp_path], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert made.stdout is not None
    node = nodes.Node("anvil", made.stdout.readline().strip(), nodes.CHAIN_ID)
    assert node.ask("eth_blockNumber") == "0x0"
    os.kill(made.pid, signal.SIGKILL)
    made.communicate()

    def gone() -> bool:
        try:
            node.ask("eth_blockNumber")
        except OSError:
            return True
        return False

    wait_until(gone)
