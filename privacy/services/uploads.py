"""Files that a person brings: kept on this device under the state folder, by content, until they are forgotten.

Each lies under its own name in a folder named by its bytes, so that an error names the file as the person knows it.

A run names its data by path, so that a worker and a restart find it; a file chosen in a browser has none, and gets one
here.
"""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from privacy.errors import DataError
from privacy.home import guarded, room, write_atomic
from privacy.tables.lines import size_text
from privacy.tables.mapping import Mapping

MAX_UPLOAD_BYTES = 200 * 1024**2
_CHUNK = 1 << 20
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


def keep_upload(body: BinaryIO, name: str, *, max_bytes: int = MAX_UPLOAD_BYTES) -> Path:
    """Keep a file and return its path, the same for the same bytes and name.

    DataError if it is empty or larger than `max_bytes`, StateError if it cannot be kept.
    """
    folder = _folder()
    return guarded(lambda: _keep(body, _safe(name), folder, max_bytes), folder)


def keep_mapping(mapping: Mapping) -> Path:
    """Keep a mapping set on a page as a file and return its path."""
    text = mapping.to_toml().encode()
    path = _folder() / f"{hashlib.sha256(text).hexdigest()[:16]}-mapping.toml"
    write_atomic(path, text)
    return path


def drop_upload(path: Path) -> None:
    """Delete one kept file."""
    guarded(lambda: shutil.rmtree(path.parent, ignore_errors=True), path)


def forget_uploads() -> int:
    """Delete every kept file and mapping; returns how many."""
    paths = list(_folder().iterdir())
    for path in paths:
        if path.is_dir():
            guarded(lambda path=path: shutil.rmtree(path), path)  # type: ignore[misc]
        else:
            guarded(lambda path=path: path.unlink(missing_ok=True), path)  # type: ignore[misc]
    return len(paths)


def _folder() -> Path:
    return room("uploads")


def _safe(name: str) -> str:
    """A file name that is one, whatever a browser sent."""
    plain = _PLAIN.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip("._")
    return plain[-60:] or "data.csv"


def _keep(body: BinaryIO, name: str, folder: Path, max_bytes: int) -> Path:
    digest, size = hashlib.sha256(), 0
    handle, draft = tempfile.mkstemp(dir=folder, prefix=".upload.")
    try:
        with os.fdopen(handle, "wb") as file:
            while chunk := body.read(_CHUNK):
                size += len(chunk)
                if size > max_bytes:
                    raise DataError(
                        f"the file has more than {size_text(max_bytes)}",
                        where=name,
                        then="cut it down to a part of its rows, or read it by its path on the command line",
                    )
                digest.update(chunk)
                file.write(chunk)
        if not size:
            raise DataError("the file is empty", where=name, then="choose another")
        path = folder / digest.hexdigest()[:16] / name
        path.parent.mkdir(exist_ok=True, mode=0o700)
        os.replace(draft, path)
        return path
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise
