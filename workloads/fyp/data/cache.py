"""Arrays kept on disk by content hash: an .npz beside a .json that holds its digest, and never pickle."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.plugin.host import write_atomic
from privacy.plugin.running import StateError

Arrays = dict[str, NDArray[Any]]


def read_arrays(folder: Path, key: str) -> tuple[Arrays, list[str]] | None:
    """Return the arrays and labels kept under `key`, or None where they are absent or damaged."""
    try:
        about = json.loads((folder / f"{key}.json").read_text(encoding="utf-8"))
        body = (folder / f"{key}.npz").read_bytes()
        if hashlib.sha256(body).hexdigest() != about["sha256"]:
            return None
        labels = [str(label) for label in about["labels"]]
        with np.load(io.BytesIO(body), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}, labels
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def write_arrays(folder: Path, key: str, arrays: Mapping[str, NDArray[Any]], labels: list[str]) -> bool:
    """Keep the arrays under `key`; False where the folder cannot be written or the disk is full."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)  # vectors hardly get smaller by packing
    body = buffer.getbuffer()
    about = {"labels": labels, "sha256": hashlib.sha256(body).hexdigest()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # The digest goes last: a reader that comes between the two finds a mismatch and rebuilds.
        write_atomic(folder / f"{key}.npz", body)
        write_atomic(folder / f"{key}.json", json.dumps(about, ensure_ascii=False).encode("utf-8"))
    except (OSError, StateError):
        return False
    return True
