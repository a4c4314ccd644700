"""Things on a chain for who looks at chains: a room with members, versions that fork, lists, and what was refused."""

import contextlib
from dataclasses import dataclass
from typing import Any

from privacy.chains.chain import Chain
from privacy.chains.deploying import deploy
from privacy.chains.errors import Reverted
from privacy.chains.sender import Intent, Sender
from privacy.services.rooms import Room, Rooms, Version
from privacy.services.shown_log import Logged, ShownLog
from privacy.stores.cid import CID

MODEL = CID.of(b"the first model")
HOSTILE = '\u202e<img src=x onerror="window.hit=1">\x1b[2J' + "A" * 17
"""A room's name of 64 bytes at most, as anybody may write it."""


@dataclass(frozen=True)
class Told:
    """What is on the chain."""

    room: Room
    versions: tuple[Version, ...]
    logged: tuple[Logged, ...]
    failed: bytes
    senders: tuple[Any, ...]


def senders(chain: Chain) -> tuple[Any, ...]:
    """The chain's own accounts."""
    return tuple(Sender(chain, one) for one in chain.signers())


def tell(chain: Chain, *, name: str = "Keyboard", lists: int = 2, who: tuple[Any, ...] = ()) -> Told:
    """Ada makes a room, Ben joins it, they commit four versions, two of them siblings; lists name the last two.

    What Ada logs twice fails on the chain.
    """
    ada, ben, cleo = (who or senders(chain))[:3]
    rooms = Rooms(chain, deploy(ada, "ModelRegistry").address)
    room = rooms.create(ada, name, description=b"\x05" * 32, invited=[ben.signer.address, cleo.signer.address])
    rooms.join(ben, room.id)
    rooms.leave(cleo, room.id)
    first = rooms.commit(ada, room.id, MODEL, metrics=b"\x07" * 32)
    second = rooms.commit(ben, room.id, b"\x11" * 32, parent=first, contributions=b"\x08" * 32)
    third = rooms.commit(ben, room.id, b"\x12" * 32, parent=second)
    fork = rooms.commit(ada, room.id, b"\x13" * 32, parent=first)
    log = ShownLog(chain, deploy(ada, "RecommendationLog").address)
    logged = [log.log(ada, bytes([0x20 + n]) * 32, third.content) for n in range(lists)]
    logged.append(log.log(ben, b"\x1f" * 32, fork.content))
    body = log.contract.encode("log", logged[0].commitment, fork.content)
    with contextlib.suppress(Reverted):
        ada.send(Intent(log.contract.address, body, gas=100_000))
    failed = next(
        one for one in chain.head().transactions if (got := chain.receipt(one)) is not None and not got.ok
    )  # fmt: skip
    return Told(room, (first, second, third, fork), tuple(logged), failed, (ada, ben, cleo))


def many(chain: Chain, count: int, *, batch: int = 100) -> None:
    """Lists, so many in a block."""
    ada = senders(chain)[0]
    log = ShownLog(chain, deploy(ada, "RecommendationLog").address)
    for at in range(0, count, batch):
        wanted = (n.to_bytes(4, "big") * 8 for n in range(at + 1, min(at + batch, count) + 1))
        ada.send_all([log.intent(ada.signer.address, one, b"\x12" * 32, gas=60_000) for one in wanted])
