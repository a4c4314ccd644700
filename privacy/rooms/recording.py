"""A run whose rounds become versions of a room: each is committed after it is kept, and committed once.

How: a round's entry, with its salts, lies in the run's checkpoint before anything is sent, and a version's id follows
from the entry. So a run that is killed between the two commits the same version when it goes on, and the contract has
it already, or has not. `$VEILBENCH_HOME/rooms` keeps what a cut-off run began from, and what opens the commitments.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from privacy.chains.sender import Sender, identity
from privacy.errors import DataError, ParamError
from privacy.home import guarded, room, write_atomic
from privacy.request import RunRequest
from privacy.rooms.contributions import Opening, ordered, root
from privacy.rooms.proposed import Absent
from privacy.rooms.records import Entry, Record, record_of
from privacy.services.rooms import INVITED, MEMBER, NOTHING, OWNER, Room, Rooms, Version
from privacy.stores.cid import CID
from privacy.stores.errors import BlobMissing
from privacy.stores.store import BlobStore
from privacy.workload import Round

OPTION = "version"
"""The option of a workload that says which version a run begins from: its CID."""


@dataclass(frozen=True)
class Committed:
    """A version that a run has committed, with the gas that it cost."""

    version: Version
    model: str
    record: Record
    gas: int

    def as_dict(self) -> dict[str, Any]:
        """For a run record: nothing in it is private. One that waits to be signed says what there is to sign."""
        one = self.version
        waits = {
            "parent": (one.parent or NOTHING).hex(), "content": one.content.hex(),
            "contributions": one.contributions.hex(), "metrics": one.metrics.hex(),
        }  # fmt: skip
        return ({} if one.transaction else {"unsigned": waits}) | {
            "id": self.version.id.hex(), "round": self.version.round, "model": self.model,
            "record": self.record.cid.text, "transaction": "0x" + self.version.transaction.hex(),
            "block": self.version.block, "gas": self.gas,
        }  # fmt: skip


class Recording:
    """Commits the rounds of one run to a room, in the name of the sender's account.

    `parent` is the version that the run begins from; None where the room has none yet, so that the run's first model
    becomes its first version.
    """

    def __init__(
        self, rooms: Rooms, sender: Sender | Absent, room_: Room, store: BlobStore, *, parent: Version | None = None
    ) -> None:
        self.rooms, self.sender, self.room, self._store = rooms, sender, room_, store
        self._path = _folder() / f"run-{_hashed(identity(sender.chain), room_.id.hex(), sender.signer.address)}.json"
        self._parent = parent or self._head()
        self.committed: list[Committed] = []

    def _head(self) -> Version | None:
        found = self.rooms.versions(self.room.id)
        return found[-1] if found else None

    def begin(self, request: RunRequest, *, options: Any) -> RunRequest:
        """The request of a run from the room's version, or that of the same run where it was cut off before.

        ParamError for a workload whose rounds are no versions, and for an account that may not commit: before anything
        is trained or spent. BlobMissing where the version's file is not here.
        """
        self.check_member()
        if not hasattr(options, OPTION):
            raise ParamError(f"the rounds of {request.workload} make no versions", then="leave the room out")
        asks = request.as_dict()
        kept = self._kept()
        if kept is not None and kept["request"] == json.loads(json.dumps(asks)):
            known = self.rooms.version(self.room.id, bytes.fromhex(kept["parent"])) if kept["parent"] else None
            if known is not None or not kept["parent"]:
                self._parent = known
                return _from(request, kept[OPTION])
        version = self.cid_of(self._parent).text if self._parent else getattr(options, OPTION)
        parent = self._parent.id.hex() if self._parent else ""
        write_atomic(self._path, json.dumps({"request": asks, OPTION: version, "parent": parent}, default=str).encode())
        return _from(request, version)

    @property
    def parent(self) -> Version | None:
        """The version that the next one follows; None where the room has none yet."""
        return self._parent

    def check_member(self) -> None:
        """ParamError for an account that may not commit here."""
        name, who = self.room.name, self.sender.signer
        role = self.rooms.role(self.room.id, who.address)
        if role not in (MEMBER, OWNER):
            text = f"{who.label} is not a member of {name!r}"
            raise ParamError(text, then="accept the invitation first" if role == INVITED else "its owner can invite it")
        if self._parent is None and role != OWNER:
            raise ParamError(f"{name!r} has no version yet, and the first is its owner's", then="let the owner begin")

    def _kept(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads(self._path.read_bytes())
            return found if {"request", OPTION, "parent"} <= set(found) else None
        except (OSError, ValueError, TypeError):
            return None

    def take(self, one: Round) -> Committed | None:
        """Commit a round that is kept; None for one that made no version. ChainError where it stays open."""
        if one.entry is None:
            return None
        entry = Entry.from_dict(one.entry)
        if self._parent is None:
            self.first(entry.began, config=entry.facts.get("config", {}))
        return self._commit(entry)

    def first(self, model: str, *, config: Mapping[str, Any]) -> Committed:
        """Commit the model that the room begins with, by its CID."""
        return self._commit(Entry(model, model, (), {"config": dict(config)}))

    def _commit(self, entry: Entry) -> Committed:
        parent = self._parent
        model = CID.parse(entry.model)
        weights = hashlib.sha256()
        for part in self._store.get(model):
            weights.update(part)
        base = self.cid_of(self.rooms.lineage(parent)[0]).text if parent else entry.model
        record = record_of(
            entry, round_=parent.round + 1 if parent else 0, previous=parent.metrics if parent else b"", base=base,
            weights_sha256=weights.hexdigest(),
        )  # fmt: skip
        self._store.put(record.text)
        self._keep_openings(entry)
        version = self.rooms.commit(
            self.sender,  # type: ignore[arg-type]  # one that is absent is for rooms that send nothing
            self.room.id, model, parent=parent, contributions=entry.contributions, metrics=record.digest
        )  # fmt: skip
        receipt = self.sender.chain.receipt(version.transaction) if version.transaction else None
        done = Committed(version, entry.model, record, receipt.gas_used if receipt else 0)
        self._parent = version
        self.committed.append(done)
        return done

    def _keep_openings(self, entry: Entry) -> None:
        if entry.openings:
            opened = [[one.salt.hex(), one.content.hex()] for one in entry.openings]
            write_atomic(_openings(entry.contributions), json.dumps(opened).encode())

    def cid_of(self, version: Version) -> CID:
        """The CID of a version's model: the one of those with its digest that the store has. BlobMissing for none."""
        return cid_of(version, self._store)

    def end(self) -> None:
        """The run is over: another begins from the room's newest version."""
        guarded(lambda: self._path.unlink(missing_ok=True), self._path)

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.room.id.hex(), "name": self.room.name, "account": self.sender.signer.address,
            "chain": self.sender.chain.name, "versions": [one.as_dict() for one in self.committed],
        }  # fmt: skip


def cid_of(version: Version, store: BlobStore) -> CID:
    """The CID of a version's model. BlobMissing where this store has none of its digest."""
    for one in version.cids:
        if store.has_block(one):
            return one
    text = f"the model of version {version.id.hex()[:12]} is not in this store"
    raise BlobMissing(text, where=version.cids[0].text, then="get it from a member of the room, or from their store")


def openings_of(contributions: bytes) -> list[Opening] | None:
    """What opens the commitments of a round that this device recorded; None of another's. DataError for a bad file."""
    path = _openings(contributions)
    if not path.exists():
        return None
    try:
        found = [Opening(bytes.fromhex(s), bytes.fromhex(c)) for s, c in json.loads(guarded(path.read_bytes, path))]
    except (ValueError, TypeError) as error:
        raise DataError("what opens a round's commitments cannot be read", where=str(path)) from error
    if root(ordered(found)) != contributions:
        raise DataError("what opens a round's commitments is not what it was", where=str(path))
    return found


def _from(request: RunRequest, version: str) -> RunRequest:
    options: Mapping[str, Any] = dict(request.options) | ({OPTION: version} if version else {})
    return replace(request, options=options)


def _folder() -> Path:
    return room("rooms")


def _openings(contributions: bytes) -> Path:
    return _folder() / f"openings-{contributions.hex()}.json"


def _hashed(*parts: str) -> str:
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:24]
