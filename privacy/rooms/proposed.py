"""Versions that somebody signs later, with a key that is not on this device: worked out, kept, and not sent."""

from dataclasses import dataclass

from privacy.chains.chain import Chain
from privacy.chains.sender import Sender
from privacy.services.rooms import NOTHING, Rooms, Version
from privacy.stores.cid import CID


@dataclass(frozen=True)
class Holder:
    """Who signs: an address whose key is elsewhere, such as in a wallet."""

    address: str

    @property
    def label(self) -> str:
        return self.address


@dataclass(frozen=True)
class Absent:
    """A sender who sends nothing: the part of one that a recording looks at."""

    chain: Chain
    signer: Holder


class Proposed(Rooms):
    """The registry with versions that are proposed: each follows the one before, and none is on the chain yet."""

    def __init__(self, chain: Chain, address: str) -> None:
        super().__init__(chain, address)
        self._proposed: list[Version] = []

    def commit(
        self, sender: Sender | Absent, room: bytes, content: CID | bytes, *, parent: Version | None = None,
        contributions: bytes = NOTHING, metrics: bytes = NOTHING,
    ) -> Version:  # fmt: skip
        """The version as it is on the chain, if it is there already, or else as it will be: in block 0."""
        digest = content.digest if isinstance(content, CID) else content
        id_, round_ = (parent.id, parent.round + 1) if parent else (NOTHING, 0)
        values = (room, id_, round_, digest, contributions, metrics)
        name = self.version_id(*values, sender.signer.address)
        if (there := self.version(room, name)) is not None:
            return there
        made = Version(
            name, room, parent.id if parent else None, round_, digest, contributions, metrics, sender.signer.address,
            0, b"",
        )  # fmt: skip
        self._proposed.append(made)
        return made

    def versions(self, room: bytes) -> list[Version]:
        """Every version of a room, oldest first, and then what is proposed."""
        return [*super().versions(room), *(one for one in self._proposed if one.room == room)]
