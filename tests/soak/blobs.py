"""Blobs that are written while their writers are killed: `python -m tests.soak.blobs --kills 30`.

Writers put blobs into one folder and tell of each once `put` has returned; they are ended by kill -9 at random moments.
Then every blob that was told of is there and sound, and so is every block. Ends with one line of JSON, or with the
first promise that was broken.
"""

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from privacy.registry import discover
from privacy.stores.cid import CID
from privacy.stores.opening import open_store
from privacy.stores.unixfs import Profile

PROFILE = Profile(chunk=4096, links=8)
WINDOW = 0.12
"""Seconds after a writer's first blob within which it is killed."""


def blob(number: int) -> bytes:
    return hashlib.shake_256(b"blob %d" % number).digest(number * 997 % 60_000)


def writer(folder: str, first: int) -> None:
    """Put one blob after the other, and tell of each."""
    with open_store(discover(), "local", {"folder": folder}) as store:
        for number in range(first, first + 100_000):
            cid = store.put(blob(number), profile=PROFILE)
            os.write(1, f"{number} {cid}\n".encode())


def killed(folder: Path, first: int, chance: random.Random) -> list[tuple[int, CID]]:
    """Run a writer, kill it, and return what it told of."""
    command = [sys.executable, "-m", "tests.soak.blobs", "--write", str(folder), "--first", str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        head = process.stdout.readline()
        time.sleep(chance.uniform(0, WINDOW))
        process.send_signal(signal.SIGKILL)
        told = head + process.stdout.read()
    # A line that is cut short was not told.
    lines = told.decode().splitlines(keepends=True)
    return [(int(n), CID.parse(c)) for n, c in (line.split() for line in lines if line.endswith("\n"))]


def check(folder: Path, told: list[tuple[int, CID]]) -> int:
    """SystemExit unless all that was told of is there, and no block is damaged. Returns the number of blocks."""
    with open_store(discover(), "local", {"folder": str(folder)}) as store:
        kept = set(store.pins())
        for number, cid in told:
            if cid not in kept or b"".join(store.get(cid)) != blob(number):
                raise SystemExit(f"blob {number} was told of and is lost")
        for cid in kept:
            if not store.verify(cid).ok:
                raise SystemExit(f"{cid} is pinned and not sound")
    blocks = [path for path in (folder / "blocks").rglob("*") if path.is_file()]
    for path in blocks:
        if not CID.parse(path.name).names(path.read_bytes()):
            raise SystemExit(f"{path} is damaged")
    return len(blocks)


def torture(folder: Path, *, kills: int, seed: int) -> dict[str, int]:
    """Kill so many writers, one after the other, on one folder."""
    chance, told = random.Random(seed), list[tuple[int, CID]]()
    for one in range(kills):
        told += killed(folder, one * 1000, chance)
    blocks = check(folder, told)
    left = len(list((folder / "tmp").iterdir()))
    return {"kills": kills, "told": len(told), "blocks": blocks, "unfinished": left}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write blobs, with kill -9 at random moments.")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    parser.add_argument("--write", metavar="FOLDER", help="be a writer")
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    if given.write:
        writer(given.write, given.first)
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(torture(Path(folder) / "blobs", kills=given.kills, seed=given.seed)))


if __name__ == "__main__":
    main()
