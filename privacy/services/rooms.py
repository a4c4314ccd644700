"""Rooms in which people train models together: who belongs to one, and the versions of its models.

A client of `contracts/ModelRegistry.sol`. What a model is, is kept elsewhere under its CID; here is its digest.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from privacy.chains.chain import Chain
from privacy.chains.contracts import Artifact, Contract, Event
from privacy.chains.errors import BadAnswer, Reverted
from privacy.chains.sender import Intent, Sender
from privacy.chains.types import Receipt
from privacy.stores.cid import CID, DAG_PB, RAW

CONTRACT = "ModelRegistry"
NOTHING = bytes(32)
"""The parent of a room's first version, and the digest of what there is none of."""
NOBODY, INVITED, MEMBER, OWNER = "none", "invited", "member", "owner"
ROLES = (NOBODY, INVITED, MEMBER, OWNER)
"""What an account is in a room, in the order of the contract."""
_CHANGES = {
    "MemberInvited": INVITED, "MemberJoined": MEMBER, "MemberLeft": NOBODY, "MemberRemoved": NOBODY,
}  # fmt: skip


@dataclass(frozen=True)
class Room:
    """A room as it was created; its owner may be another by now. `description` is a digest of 32 bytes."""

    id: bytes
    name: str
    description: bytes
    creator: str
    block: int
    transaction: bytes


@dataclass(frozen=True)
class Version:
    """A version of a room's model.

    `parent` is None for the first; `content` is the SHA-256 in the model's CID; `contributions` and `metrics` are
    digests, or zeros where there are none.
    """

    id: bytes
    room: bytes
    parent: bytes | None
    round: int
    content: bytes
    contributions: bytes
    metrics: bytes
    committer: str
    block: int
    transaction: bytes

    @property
    def cids(self) -> tuple[CID, CID]:
        """The CIDs that the model may have: as one block, up to 1 MiB, and as a tree of blocks."""
        return CID(RAW, self.content), CID(DAG_PB, self.content)


class Rooms:
    """The registry at an address of a chain.

    What a method sends is refused by the contract as Reverted, whose `name` is the contract's own error.
    """

    def __init__(self, chain: Chain, address: str) -> None:
        self.contract = Contract(chain, address, Artifact.load(CONTRACT))

    def create(
        self, sender: Sender, name: str, *, description: bytes = NOTHING, invited: Sequence[str] = (),
        salt: bytes | None = None,
    ) -> Room:  # fmt: skip
        """Create a room and invite its first members; the same salt of the same account makes it once."""
        salt = salt or secrets.token_bytes(32)
        receipt = self._send(sender, f"create {salt.hex()}", "createRoom", salt, name, description, list(invited))
        return _room(self._said(receipt, "RoomCreated"))

    def invite(self, sender: Sender, room: bytes, accounts: Sequence[str]) -> Receipt:
        """Invite accounts; each is a member once it has joined. For the owner."""
        return self._send(sender, "", "invite", room, list(accounts))

    def join(self, sender: Sender, room: bytes) -> Receipt:
        """Accept an invitation."""
        return self._send(sender, "", "join", room)

    def leave(self, sender: Sender, room: bytes) -> Receipt:
        """Leave a room, or decline its invitation; the owner transfers the ownership first."""
        return self._send(sender, "", "leaveRoom", room)

    def remove(self, sender: Sender, room: bytes, account: str) -> Receipt:
        """Remove a member, or take an invitation back. For the owner."""
        return self._send(sender, "", "remove", room, account)

    def transfer(self, sender: Sender, room: bytes, to: str) -> Receipt:
        """Make a member the owner; the owner before stays as a member. For the owner."""
        return self._send(sender, "", "transferOwnership", room, to)

    def commit(
        self, sender: Sender, room: bytes, content: CID | bytes, *, parent: Version | None = None,
        contributions: bytes = NOTHING, metrics: bytes = NOTHING,
    ) -> Version:  # fmt: skip
        """Commit a version that follows its parent, or the room's first, which is the owner's.

        `content` is the model's CID or the digest in it. A version is committed once, whatever is repeated.
        """
        digest = content.digest if isinstance(content, CID) else content
        id_, round_ = (parent.id, parent.round + 1) if parent else (NOTHING, 0)
        values = (room, id_, round_, digest, contributions, metrics)
        name = self.version_id(*values, sender.signer.address)
        try:
            receipt = self._send(sender, f"commit {name.hex()}", "commit", *values)
        except Reverted as error:
            # Committed from another home of this account, perhaps: what was wanted is there.
            there = self.version(room, name) if error.name == "VersionExists" else None
            if there is None:
                raise
            return there
        return _version(self._said(receipt, "VersionCommitted"))

    def room(self, id_: bytes) -> Room | None:
        """A room; None where there is none."""
        return next((_room(event) for event in self.contract.events("RoomCreated", room=id_)), None)

    def rooms(self) -> list[Room]:
        """Every room, oldest first."""
        return [_room(event) for event in self.contract.events("RoomCreated")]

    def of(self, account: str) -> dict[bytes, str]:
        """The rooms that an account owns, is a member of or is invited to, with its role there now.

        Whoever came to own a room was a member before, and was invited before that.
        """
        found = [
            *self.contract.events("RoomCreated", owner=account),
            *self.contract.events("MemberInvited", account=account),
        ]
        rooms = dict.fromkeys(event.args["room"] for event in sorted(found, key=_place))
        roles = {room: self.role(room, account) for room in rooms}
        return {room: role for room, role in roles.items() if role != NOBODY}

    def owner(self, room: bytes) -> str:
        """The owner of a room. Reverted, named NoSuchRoom, where there is none."""
        return str(self.contract.read("ownerOf", room))

    def role(self, room: bytes, account: str) -> str:
        """What an account is in a room: one of ROLES. Reverted, named NoSuchRoom, where there is none."""
        return ROLES[self.contract.read("roleOf", room, account)]

    def members(self, room: bytes) -> dict[str, str]:
        """Who belongs to a room or is invited, with their role, from its events, in the order in which they came."""
        found: dict[str, str] = {}
        for event in self.events(room):
            if event.name == "RoomCreated":
                found[event.args["owner"]] = OWNER
            elif event.name == "OwnershipTransferred":
                found |= {event.args["from"]: MEMBER, event.args["to"]: OWNER}
            elif (role := _CHANGES.get(event.name)) == NOBODY:
                found.pop(event.args["account"], None)
            elif role is not None:
                found[event.args["account"]] = role
        return found

    def versions(self, room: bytes) -> list[Version]:
        """Every version of a room, oldest first."""
        return [_version(event) for event in self.contract.events("VersionCommitted", room=room)]

    def with_content(self, content: CID | bytes) -> list[Version]:
        """Every version, of whatever room, that is this model."""
        digest = content.digest if isinstance(content, CID) else content
        return [_version(event) for event in self.contract.events("VersionCommitted", contentDigest=digest)]

    def version(self, room: bytes, id_: bytes) -> Version | None:
        """A version of a room; None where the room has none of this id."""
        try:
            committer, _, number = self.contract.read("version", room, id_)
        except Reverted as error:
            if error.name == "NoSuchVersion":
                return None
            raise
        found = self.contract.events("VersionCommitted", first=number, last=number, room=room, committer=committer)
        for event in found:
            if event.args["version"] == id_:
                return _version(event)
        text = f"the contract names a version in block {number}, and the node shows no such event"
        raise BadAnswer(text, where=self.contract.address, then="ask another node of the chain")

    def lineage(self, version: Version) -> list[Version]:
        """The versions from the room's first to this one."""
        known = {one.id: one for one in self.versions(version.room)}
        found = [version]
        while (parent := found[-1].parent) is not None:
            found.append(known[parent])
        return found[::-1]

    def events(self, room: bytes) -> list[Event]:
        """All that happened in a room, oldest first."""
        topics = (None, room)
        found = self.contract.chain.logs(address=self.contract.address, topics=topics)
        return [event for event in map(self.contract.artifact.decode, found) if event is not None]

    @staticmethod
    def room_id(creator: str, salt: bytes) -> bytes:
        """The id of the room that an account creates with a salt: Keccak-256 of both, as the contract makes it."""
        return _keccak(("address", "bytes32"), (creator, salt))

    @staticmethod
    def version_id(
        room: bytes, parent: bytes, round_: int, content: bytes, contributions: bytes, metrics: bytes, committer: str
    ) -> bytes:
        """The id of a version: Keccak-256 of all that it is, as the contract makes it."""
        types = ("bytes32", "bytes32", "uint32", "bytes32", "bytes32", "bytes32", "address")
        return _keccak(types, (room, parent, round_, content, contributions, metrics, committer))

    def _send(self, sender: Sender, name: str, function: str, *args: Any) -> Receipt:
        """Mine one call; a `name` is what makes it the same intent when it is repeated."""
        name = f"{self.contract.address} {sender.signer.address} {name or secrets.token_hex(16)}"
        with self.contract.naming():
            return sender.send(Intent(self.contract.address, self.contract.encode(function, *args), id=name))

    def _said(self, receipt: Receipt, name: str) -> Event:
        for event in map(self.contract.artifact.decode, receipt.logs):
            if event is not None and event.name == name:
                return event
        raise BadAnswer(f"the transaction is mined without its event {name}", where=self.contract.address)


def _place(event: Event) -> tuple[int, int]:
    return event.log.block, event.log.index


def _room(event: Event) -> Room:
    args, log = event.args, event.log
    return Room(args["room"], args["name"], args["descriptionHash"], args["owner"], log.block, log.transaction)


def _version(event: Event) -> Version:
    args, log = event.args, event.log
    parent = None if args["parent"] == NOTHING else args["parent"]
    return Version(
        args["version"], args["room"], parent, args["round"], args["contentDigest"], args["contributionsRoot"],
        args["metricsHash"], args["committer"], log.block, log.transaction,
    )  # fmt: skip


def _keccak(types: Sequence[str], values: Sequence[Any]) -> bytes:
    from eth_abi.abi import encode
    from eth_utils.crypto import keccak

    return bytes(keccak(encode(list(types), values)))
