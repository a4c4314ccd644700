"""The history of a room: every version with its record, held against the chain, and any version restored."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from privacy.chains.chain import Chain
from privacy.errors import DataError, VeilbenchError
from privacy.rooms.finding import short
from privacy.rooms.recording import cid_of, openings_of
from privacy.rooms.records import NOTHING, Record, read_record
from privacy.services.rooms import Room, Rooms, Version
from privacy.stores.cid import CID, RAW
from privacy.stores.store import BlobStore


@dataclass(frozen=True)
class Kept:
    """A version in a room's history. `record` is None where the store has none; `faults` says what does not fit.

    `opened` says that this device holds what opens the version's commitments. `gas` and `time` are the chain's.
    """

    version: Version
    record: Record | None
    model: str
    gas: int
    time: int
    opened: bool
    faults: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        parent = self.version.parent
        record = self.record
        return {
            "id": self.version.id.hex(), "parent": parent.hex() if parent else None, "round": self.version.round,
            "model": self.model, "committer": self.version.committer, "block": self.version.block, "time": self.time,
            "transaction": "0x" + self.version.transaction.hex(), "gas": self.gas,
            "count": record.count if record else None, "noise": record.noise if record else None,
            "metrics": record.metrics if record else {}, "opened": self.opened, "faults": list(self.faults),
        }  # fmt: skip


def history(rooms: Rooms, room: Room, store: BlobStore) -> list[Kept]:
    """Every version of a room, oldest first."""
    versions = rooms.versions(room.id)
    known = {one.id: one for one in versions}
    return [_kept(rooms.contract.chain, one, known.get(one.parent or b""), store) for one in versions]


def _kept(chain: Chain, version: Version, parent: Version | None, store: BlobStore) -> Kept:
    receipt, block = chain.receipt(version.transaction), chain.block(version.block)
    faults: list[str] = []
    record, model = None, ""
    try:
        model = cid_of(version, store).text
    except VeilbenchError as error:
        faults.append(str(error))
    if version.metrics != NOTHING:
        try:
            record = read_record(b"".join(store.get(CID(RAW, version.metrics))))
            faults += _against(version, parent, record)
        except VeilbenchError as error:
            faults.append(str(error))
    opened = False
    if version.contributions != NOTHING:
        try:
            opened = openings_of(version.contributions) is not None
        except DataError as error:
            faults.append(str(error))
    gas, time = receipt.gas_used if receipt else 0, block.time if block else 0
    return Kept(version, record, model, gas, time, opened, tuple(faults))


def _against(version: Version, parent: Version | None, record: Record) -> Iterator[str]:
    """What a record says otherwise than the chain."""
    if record.round != version.round:
        yield "the record is of another round"
    if record.contributions != version.contributions.hex():
        yield "the record has other contributions than the chain"
    if record.previous != (parent.metrics.hex() if parent else ""):
        yield "the record follows another than its parent's"
    if CID.parse(record.model).digest != version.content:
        yield "the record is of another model"


def find_version(rooms: Rooms, room: Room, text: str) -> Version:
    """A version of a room by its id, the first digits of one, its round, or its CID; empty, the newest.

    DataError where there is none, or several.
    """
    versions = rooms.versions(room.id)
    digits = text.lower().removeprefix("0x")
    if not text:
        found = versions[-1:]
    elif digits.isdecimal() and len(digits) < 8:
        found = [one for one in versions if one.round == int(digits)]
    else:
        found = [one for one in versions if one.id.hex().startswith(digits) and len(digits) >= 8]
        found = found or [one for one in versions if text in (cid.text for cid in one.cids)]
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        ids = ", ".join(short(one.id) for one in found)
        raise DataError(f"{room.name} has {len(found)} versions {text}", then=f"name one by its id: {ids}")
    text = f"{room.name} has no version {text[:60]}" if text else f"{room.name} has no version yet"
    raise DataError(text, then="look at the room's history")


def restore(version: Version, store: BlobStore) -> bytes:
    """The bytes of a version's model, each block held against its CID and the CID against the chain's digest.

    BlobMissing or BlobMismatch where they cannot be had.
    """
    return b"".join(store.get(cid_of(version, store)))
