"""The record of a round: what its version of a model came of, as canonical JSON, known by its SHA-256.

The chain has the digest, the blob store the bytes: whoever belongs to the room finds the record by the CID of that
digest. No contributor is named in it. It says what was committed, and proves nothing of how honestly it was trained.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from privacy.errors import DataError
from privacy.rooms.contributions import Opening, opening, ordered, root
from privacy.stores.cid import CID, RAW

FORMAT = "veilbench round 1"
NOTHING = bytes(32)


@dataclass(frozen=True)
class Entry:
    """What a round leaves for a room: the CID of its model and of the one that it began from, what opens the
    commitments to the contributions, and what the record says beside.

    `facts` has: `config` (settings by name), `noise` (the bound, or None), `count` (contributions in the sum, or None
    where that stays hidden) and `metrics` (figures by name).
    """

    model: str
    began: str
    openings: tuple[Opening, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, model: str, began: str, contributions: Sequence[bytes], facts: Mapping[str, Any]) -> "Entry":
        """Commit to contributions, with fresh salts."""
        return cls(model, began, tuple(opening(one) for one in contributions), facts)

    def as_dict(self) -> dict[str, Any]:
        opened = [[one.salt.hex(), one.content.hex()] for one in self.openings]
        return {"model": self.model, "began": self.began, "openings": opened, "facts": dict(self.facts)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Entry":
        opened = tuple(Opening(bytes.fromhex(salt), bytes.fromhex(content)) for salt, content in values["openings"])
        return cls(str(values["model"]), str(values["began"]), opened, dict(values["facts"]))

    @property
    def contributions(self) -> bytes:
        """The root of the commitments; zeros where nothing was contributed."""
        return root(ordered(self.openings)) if self.openings else NOTHING


@dataclass(frozen=True)
class Record:
    """The record of a version. `previous` is the digest of the record before, `base` the CID of the room's first model.

    `config_hash` is the SHA-256 of the settings as canonical JSON, `contributions` the root of the commitments.
    """

    round: int
    previous: str
    model: str
    weights_sha256: str
    base: str
    config_hash: str
    config: dict[str, Any]
    noise: dict[str, Any] | None
    count: int | None
    contributions: str
    metrics: dict[str, float]
    format: str = FORMAT

    @property
    def text(self) -> bytes:
        """Canonical JSON: sorted names, no spaces, ASCII."""
        return canonical(asdict(self))

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.text).digest()

    @property
    def cid(self) -> CID:
        """Where the blob store has it."""
        return CID(RAW, self.digest)


def record_of(entry: Entry, *, round_: int, previous: bytes, base: str, weights_sha256: str) -> Record:
    """The record of a round's entry in its place."""
    facts = entry.facts
    config = dict(facts.get("config", {}))
    return Record(
        round=round_, previous=previous.hex(), model=entry.model, weights_sha256=weights_sha256, base=base,
        config_hash=hashlib.sha256(canonical(config)).hexdigest(), config=config, noise=facts.get("noise"),
        count=facts.get("count"), contributions=entry.contributions.hex(), metrics=dict(facts.get("metrics", {})),
    )  # fmt: skip


def read_record(body: bytes) -> Record:
    """What `Record.text` wrote. DataError for any other bytes."""
    try:
        values = json.loads(body)
        if values["format"] != FORMAT:
            raise ValueError("another format")
        found = Record(**values)
        if canonical(asdict(found)) != body:
            raise ValueError("not canonical")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError("the bytes are no record of a round", then="get them again by their CID") from error
    return found


def canonical(values: Any) -> bytes:
    """JSON that is the same for the same values."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str).encode()
