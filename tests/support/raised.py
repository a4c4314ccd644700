"""A nursery of processes that echo: `python -P -m tests.support.raised DOOR`."""

import os
from pathlib import Path

from privacy.plugin import processes


def echo(files: list[int]) -> None:
    source, sink = processes.streams()
    waiting = processes.requests(source)
    with os.fdopen(files[0], "rb") as given:
        said = given.read()
    while True:
        word = processes.decode(*waiting.get())
        where = {"parent": os.getppid(), "home": os.environ["HOME"], "folder": str(Path.cwd()), "nice": os.nice(0)}
        processes.write(sink, where | {"word": word, "given": said, "files": sorted(os.listdir("/proc/self/fd"))})


if __name__ == "__main__":
    processes.raise_all(echo)
