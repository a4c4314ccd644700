"""Blobs that are written while their writers are killed: `python -m tests.soak.blobs --kills 30`.

Writers put blobs into one folder and tell of each once `put` has returned; they are ended by kill -9 at random moments.
Then every blob that was told of is there and sound, and so is every block. Ends with one line of JSON, or with the
first promise that was broken.
"""

import argparse
import contextlib
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
from privacy.stores.errors import BlobMissing
from privacy.stores.opening import open_store
from privacy.stores.unixfs import Profile

PROFILE = Profile(chunk=4096, links=8)
WINDOW = 0.12
"""Seconds after a writer's first blob within which it is killed."""


def blob(number: int) -> bytes:
    return hashlib.shake_256(b"blob %d" % number).digest(number * 997 % 60_000)


def writer(folder: str, first: int) -> None:
    """Put one blob after the other, and tell of each; and one that is let go, for who collects."""
    with open_store(discover(), "local", {"folder": folder}) as store:
        for number in range(first, first + 100_000):
            cid = store.put(blob(number), profile=PROFILE)
            os.write(1, f"{number} {cid}\n".encode())
            with contextlib.suppress(BlobMissing):  # another writer's, who let go of it first
                store.unpin(store.put(b"let go" + blob(number % 100), profile=PROFILE))


def collector(folder: str) -> None:
    """Collect again and again; tells of the first."""
    with open_store(discover(), "local", {"folder": folder}) as store:
        while True:
            store.collect()
            os.write(1, b".\n")


def killed(folder: Path, first: int, chance: random.Random, *, collecting: bool = False) -> list[tuple[int, CID]]:
    """Run a writer, and with `collecting` a collector beside it; kill them, and return what the writer told of."""
    command = [sys.executable, "-m", "tests.soak.blobs"]
    with contextlib.ExitStack() as held:
        beside = [*command, "--collect", str(folder)]
        other = held.enter_context(subprocess.Popen(beside, stdout=subprocess.PIPE)) if collecting else None
        mine = [*command, "--write", str(folder), "--first", str(first)]
        process = held.enter_context(subprocess.Popen(mine, stdout=subprocess.PIPE))
        for one in filter(None, (other, process)):
            assert one.stdout is not None
            head = one.stdout.readline()
        time.sleep(chance.uniform(0, WINDOW))
        if other is not None:
            other.kill()
            time.sleep(chance.uniform(0, WINDOW / 4))
        process.send_signal(signal.SIGKILL)
        assert process.stdout is not None
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


def torture(folder: Path, *, kills: int, seed: int, collecting: bool = False) -> dict[str, int]:
    """Kill so many writers, one after the other, on one folder; with `collecting`, each beside a collector."""
    chance, told = random.Random(seed), list[tuple[int, CID]]()
    for one in range(kills):
        told += killed(folder, one * 1000, chance, collecting=collecting)
    blocks = check(folder, told)
    left = len(list((folder / "tmp").iterdir()))
    return {"kills": kills, "told": len(told), "blocks": blocks, "unfinished": left}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write blobs, with kill -9 at random moments.")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    parser.add_argument("--collecting", action="store_true", help="kill collectors beside them")
    parser.add_argument("--collect", metavar="FOLDER", help="be a collector")
    parser.add_argument("--write", metavar="FOLDER", help="be a writer")
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    if given.collect:
        collector(given.collect)
    if given.write:
        writer(given.write, given.first)
        return
    with tempfile.TemporaryDirectory() as folder:
        place, more = Path(folder) / "blobs", {"kills": given.kills, "seed": given.seed}
        print(json.dumps(torture(place, **more, collecting=given.collecting)))


if __name__ == "__main__":
    main()
