"""Where parties of tests are born: a nursery that has imported a backend, and forks a process for each party.

For the conformance kit, which seats hundreds. A party is still in a process, a memory and a home folder of its own,
which begins before any private input exists. But what its modules made as they were imported it has in common with the
others: checks of that start processes anew.
"""

import contextlib
import importlib
import os
import sys
from collections.abc import Iterable, Iterator

from privacy.errors import ServiceError
from privacy.transports import served
from privacy.transports.nursery import Nursery, possible, raise_all
from privacy.transports.process import end
from privacy.transports.worker import serve

_MODULE = "privacy.transports.cradle"


@contextlib.contextmanager
def cradle(modules: Iterable[str]) -> Iterator[Nursery | None]:
    """A nursery that has imported these modules, for as long as this lasts; None where none can be."""
    made = Nursery(_MODULE, words=tuple(dict.fromkeys(modules))) if possible() else None
    try:
        yield made if made is not None and _works(made) else None
    finally:
        if made is not None:
            made.close()


def _works(nursery: Nursery) -> bool:
    """Whether it forks: one in which a library has started a thread ends instead."""
    try:
        child, _, _, home = nursery.start()
    except (ServiceError, OSError):
        return False
    try:
        return child.pid > 0
    except (EOFError, OSError):
        return False
    finally:
        end(child, home)


def _serve(files: list[int]) -> None:
    """Runs in a fork: the party of this process, whose generators must not draw as those of other forks do."""
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed()
    source, sink = served.streams()
    with contextlib.suppress(BrokenPipeError):
        serve(source, sink)
    served.leave(4)


def main() -> None:
    """Import what the arguments name, as far as it can be, and fork."""
    for name in sys.argv[2:]:
        # A library that starts threads is left to those who need it: a process with threads must not fork.
        if name in sys.modules or _threadless(name):
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    raise_all(_serve)


def _threadless(name: str) -> bool:
    """Whether importing a module starts no thread, tried in a fork."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    try:
        importlib.import_module(name)
        os._exit(len(os.listdir("/proc/self/task")) > 1)
    finally:
        os._exit(2)


if __name__ == "__main__":
    main()
