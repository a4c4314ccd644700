"""A deployment beside one training, in a temporary folder: a process keeps it up, and ends it with the training.

`python -m workloads.federated.flower.beside FOLDER` starts what a folder describes, says a line when everything is
started, and ends it all when its standard input ends: also where the process that trains is killed.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from privacy.plugin import DataError, ProtocolAborted, VeilbenchError
from workloads.federated.flower import folder as folders
from workloads.federated.flower.running import Running, supernodes
from workloads.federated.flower.supernodes import SuperNodes

_READY = "ready"
_END_SECONDS = 60.0


@contextlib.contextmanager
def beside(rows: Sequence[np.ndarray], *, stack: str, minimum: int) -> Iterator[SuperNodes]:
    """SuperNodes with these rows, one each, as places of contributors. DataError where Flower does not start.

    It waits until all of them are there, or as many as come in time.
    """
    # Short, as Flower has sockets there.
    folder = Path(tempfile.mkdtemp(prefix="vbd-")).resolve()
    try:
        folders.make(folder, rows, options={}, seed=0, stacks=[stack], minimum=minimum)
        with _kept_up(folder), supernodes(folders.read(folder)) as found:
            with contextlib.suppress(ProtocolAborted):
                found.here(minimum=len(rows))
            yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _kept_up(folder: Path) -> Iterator[None]:
    path = os.pathsep.join(os.path.abspath(p) for p in sys.path)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", __name__, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": path}, start_new_session=True, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        said = process.stdout.readline().strip()
        if said != _READY:
            raise DataError(said or "Flower's processes ended early", then="run make flower")
        yield
    finally:
        process.stdin.close()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def main() -> int:
    """Keep a deployment up until standard input ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    folder = Path(sys.argv[1])
    try:
        with Running(folders.read(folder)) as running:
            running.start()
            print(_READY, flush=True)
            while not select.select([sys.stdin], [], [], 1.0)[0]:
                running.keep()
    except VeilbenchError as error:
        print(str(error), flush=True)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # a host that was killed no longer does
    return 0


if __name__ == "__main__":
    sys.exit(main())
