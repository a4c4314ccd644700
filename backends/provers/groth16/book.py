"""The keys that are kept on this device, in the folder `proofs` of the state folder: a file and a record, by digest."""

import json
from collections.abc import Callable
from pathlib import Path

from privacy.plugin.provers import KeyKind, Keys, SelectionStatement, guarded, room, write_atomic

_KINDS: dict[str, KeyKind] = {"ceremony": "ceremony", "dev": "dev"}
"""The kinds in the order of trust."""


def turn() -> Path:
    """What to lock while a key is made, so that two do not make the same: all cores are at it anyway."""
    return room("proofs") / "making"


def keep(
    statement: SelectionStatement, root: int, kind: KeyKind, verifying: bytes, digest: str, *,
    save: Callable[[Path], None],
) -> Keys:  # fmt: skip
    """Keep a key, which `save` writes: its file first, so that a record never names one that is not there."""
    path = _path(digest)
    save(path)
    record = {
        "statement": statement.as_dict(), "model": f"{root:#x}", "kind": kind, "digest": digest,
        "verifying": "0x" + verifying.hex(),
    }  # fmt: skip
    write_atomic(path.with_suffix(".json"), json.dumps(record, indent=2).encode())
    return Keys(statement, root, kind, path, verifying, digest)


def find(statement: SelectionStatement, root: int) -> Keys | None:
    """The keys of a statement about a model, a ceremony's first; what cannot be read is passed over."""
    found = [keys for keys in map(_read, sorted(room("proofs").glob("*.json"))) if keys is not None]
    mine = [keys for keys in found if (keys.statement, keys.root) == (statement, root) and keys.path.is_file()]
    return min(mine, key=lambda keys: list(_KINDS).index(keys.kind), default=None)


def forget(keys: Keys) -> None:
    """Delete a key: its record first, so that none is left without its file."""
    for path in (keys.path.with_suffix(".json"), keys.path):
        guarded(lambda path=path: path.unlink(missing_ok=True), path)  # type: ignore[misc]


def _path(digest: str) -> Path:
    return room("proofs") / f"{digest.removeprefix('0x')}.zkey"


def _read(path: Path) -> Keys | None:
    try:
        record = json.loads(guarded(path.read_bytes, path))
        said = record["statement"]
        statement = SelectionStatement(int(said["items"]), int(said["dims"]), int(said["shown"]))
        verifying = bytes.fromhex(record["verifying"].removeprefix("0x"))
        root, kind = int(record["model"], 16), _KINDS[record["kind"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Keys(statement, root, kind, path.with_suffix(".zkey"), verifying, record["digest"])
