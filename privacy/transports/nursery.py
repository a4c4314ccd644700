"""A nursery: one process that has imported what takes long, and forks those that serve this host from it.

A fork has all that was imported within milliseconds, and shares its memory. It is safe because the nursery has one
thread and holds nothing private; one that has more threads ends instead. The host itself is never forked.
"""

import contextlib
import json
import os
import select
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from typing import Any, BinaryIO, NoReturn

from privacy.errors import ServiceError
from privacy.transports import framing
from privacy.transports.process import HOME_PREFIX, end, start
from privacy.transports.served import leave

_MOST_FILES, _LONGEST = 8, 4096
_STDIN, _STDOUT = 0, 1


def possible() -> bool:
    """Whether this system has all that a nursery takes: elsewhere a process is started for each."""
    return sys.platform.startswith("linux") and hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal")


class Child:
    """A fork, as its host sees it: the part of `Popen` that `process.end` takes.

    It greets by its number, which the host reads before anything else that it says.
    """

    def __init__(self, stdin: BinaryIO, stdout: BinaryIO) -> None:
        self.stdin, self.stdout = stdin, stdout
        self._pid = self._handle = -1
        self._lock = threading.Lock()

    @property
    def pid(self) -> int:
        """Its number. EOFError where it ended before it could greet."""
        with self._lock:
            if self._pid < 0:
                self._pid = framing.decode(*framing.read(self.stdout))
                with contextlib.suppress(OSError):  # it has ended already
                    self._handle = os.pidfd_open(self._pid)
            return self._pid

    def poll(self) -> int | None:
        """0 where it has ended, None where it is there, or yet to be born."""
        if self.stdout.closed:
            return 0
        seen = select.poll()
        seen.register(self.stdout, 0)  # that nobody writes there any more is always told
        return 0 if seen.poll(0) else None

    def kill(self) -> None:
        """End it. One that has not greeted ends as soon as it is born, as nobody speaks to it."""
        if self._handle >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end of one that has greeted. TimeoutExpired where it takes longer than `timeout` seconds."""
        if self._handle >= 0:
            seen = select.poll()
            seen.register(self._handle, select.POLLIN)
            if not seen.poll(None if timeout is None else 1000 * timeout):
                raise TimeoutExpired("a fork", timeout or 0.0)
            os.close(self._handle)
            self._handle = -1
        return 0


class Nursery:
    """The host's end. The process is started by the first who wants it, and again where it has ended.

    `module` is what it runs, which ends in `raise_all`; `words` are arguments of its own, from the second on. One that
    is `shared` also serves the processes that this host starts from then on: they find it by their environment, and
    fork from it what they would fork from their own.
    """

    def __init__(self, module: str, *, threads: int = 1, words: Sequence[str] = ()) -> None:
        self._module, self._threads, self._lock = module, threads, threading.Lock()
        self._words = tuple(words)
        self._running: tuple[Popen[bytes], str] | None = None
        self._line: socket.socket | None = None

    def prepare(self, *, shared: bool = False) -> None:
        """Have it import what it imports while this host does something else. ServiceError where it cannot start."""
        with self._lock:
            if self._line is None or not self._there():
                self._open()
            if shared and self._running is not None:
                os.environ[_variable(self._module)] = str(_door(self._running[1]))

    def start(self, files: Sequence[int] = ()) -> tuple[Child, BinaryIO, BinaryIO, str]:
        """Fork a process in a fresh home folder, as `process.start` starts one: itself, its streams, the folder.

        It is born once the nursery has imported everything. `files` are open ones that it gets, in this order.
        """
        home = tempfile.mkdtemp(prefix=HOME_PREFIX)
        theirs, ours = os.pipe()
        ours_too, theirs_too = os.pipe()
        child = Child(os.fdopen(ours, "wb"), os.fdopen(ours_too, "rb"))
        request = json.dumps({"home": home, "nice": os.nice(0)}).encode()
        try:
            with self._lock:
                self._ask(request, [theirs, theirs_too, *files])
        except BaseException as error:
            end(child, home)
            if isinstance(error, OSError):
                raise ServiceError(f"no process can be forked: {error}", then="close some programs") from error
            raise
        finally:
            os.close(theirs)
            os.close(theirs_too)
        return child, child.stdin, child.stdout, home

    def close(self) -> None:
        """End it, where it is this host's own; what it has forked goes on."""
        with self._lock:
            self._end()

    def _ask(self, request: bytes, files: list[int]) -> None:
        for last in (False, True):
            try:
                line = self._line if self._line is not None and self._there() else self._open()
                socket.send_fds(line, [request], files)
                return
            except OSError:  # it has ended
                if last:
                    raise
                self._end()

    def _there(self) -> bool:
        return self._running is None or self._running[0].poll() is None

    def _open(self) -> socket.socket:
        """A line to the nursery that this process was given, if there is one, or to one of its own."""
        self._end()
        self._line = _to(os.environ.get(_variable(self._module), ""))
        if self._line is None:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
                files = (door.fileno(),)
                process, _, _, home = start(threads=self._threads, module=self._module, files=files, words=self._words)
                self._running = process, home
                try:
                    door.bind(str(_door(home)))  # the process accepts once it has imported everything
                    door.listen()
                except OSError as error:  # such as a temporary folder whose path is too long for a socket
                    raise ServiceError(f"no process can be forked: {error}") from error
            self._line = _to(str(_door(home)))
            if self._line is None:
                raise ServiceError("a process that was started ended at once", then="start it again")
        return self._line

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._running is not None:
            process, home = self._running
            self._running = None
            variable = _variable(self._module)
            if os.environ.get(variable) == str(_door(home)):
                del os.environ[variable]
            end(process, home)


def _door(home: str) -> Path:
    """Where a nursery listens: in its home folder, which its owner alone can enter."""
    return Path(home) / "door"


def _variable(module: str) -> str:
    return f"VEILBENCH_NURSERY_{module.replace('.', '_').upper()}"


def _to(path: str) -> socket.socket | None:
    """A line to the nursery that listens there; None where none does."""
    if not path:
        return None
    line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        line.connect(path)
    except OSError:
        line.close()
        return None
    return line


def raise_all(body: Callable[[list[int]], None]) -> NoReturn:
    """Runs in a nursery that has imported everything: fork a process for each that a host wants.

    It ends with the host that started it. `body` is what a fork runs, with the files that its host gave it.
    """
    door = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for what ends
    lines: list[socket.socket] = []
    while True:
        ready = set(select.select([_STDIN, *(one.fileno() for one in (door, *lines))], [], [])[0])
        if _STDIN in ready or len(os.listdir("/proc/self/task")) > 1:
            leave(0)
        if door.fileno() in ready:
            lines.append(door.accept()[0])
        for line in [one for one in lines if one.fileno() in ready]:
            try:
                asked, files, _, _ = socket.recv_fds(line, _LONGEST, _MOST_FILES)
            except OSError:  # its host was killed
                asked, files = b"", []
            if not asked:
                line.close()
                lines.remove(line)
            elif not os.fork():
                try:
                    for one in (door, *lines):
                        one.close()
                    _settle(json.loads(asked), files[0], files[1])
                    body(files[2:])
                finally:
                    os._exit(4)
            for file in files:
                os.close(file)


def _settle(asked: dict[str, Any], stdin: int, stdout: int) -> None:
    """Runs in a fork: take its streams, a session and a home of its own, and greet."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for given, own in ((stdin, _STDIN), (stdout, _STDOUT)):
        os.dup2(given, own)
        os.close(given)
    home = str(asked["home"])
    os.environ |= {"HOME": home, "VEILBENCH_HOME": home, "TMPDIR": home}
    tempfile.tempdir = None
    os.chdir(home)
    with contextlib.suppress(OSError):
        os.nice(max(0, int(asked["nice"]) - os.nice(0)))
    with os.fdopen(os.dup(_STDOUT), "wb") as sink:
        framing.write(sink, os.getpid())
