"""Starting and ending the process of a party, or of another module that serves this host."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from privacy.debugging import VARIABLE
from privacy.errors import ServiceError

HOME_PREFIX = "veilbench-party-"
PARTY = "privacy.transports.worker"
_OURS = str(Path(__file__).resolve().parents[2])
"""The folder that this package lies in."""
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", VARIABLE)


def start(
    *, threads: int, memory_bytes: int | None = None, module: str = PARTY, files: Sequence[int] = (),
    words: Sequence[str] = (), python: str = "",
) -> tuple["subprocess.Popen[bytes]", BinaryIO, BinaryIO, str]:
    """Start a party's process in a fresh home folder: the process, the streams to and from it, the folder.

    `module` is what the process runs; `served` has what such a module does with its streams. `memory_bytes` caps the
    memory that it may map, where the system has such a cap. `files` are open ones that it inherits, and its arguments
    before `words`.
    `python` is another interpreter, with packages of its own; of this one's it has but this package's.

    Raises ServiceError if the system starts no more processes.
    """
    home = tempfile.mkdtemp(prefix=HOME_PREFIX)
    arguments = [*([str(memory_bytes)] * bool(memory_bytes)), *map(str, files), *words]
    try:
        process = subprocess.Popen(
            # -P keeps the working folder off the module path; the host's own path comes by PYTHONPATH.
            [python or sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=home,
            env=environment(home, threads=threads) | ({"PYTHONPATH": _OURS} if python else {}),
            pass_fds=files,
            start_new_session=True,  # an interrupt from the keyboard is the host's to handle
        )
    except OSError as error:
        shutil.rmtree(home, ignore_errors=True)
        reason = error.strerror or type(error).__name__
        raise ServiceError(f"a party's process cannot be started: {reason}", then="close some programs") from error
    return process, cast("BinaryIO", process.stdin), cast("BinaryIO", process.stdout), home


def environment(home: str, *, threads: int) -> dict[str, str]:
    """All that the process inherits: nothing that may hold a password or a token."""
    path = os.pathsep.join(os.path.abspath(p) for p in sys.path)
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    limits = dict.fromkeys(_THREADS, str(threads))
    return passed | limits | {"PYTHONPATH": path, "HOME": home, "VEILBENCH_HOME": home, "TMPDIR": home}


class Ending(Protocol):
    """What `end` takes of a process."""

    stdin: Any
    stdout: Any

    def kill(self) -> None: ...

    def wait(self, timeout: float | None = None) -> int: ...


def end(process: Ending, home: str) -> None:
    """Kill the process, reap it, and remove its home folder."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):  # what was not flushed is of no use now
                stream.close()
    shutil.rmtree(home, ignore_errors=True)
