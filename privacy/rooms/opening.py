"""Opening a room for a run, or to look at: its chain, its store and the account that acts there."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from privacy.boundary.channel import Channel
from privacy.chains.chain import Chain
from privacy.chains.choice import chosen as chosen_chain
from privacy.chains.deploying import deploy, deployed
from privacy.chains.opening import opened, signer
from privacy.chains.profiles import profile
from privacy.chains.recorded import Recorded
from privacy.chains.sender import Sender
from privacy.errors import DataError
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.rooms.finding import find
from privacy.rooms.history import find_version
from privacy.rooms.proposed import Absent, Holder, Proposed
from privacy.rooms.recording import Recording
from privacy.services.rooms import CONTRACT, Rooms
from privacy.stacks import options_of
from privacy.stores.choice import chosen as chosen_store
from privacy.stores.opening import open_store
from privacy.stores.store import BlobStore

Ask = Callable[[], str]
WALLET = "wallet"


@dataclass(frozen=True)
class Names:
    """What names a room for a run: itself by id or name, the account that commits, its chain and store, and the
    version that the run begins from. Empty is the usual one of each.

    `signs` is WALLET where the account's key is in a wallet: then versions are worked out, and signed afterwards.
    """

    room: str
    account: str = ""
    chain: str = ""
    store: str = ""
    parent: str = ""
    signs: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, str]) -> "Names":
        return cls(**values)


@contextlib.contextmanager
def chain_of(registry: Registry, name: str = "") -> Iterator[Chain]:
    """The chain of a name, the one in use where none is named; what passes to it is recorded."""
    with opened(profile(registry, name or chosen_chain(registry))) as chain:
        yield Recorded(chain, Channel())


def known_rooms(chain: Chain) -> Rooms | None:
    """The rooms of a chain; None where no contract of ours is known there."""
    contract = deployed(chain, CONTRACT)
    return None if contract is None else Rooms(chain, contract.address)


def rooms_on(chain: Chain) -> Rooms:
    """The same. DataError where no room was ever created there from here."""
    found = known_rooms(chain)
    if found is None:
        text = f"there is no room on {chain.name} that is known here"
        raise DataError(text, then="create one: veilbench room create NAME")
    return found


def rooms_with(sender: Sender) -> Rooms:
    """The rooms of a sender's chain, whose contract is created where it is not."""
    return Rooms(sender.chain, deploy(sender, CONTRACT).address)


@contextlib.contextmanager
def recorded(
    request: RunRequest, names: Names, registry: Registry, *, passphrase: Ask | None = None
) -> Iterator[tuple[RunRequest, Recording]]:
    """The request of a run in a room, and what commits its rounds.

    UnknownNameError for a room or an account, ParamError for a workload whose rounds are no versions, ChainError and
    StoreError as chain and store have them.
    """
    with committing(names, registry, passphrase=passphrase) as recording:
        yield recording.begin(request, options=options_of(request, registry)), recording


@contextlib.contextmanager
def committing(names: Names, registry: Registry, *, passphrase: Ask | None = None) -> Iterator[Recording]:
    """What commits to a room. UnknownNameError for a room or an account, ChainError and StoreError."""
    with chain_of(registry, names.chain) as chain:
        rooms, sender = _by(names, chain, passphrase)
        room = find(rooms, names.room)
        parent = find_version(rooms, room, names.parent) if names.parent else None
        with store_of(names, registry) as store:
            yield Recording(rooms, sender, room, store, parent=parent)


def _by(names: Names, chain: Chain, passphrase: Ask | None) -> tuple[Rooms, Sender | Absent]:
    rooms = rooms_on(chain)
    if names.signs == WALLET:
        return Proposed(chain, rooms.contract.address), Absent(chain, Holder(names.account))
    return rooms, Sender(chain, signer(chain, names.account, passphrase=passphrase))


def store_of(names: Names, registry: Registry) -> BlobStore:
    """The store of a room's models: close it after use, or use it in a `with`."""
    return open_store(registry, names.store or chosen_store(registry))


def in_room(values: Mapping[str, Any] | None) -> Names | None:
    """The names that a worker was given; None where its run is in no room."""
    return Names.from_dict(values) if values else None
