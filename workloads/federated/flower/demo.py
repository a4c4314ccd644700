"""`make flower-demo`: a deployment from keys to records, on this machine, in a temporary folder that goes afterwards.

One SuperLink and three SuperNodes over TLS, three rounds under masked sums, every round a record in a room on the
embedded chain. Then it is held against what must be so.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from privacy.plugin import DataError, VeilbenchError
from privacy.plugin.host import lab
from workloads.federated.flower.__main__ import made
from workloads.federated.flower.folder import Deployment
from workloads.federated.flower.keys import node_key
from workloads.federated.flower.processes import programs
from workloads.federated.flower.running import Running, say, supernode
from workloads.federated.flower.table import shown
from workloads.federated.flower.training import train

NODES, ROUNDS, ROOM = 3, 3, "flower demo"
OPTIONS = {"rounds": ROUNDS, "sentences": 24, "words": 300, "width": 24, "pretrained": False}
_REFUSED_SECONDS = 60.0


def demo() -> int:
    """Run it; 1 if anything does not fit."""
    try:
        programs()
        with _home() as folder:
            wrong = _run(folder)
    except VeilbenchError as error:
        say(f"veilbench: {error}")
        return 1
    for one in wrong:
        say(f"veilbench: it does not fit: {one}")
    print("Everything fits." if not wrong else "Something does not fit.")
    return 1 if wrong else 0


@contextlib.contextmanager
def _home() -> Iterator[Path]:
    """A folder for all of it, the state folder of Veilbench among it."""
    folder = Path(tempfile.mkdtemp(prefix="vb-flower-"))
    before = os.environ.get("VEILBENCH_HOME")
    os.environ["VEILBENCH_HOME"] = str(folder / "home")
    try:
        yield folder
    finally:
        if before is None:
            del os.environ["VEILBENCH_HOME"]
        else:
            os.environ["VEILBENCH_HOME"] = before
        shutil.rmtree(folder, ignore_errors=True)


def _run(folder: Path) -> list[str]:
    start = time.monotonic()
    one = made(folder / "deployment", nodes=NODES, options=dict(OPTIONS), seed=0, minimum=NODES)
    _veilbench("room", "create", ROOM)
    with Running(one) as running:
        running.start(tell=say)
        refused = forged_is_refused(one)
        say(f"a SuperNode whose key is not registered: {'refused' if refused else 'let in'}")
        record = train(one, room=ROOM, finished=lambda round_: say(f"round {round_.index} is kept and committed"))
    print(f"{NODES} SuperNodes and a SuperLink over TLS, under smpc, {time.monotonic() - start:.0f} s in all")
    print(shown(record))
    print(f"\nveilbench room history '{ROOM}'")
    print(_veilbench("room", "history", ROOM))
    found = json.loads(_veilbench("room", "history", ROOM, "--json"))
    return _wrong(one, record, found, refused=refused)


def _wrong(one: Deployment, record: Any, history: Any, *, refused: bool) -> list[str]:
    """What is not as it must be, each in a sentence."""
    rows = record.settings.get("history", [])
    simulated = lab.run(replace(one.request, stack="plain")).settings["history"]
    text = json.dumps(history)
    checks = {
        record.failure or "the training failed": not record.failure,
        f"there are {len(rows) - 1} rounds and {ROUNDS} were due": len(rows) == ROUNDS + 1,
        "not every SuperNode is in every sum": all(row["included"] == NODES for row in rows[1:]),
        "the same training, simulated here, made other models": [r["version"] for r in rows]
        == [r["version"] for r in simulated],
        "a version has no record in the room": all(row["version"] in text for row in rows),
        "a SuperNode with a key that is not registered was let in": refused,
    }
    return [what for what, fits in checks.items() if not fits]


def forged_is_refused(one: Deployment) -> bool:
    """Whether a SuperNode is refused that has all but a key that is registered."""
    there = one.folder / "forged"
    shutil.copytree(one.node_folder(1), there, ignore=shutil.ignore_patterns("home", "sums*", "*.log", "node.key*"))
    node_key(there)
    started = supernode(there)
    until = time.monotonic() + _REFUSED_SECONDS
    try:
        while started.process.poll() is None and time.monotonic() < until:
            time.sleep(0.2)
        return "Failed to activate" in started.log.read_text(errors="replace")
    finally:
        started.end()


def _veilbench(*arguments: str) -> str:
    """What a command prints. DataError where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "privacy", *arguments], capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise DataError(f"veilbench {' '.join(arguments[:2])} failed: {done.stderr.strip()[-300:]}")
    return done.stdout.rstrip()
