"""An event of a contract of ours, as people look at it: what it is about, what it makes, and when it was."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from privacy.chains.contracts import Artifact, shown
from privacy.chains.errors import ChainError
from privacy.chains.types import Log

_STANDING = ("account", "to")
"""The argument that says whose standing an event changes that makes nothing."""


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of a contract of ours, with the block's time in seconds since 1970 where that was asked for."""

    contract: str
    name: str
    args: Mapping[str, Any]
    block: int
    index: int
    transaction: bytes
    time: int | None = None

    def sentence(self) -> str:
        """The event as people read it: its name, and its arguments."""
        return f"{self.name}({', '.join(f'{name}={shown(value)}' for name, value in self.args.items())})"

    def as_dict(self) -> dict[str, Any]:
        args = {name: shown(one) if isinstance(one, bytes) else one for name, one in self.args.items()}
        return {
            "contract": self.contract, "event": self.name, "args": args, "block": self.block, "index": self.index,
            "transaction": "0x" + self.transaction.hex(), "time": self.time,
        }  # fmt: skip

    @property
    def digests(self) -> tuple[bytes, ...]:
        """The things that it is about: digests and ids of 32 bytes, but for zeros, which stand for none."""
        return tuple(one for one in self.args.values() if isinstance(one, bytes) and len(one) == 32 and any(one))

    @property
    def makes(self) -> tuple[bytes, ...]:
        """The things that it brings about, as the source of its contract says."""
        return tuple(self.args[name] for name in Artifact.load(self.contract).makes.get(self.name, ()))

    @property
    def joins(self) -> tuple[bytes, ...]:
        """The things that the others which it is about are a part of from now on, as the source says."""
        return tuple(self.args[name] for name in Artifact.load(self.contract).joins.get(self.name, ()))

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(one for one in self.args.values() if isinstance(one, str) and one.startswith("0x"))

    @property
    def standing(self) -> tuple[Any, ...] | None:
        """What tells whose standing it changes, and where: events with the same follow each other; else None."""
        whose = next((self.args[name] for name in _STANDING if name in self.args), None)
        return None if whose is None or self.makes else (self.contract, *self.digests, whose)


def happenings(logs: Iterable[Log], contracts: Mapping[str, Artifact]) -> Iterator[Happening]:
    """The events among logs, in their order. `contracts` are ours by address: what another says is none of ours."""
    for log in logs:
        artifact = contracts.get(log.address)
        if artifact is None:
            continue
        try:
            event = artifact.decode(log)
        except ChainError:
            continue
        if event is not None:
            yield Happening(artifact.name, event.name, event.args, log.block, log.index, log.transaction)
