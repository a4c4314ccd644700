"""What a role does beside its wires: files that it writes or opens, and connections. By Python's audit events.

A black box cannot see everything: C code that opens files itself, shared memory by name, and time are out of sight.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from privacy.boundary.party import Party

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_MADE = {"os.mkdir": 0, "os.rename": 1, "os.link": 1, "os.symlink": 1, "sqlite3.connect": 0}
"""Events that make a path, and the place of the path among their arguments."""
_READ = {"os.listdir": 0, "os.scandir": 0, "os.remove": 0, "os.rmdir": 0, "os.truncate": 0, "sqlite3.connect": 0}
_TALK = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind")
_IGNORED = (os.devnull, "/dev/random", "/dev/urandom", "/proc/")
"""Under /proc stand the open files of this process by number: memory, and whoever has the number has the file."""
_COMPILED = f"{os.sep}__pycache__{os.sep}"


@dataclass
class Watch:
    """Which paths each party wrote and opened, and who made connections. `party` is whoever acts now."""

    party: Party | None = None
    written: dict[str, set[Party]] = field(default_factory=dict)
    opened: dict[str, set[Party]] = field(default_factory=dict)
    talking: dict[Party, str] = field(default_factory=dict)
    bystanders: set[int | None] = field(default_factory=lambda: {t.ident for t in threading.enumerate()})
    """Threads that ran before: what they do is the host's. Those that a party starts are its own."""

    @contextmanager
    def acting(self, party: Party) -> Iterator[None]:
        before, self.party = self.party, party
        me, others = threading.get_ident(), self.bystanders
        self.bystanders = others - {me}
        try:
            yield
        finally:
            self.party, self.bystanders = before, others

    def note(self, event: str, given: tuple[Any, ...]) -> None:
        """Take one audit event of the party that acts."""
        if self.party is None or threading.get_ident() in self.bystanders:
            return
        if event == "open":
            path, mode, flags = given
            writes = bool((flags or 0) & _WRITING) or any(c in str(mode or "") for c in "wax+")
            self._touch(self.written if writes else self.opened, path)
        if event in _MADE:
            self._touch(self.written, given[_MADE[event]])
        if event in _READ:
            self._touch(self.opened, given[_READ[event]])
        if event in _TALK:
            self.talking.setdefault(self.party, event)

    def _touch(self, paths: dict[str, set[Party]], path: object) -> None:
        if self.party is None or not isinstance(path, (str, bytes, os.PathLike)):
            return
        name = os.path.abspath(os.fsdecode(path))
        if not name.startswith(_IGNORED) and _COMPILED not in name:
            paths.setdefault(name, set()).add(self.party)

    def shared(self) -> list[tuple[str, Party, Party]]:
        """Each path that one party wrote and another wrote or opened: the path, who wrote it, the other."""
        found = []
        for path, writers in self.written.items():
            touched = writers | self.opened.get(path, set())
            found += [(path, min(writers), other) for other in sorted(touched - {min(writers)})]
        return found


_current: Watch | None = None
_hooked = False


def _hook(event: str, given: tuple[Any, ...]) -> None:
    # An exception here would reach the code that is watched.
    if _current is not None and (event == "open" or event in _MADE or event in _READ or event in _TALK):
        _current.note(event, given)


@contextmanager
def watching() -> Iterator[Watch]:
    """A watch over this process until the end of the block. Only one at a time."""
    global _current, _hooked
    if not _hooked:
        # Python has no way to take an audit hook away again: it stays, and does nothing without a watch.
        sys.addaudithook(_hook)
        _hooked = True
    watch, before = Watch(), _current
    _current = watch
    try:
        yield watch
    finally:
        _current = before
