"""Transcripts: the record of all that a channel carried, and the view of any coalition of parties."""

import builtins
import hashlib
import os
from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from privacy.boundary.envelope import Binding
from privacy.boundary.party import Party
from privacy.boundary.wire import Exposure, Wire

SAMPLE_BYTES = 65_536
_LONG, _MOST_WAITING = 2**18, 2


class _Beside:
    """A thread that digests long bodies while their wires go on: the interpreter is free meanwhile."""

    def __init__(self) -> None:
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)  # a fork has no threads but its own

    def _begin(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="digest")

    def digest(self, body: bytes, key: bytes) -> "Future[str]":
        return self._pool.submit(_digest, body, key)


_beside = _Beside()


@dataclass(frozen=True)
class Message:
    """One wire as the channel saw it.

    `bytes` counts the whole envelope; `gas` is what a chain charged for what it answers here, else 0. `sample` is the
    body, or its first part (`SAMPLE_BYTES`) when it is longer. `digest` is keyed with the session key, so that it
    cannot be used to guess a short plaintext.
    """

    seq: int
    phase: str
    run: int
    round: int
    sender: Party
    receiver: Party
    via: Party | None
    kind: str
    exposure: Exposure
    bytes: int
    body_bytes: int
    digest: str
    sample: builtins.bytes
    gas: int = 0

    def public(self) -> dict[str, Any]:
        """What a run record says of this message: never its body, which may hold a private input."""
        return {
            "seq": self.seq, "phase": self.phase, "run": self.run, "round": self.round,
            "sender": self.sender.name, "receiver": self.receiver.name,
            "via": self.via.name if self.via else None,
            "kind": self.kind, "exposure": self.exposure.value, "bytes": self.bytes, "digest": self.digest,
            **({"gas": self.gas} if self.gas else {}),
        }  # fmt: skip


@dataclass(frozen=True)
class View:
    """What a coalition received (or relayed), in order, with the coalition's own inputs by party."""

    coalition: frozenset[Party]
    messages: tuple[Message, ...]
    own: Mapping[Party, Any]

    def of_kind(self, *kinds: str) -> tuple[Message, ...]:
        return tuple(m for m in self.messages if m.kind in kinds)

    def serialised(self) -> bytes:
        """Every message as an attacker who does not know the protocol would store it: header, then body."""
        parts = [
            f"{m.sender}>{m.receiver} {m.kind} {m.exposure} {m.body_bytes}\n".encode() + m.sample for m in self.messages
        ]
        return b"".join(parts)

    @property
    def bytes(self) -> int:
        return sum(m.bytes for m in self.messages)


class Transcript:
    """An append-only list of messages. Bodies longer than `sample_bytes` are cut; None keeps them whole."""

    def __init__(self, *, sample_bytes: int | None = SAMPLE_BYTES) -> None:
        self._messages: list[Message] = []
        self._own: dict[Party, Any] = {}
        self._limit = sample_bytes
        self._sealed = False
        self._waiting: deque[tuple[int, Future[str]]] = deque()

    def record(self, binding: Binding, wire: Wire, *, phase: str, size: int, key: bytes, gas: int = 0) -> None:
        """Append one wire of `size` sealed bytes; refused once the transcript is sealed."""
        if self._sealed:
            raise RuntimeError("this transcript is sealed: open a new channel")
        place, digest = len(self._messages), ""
        if len(wire.body) < _LONG:
            digest = _digest(wire.body, key)
        else:
            self._settle(most=_MOST_WAITING - 1)
            self._waiting.append((place, _beside.digest(wire.body, key)))
        sample = wire.body if self._limit is None else wire.body[: self._limit]
        message = Message(
            place, phase, binding.run, binding.round, binding.sender, binding.receiver,
            wire.via, wire.kind, wire.exposure, size, len(wire.body), digest, sample, gas,
        )  # fmt: skip
        self._messages.append(message)

    def _settle(self, *, most: int = 0) -> list[Message]:
        """The messages, once no more than so many of their digests are still being computed."""
        while len(self._waiting) > most:
            place, digest = self._waiting.popleft()
            self._messages[place] = replace(self._messages[place], digest=digest.result())
        return self._messages

    def own_input(self, party: Party, value: Any) -> None:
        """Note a computing party's own input: it belongs to the view of any coalition with that party."""
        self._own[party] = value

    def seal(self) -> "Transcript":
        self._sealed = True
        self._settle()
        return self

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(self._settle())

    def view(self, coalition: Iterable[Party]) -> View:
        """What the parties of `coalition` received or relayed, plus their own inputs."""
        members = frozenset(coalition)
        seen = tuple(m for m in self._settle() if m.receiver in members or m.via in members)
        return View(members, seen, {p: v for p, v in self._own.items() if p in members})

    def bytes(self, *, phase: str | None = None, sender: Party | None = None, receiver: Party | None = None) -> int:
        """Sealed bytes carried, filtered by phase (`setup` or `run`), sender and receiver."""
        return sum(
            m.bytes * (2 if m.via else 1)
            for m in self._messages
            if phase in (None, m.phase) and sender in (None, m.sender) and receiver in (None, m.receiver)
        )

    def gas(self) -> int:
        """Units of gas that chains charged for what was carried."""
        return sum(m.gas for m in self._messages)


def _digest(body: builtins.bytes, key: builtins.bytes) -> str:
    return hashlib.blake2b(body, key=key, digest_size=16).hexdigest()


def entropy(body: bytes) -> float:
    """Shannon entropy of the byte distribution of `body`, in bits per byte (0 to 8)."""
    if not body:
        return 0.0
    shares = np.bincount(np.frombuffer(body, dtype=np.uint8)) / len(body)
    present = shares[shares > 0]
    return float(-(present * np.log2(present)).sum()) + 0.0
