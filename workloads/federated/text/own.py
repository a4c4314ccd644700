"""Texts of one's own: a folder with a text file for each device, or a file of LEAF's JSON."""

import json
from pathlib import Path

from privacy.plugin import DataError
from workloads.federated.text import leaf
from workloads.federated.text.generator import Device

MOST_FILE = 64 * 2**20
"""Bytes of one file at most."""


def read(path: Path, *, most: int) -> list[Device]:
    """The devices of a folder or a file, at most so many. DataError for what is none, or empty."""
    if path.is_dir():
        found = [_text(one) for one in sorted(path.glob("*.txt"))[:most]]
        if not found:
            raise DataError("the folder has no text file", where=str(path), then="put one .txt in it for each device")
        return found
    if not path.exists():
        raise DataError("there is no such file or folder", where=str(path), then="check its name")
    if path.suffix.lower() == ".json":
        return _leaf(path, most)
    raise DataError("this is neither a folder of text files nor LEAF's JSON", where=str(path), then="choose another")


def of_one(path: Path) -> Device:
    """The device of one person: a text file, or a folder of them that are all this person's. DataError for others."""
    if path.is_dir():
        found = [_text(one) for one in sorted(path.glob("*.txt"))]
        if not found:
            raise DataError("the folder has no text file", where=path.name, then="put your texts in it, as .txt")
        return Device(tuple(line for one in found for line in one.sentences))
    if path.suffix.lower() != ".txt":
        raise DataError(
            "this is neither a text file nor a folder of text files", where=path.name, then="choose a .txt file"
        )
    return _text(path)


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_FILE:
            raise DataError(f"the file is larger than {MOST_FILE // 2**20} MiB", where=path.name, then="split it")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror}", where=path.name) from error


def _text(path: Path) -> Device:
    try:
        text = _bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError("the file is not UTF-8 text", where=path.name, then="save it as UTF-8") from error
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not lines:
        raise DataError("the file of a device is empty", where=path.name, then="remove it, or put text into it")
    return Device(lines)


def _leaf(path: Path, most: int) -> list[Device]:
    try:
        found = json.loads(_bytes(path))
    except (ValueError, RecursionError) as error:
        raise DataError("the file is not JSON", where=path.name, then="choose another") from error
    return leaf.devices(found, most=most, name=path.name)
