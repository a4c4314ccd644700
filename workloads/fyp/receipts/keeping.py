"""What opens receipts, kept on this device: whoever has it can show which items a receipt is about, and nobody else."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from privacy.plugin.host import guarded, room, write_atomic


@dataclass(frozen=True)
class Opening:
    """The items and salts of a receipt, and what it took.

    It is kept before the proof is sent: only the contract says whether there is such a receipt. `receipt` and `model`
    are hexadecimal digits; `history` is a salted digest, so that the same history keeps its commitment. `gas` has what
    each transaction took that this device sent, by what it did.
    """

    receipt: str
    contract: str
    account: str
    model: str
    data: str
    user: str
    history: str
    chosen: tuple[int, ...]
    salt: str = field(repr=False)
    chosen_salt: str = field(repr=False)
    kind: str
    seconds: float
    setup_seconds: float
    gas: dict[str, int]


def keep(opening: Opening) -> None:
    """Keep an opening. StateError where it cannot be."""
    write_atomic(_folder() / f"{opening.receipt}.json", json.dumps(asdict(opening)).encode())


def openings(*, contract: str, account: str) -> list[Opening]:
    """The openings of an account's receipts in a contract, newest first; what cannot be read is left out."""
    paths = sorted(_folder().glob("*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    found = [one for path in paths if (one := _read(path)) is not None]
    return [one for one in found if (one.contract, one.account) == (contract, account)]


def salt_of(history: Sequence[int], kept: Sequence[Opening]) -> int | None:
    """The salt under which this history was committed to before; None where it was not."""
    return next((int(one.salt, 16) for one in kept if one.history == digest(history, int(one.salt, 16))), None)


def digest(history: Sequence[int], salt: int) -> str:
    """A salted digest of a history: whoever has not both learns nothing of it."""
    return hashlib.sha256(json.dumps([hex(salt), sorted(map(int, history))]).encode()).hexdigest()


def forget(user: str) -> None:
    """Delete what opens the receipts of a person."""
    for path in _folder().glob("*.json"):
        found = _read(path)
        if found is not None and found.user == user:
            guarded(lambda path=path: path.unlink(missing_ok=True), path)  # type: ignore[misc]


def _read(path: Path) -> Opening | None:
    try:
        values: dict[str, Any] = json.loads(path.read_bytes())
        return Opening(**{**values, "chosen": tuple(values["chosen"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _folder() -> Path:
    return room("receipts")
