"""A fingerprint of the code that a result depends on, so that a kept result never outlives a change of it."""

import hashlib
import importlib.util
from pathlib import Path

from privacy.registry import Stack
from privacy.results import versions

_HERE = Path(__file__).resolve().parent


def code_fingerprint(stack: Stack) -> str:
    """Hash of package versions and of the names, sizes and times of the framework's and the backend's source files."""
    digest = hashlib.sha256(repr(sorted(versions().items())).encode())
    specs = [s for s in (stack.carrier, stack.randomiser) if s is not None]
    references = [reference for spec in specs for reference in spec.implements.values()]
    folders = {_HERE} | {f for f in map(_folder, references) if f is not None}
    for folder in sorted(folders):
        for path in [folder] if folder.is_file() else sorted(folder.rglob("*.py")):
            status = path.stat()
            digest.update(f"{path.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _folder(reference: str) -> Path | None:
    """Where a mechanism's code lies: its package's folder, or its one file."""
    module = reference.partition(":")[0]
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin)
    return path.parent if "." in module else path
