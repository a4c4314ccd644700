"""The journal of one live round: all that must survive a kill, in one folder that its owner alone reads.

Whatever is acknowledged was written and synced first. A restarted server replays it: answers and decisions by
contributor and round, what the aggregators sent, the keys of the run. When the live round has ended only its result
and the digests of its members' passwords stay.
"""

import contextlib
import filecmp
import itertools
import json
import os
import shutil
import struct
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from privacy.errors import StateError
from privacy.home import guarded, write_atomic
from privacy.transports.mailbox import Bundle
from privacy.transports.station import Reply

_SIZE = struct.Struct("<I")
_REFUSALS = "refusals.jsonl"
_BULK = ("replies", "decisions", "sent", "inboxes", "incoming")


class Journal:
    """One live round's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        guarded(lambda: folder.mkdir(parents=True, exist_ok=True, mode=0o700), folder)
        for name in (*_BULK, "members"):
            guarded(lambda name=name: (folder / name).mkdir(exist_ok=True, mode=0o700), folder)  # type: ignore[misc]

    def put(self, name: str, values: Mapping[str, Any]) -> None:
        """Keep a small document; durable when this returns."""
        write_atomic(self.folder / name, json.dumps(values).encode())
        _sync(self.folder / name)

    def get(self, name: str) -> dict[str, Any] | None:
        """A document that was kept, or None. StateError if it is damaged."""
        return _document(self.folder / name)

    def members(self) -> dict[int, dict[str, Any]]:
        """Who joined, by seat."""
        found = {int(p.stem): _document(p) for p in sorted((self.folder / "members").glob("*.json"))}
        return {index: values for index, values in found.items() if values is not None}

    def note_refusal(self, row: Mapping[str, Any]) -> None:
        """Write down a post that was not taken; not synced, as nobody was told that it is kept."""
        path = self.folder / _REFUSALS
        with guarded(lambda: path.open("a", encoding="utf-8"), path) as file:
            file.write(json.dumps(row) + "\n")

    def refusals(self) -> list[dict[str, Any]]:
        """The posts that were not taken; a line that a kill cut short is left out."""
        path, found = self.folder / _REFUSALS, list[dict[str, Any]]()
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            with contextlib.suppress(ValueError):
                found.append(dict(json.loads(line)))
        return found

    # The store of the mailboxes

    def bundle(self, index: int, round_: int) -> Bundle | None:
        path = self._reply(index, round_)
        if not path.exists():
            return None
        head, wires = _read(path)
        return Bundle(tuple(wires), head["end"], head["reason"], head["seconds"])

    def given_up(self, index: int, round_: int) -> str | None:
        decision = self.get(f"decisions/{round_}-{index}.json")
        return None if decision is None else str(decision["reason"])

    def give_up(self, index: int, round_: int, reason: str) -> None:
        self.put(f"decisions/{round_}-{index}.json", {"reason": reason})

    def lay(self, index: int, round_: int, sealed: Sequence[bytes], *, material: int) -> None:
        """Not synced: a replay lays the same again."""
        path = self.folder / "inboxes" / f"{round_}-{index}"
        with guarded(lambda: path.with_suffix(".part").open("wb"), path) as file:
            _write(file, {"material": material}, sealed)
        path.with_suffix(".part").replace(path)

    def inbox(self, index: int, round_: int) -> tuple[dict[str, Any], Path, int] | None:
        """What was laid: its head, its file, and where in it the wires begin."""
        path = self.folder / "inboxes" / f"{round_}-{index}"
        try:
            with path.open("rb") as file:
                head, start = _head(file)
        except FileNotFoundError:
            return None
        return head, path, start

    # Answers on their way in

    @contextlib.contextmanager
    def incoming(self, head: Mapping[str, Any]) -> Iterator[tuple[BinaryIO, Path]]:
        """A file for an answer as it arrives, under a name that no reader looks at; removed unless it is kept."""
        folder = self.folder / "incoming"
        handle, name = guarded(lambda: tempfile.mkstemp(dir=folder), folder)
        try:
            with os.fdopen(handle, "wb") as file:
                packed = json.dumps(head).encode()
                file.write(_SIZE.pack(len(packed)) + packed)
                yield file, Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    def arrived(self, path: Path) -> Iterator[bytes]:
        """The wires of a file that came in, one at a time."""
        with path.open("rb") as file:
            head, _ = _head(file)
            for length in head["lengths"]:
                yield file.read(length)

    def same(self, index: int, round_: int, path: Path) -> bool | None:
        """Whether the answer that was taken is the same as a file; None if none was taken."""
        kept = self._reply(index, round_)
        if not kept.exists():
            return None
        pairs = itertools.zip_longest(self.arrived(path), self.arrived(kept))
        return filecmp.cmp(path, kept, shallow=False) or all(one == other for one, other in pairs)

    def keep(self, index: int, round_: int, path: Path) -> None:
        """Take a synced file as the answer; durable when this returns."""
        kept = self._reply(index, round_)
        guarded(lambda: os.replace(path, kept), kept)
        _sync(kept)

    def _reply(self, index: int, round_: int) -> Path:
        return self.folder / "replies" / f"{round_}-{index}"

    # What the aggregators sent

    def sent(self, party: str, round_: int) -> Reply | None:
        path = self.folder / "sent" / f"{party}-{round_}"
        if not path.exists():
            return None
        head, wires = _read(path)
        return Reply(tuple(wires), head["done"], None, head["abort"], tuple(head["refused"]))

    def send(self, party: str, round_: int, reply: Reply) -> None:
        path = self.folder / "sent" / f"{party}-{round_}"
        head = {"done": reply.done, "abort": reply.abort, "refused": list(reply.refused)}
        with guarded(lambda: path.with_suffix(".part").open("wb"), path) as file:
            _write(file, head, reply.wires)
            file.flush()
            os.fsync(file.fileno())
        path.with_suffix(".part").replace(path)
        _sync(path)

    # Its end

    def restart(self) -> None:
        """Forget all answers: the same members run again under fresh keys."""
        for name in _BULK:
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir(mode=0o700)

    def tidy(self, members: Mapping[int, Mapping[str, Any]]) -> None:
        """Remove what a live round that ended needs no more: answers, inboxes, keys."""
        for index, values in members.items():
            if "key" in values:
                self.put(f"members/{index}.json", {k: v for k, v in values.items() if k != "key"})
        for name in ("session.json", "closed.json", _REFUSALS):
            (self.folder / name).unlink(missing_ok=True)
        for name in _BULK:
            shutil.rmtree(self.folder / name, ignore_errors=True)


def _document(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StateError(f"a live round's journal is damaged: {error}", where=str(path), then="remove it") from None
    return dict(found)


def _write(file: BinaryIO, head: Mapping[str, Any], wires: Sequence[bytes]) -> None:
    packed = json.dumps({**head, "lengths": [len(w) for w in wires]}).encode()
    file.write(_SIZE.pack(len(packed)) + packed)
    for wire in wires:
        file.write(wire)


def _head(file: BinaryIO) -> tuple[dict[str, Any], int]:
    (size,) = _SIZE.unpack(file.read(_SIZE.size))
    return dict(json.loads(file.read(size))), _SIZE.size + size


def _read(path: Path) -> tuple[dict[str, Any], list[bytes]]:
    with path.open("rb") as file:
        head, _ = _head(file)
        return head, [file.read(length) for length in head["lengths"]]


def _sync(path: Path) -> None:
    """Make a rename durable, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
