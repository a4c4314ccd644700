"""Contracts by their compiled artifacts: encode a call, read an answer, decode an event or a refusal.

`eth_abi` does the encoding; web3's own decoding of 5,000 logs takes seconds, this some milliseconds.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Self

from privacy.chains.chain import Chain, Topic
from privacy.chains.errors import BadAnswer, Reverted
from privacy.chains.types import Log, address
from privacy.errors import StateError

FOLDER = Path(__file__).resolve().parents[2] / "contracts" / "artifacts"
"""Where the artifacts of our own contracts lie."""

_WORDS = {bytes.fromhex("08c379a0"): ("Error", ("string",)), bytes.fromhex("4e487b71"): ("Panic", ("uint256",))}
"""Refusals that Solidity itself makes."""


@dataclass(frozen=True)
class Event:
    """A decoded log: the event's name and its arguments by name, in the order of the source."""

    name: str
    args: Mapping[str, Any]
    log: Log


@dataclass(frozen=True)
class Refusal:
    """A decoded refusal: the error's name and its arguments by name."""

    name: str
    args: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={shown(value)}' for name, value in self.args.items())})"


@dataclass(frozen=True)
class _Item:
    """One entry of an ABI, with what its encoding needs."""

    name: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    outputs: tuple[str, ...]
    indexed: tuple[bool, ...]
    digest: bytes

    @property
    def selector(self) -> bytes:
        return self.digest[:4]


@dataclass(frozen=True)
class Artifact:
    """A compiled contract: its ABI, the code that creates it, and the code that is then at its address (`runtime`).

    `sentences` says for people what each error means, by its name: its notice in the source. `makes` says which of its
    arguments an event makes, by its name: its tag `@custom:makes`; `joins` which of them the others become a part of.
    `immutables` are the places of `runtime` at which the code on a chain has what the constructor computed: first byte
    and length.
    """

    name: str
    abi: tuple[Mapping[str, Any], ...] = field(repr=False)
    bytecode: bytes = field(repr=False)
    runtime: bytes = field(default=b"", repr=False)
    sentences: Mapping[str, str] = field(default_factory=dict, repr=False)
    solc: str = ""
    makes: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    joins: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    immutables: tuple[tuple[int, int], ...] = field(default=(), repr=False)

    @classmethod
    @cache
    def load(cls, name: str) -> Self:
        """The committed artifact of one of our contracts. StateError where it is not there."""
        path = FOLDER / f"{name}.json"
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            created, runtime = (bytes.fromhex(found[part][2:]) for part in ("bytecode", "runtime"))
            made, joined = (
                {event: tuple(args) for event, args in found[tag].items()} for tag in ("makes", "joins")
            )  # fmt: skip
            places = tuple((int(start), int(length)) for start, length in found["immutables"])
            abi, sentences = tuple(found["abi"]), dict(found["errors"])
            return cls(name, abi, created, runtime, sentences, found["solc"], made, joined, places)
        except (OSError, ValueError, KeyError, TypeError) as error:
            text = f"the artifact of {name} cannot be read"
            raise StateError(text, where=str(path), then="make contracts") from error

    @classmethod
    @cache
    def all(cls) -> tuple[Self, ...]:
        """The artifacts of all our contracts, by name."""
        return tuple(cls.load(path.stem) for path in sorted(FOLDER.glob("*.json")))

    @cached_property
    def functions(self) -> dict[str, _Item]:
        return {one.name: one for one in self._items("function")}

    @cached_property
    def _selectors(self) -> dict[bytes, _Item]:
        return {one.selector: one for one in self._items("function")}

    @cached_property
    def events(self) -> dict[bytes, _Item]:
        return {one.digest: one for one in self._items("event")}

    @cached_property
    def errors(self) -> dict[bytes, _Item]:
        return {one.selector: one for one in self._items("error")}

    def __hash__(self) -> int:
        return hash((self.name, self.bytecode))

    def _items(self, kind: str) -> Iterator[_Item]:
        from eth_utils.crypto import keccak

        for one in self.abi:
            if one["type"] == kind:
                types = tuple(_type(field) for field in one["inputs"])
                names = tuple(part["name"] or f"arg{at}" for at, part in enumerate(one["inputs"]))
                indexed = tuple(bool(part.get("indexed")) for part in one["inputs"])
                outputs = tuple(_type(part) for part in one.get("outputs", ()))
                digest = bytes(keccak(text=f"{one['name']}({','.join(types)})"))
                yield _Item(one["name"], names, types, outputs, indexed, digest)

    @cached_property
    def wants(self) -> tuple[str, ...]:
        """The types of its constructor's arguments."""
        made = [one for one in self.abi if one["type"] == "constructor"]
        return tuple(_type(part) for one in made for part in one["inputs"])

    def creation(self, *args: Any) -> bytes:
        """The bytes that create the contract with these arguments of its constructor."""
        from eth_abi.abi import encode

        return self.bytecode + encode(self.wants, args)

    def is_code(self, code: bytes) -> bool:
        """Whether code of a chain is this contract's, whatever its constructor computed."""
        if len(code) != len(self.runtime):
            return False
        found = bytearray(code)
        for start, length in self.immutables:
            found[start : start + length] = bytes(length)
        return bytes(found) == self.runtime

    def encode(self, function: str, *args: Any) -> bytes:
        """The call of a function; its arguments in the order of the source."""
        from eth_abi.abi import encode

        item = self.functions[function]
        return item.selector + encode(item.types, args)

    def called(self, body: bytes) -> Refusal | None:
        """The function that a transaction's data calls, with its arguments; None where it is none of this contract."""
        return _named(self._selectors.get(body[:4]), body[4:])

    def decode(self, log: Log) -> Event | None:
        """A log as an event of this contract; None where it is none."""
        item = self.events.get(log.topics[0]) if log.topics else None
        if item is None:
            return None
        plain = [kind for kind, indexed in zip(item.types, item.indexed, strict=True) if not indexed]
        rest, topics = iter(_decoded(plain, log.data)), iter(log.topics[1:])
        values = [
            next(iter(_decoded([kind], next(topics, b"")))) if indexed else next(rest)
            for kind, indexed in zip(item.types, item.indexed, strict=True)
        ]
        return Event(item.name, dict(zip(item.names, values, strict=True)), log)

    def refusal(self, body: bytes) -> Refusal | None:
        """What a refusal's bytes say; None where they are no error of this contract."""
        if (known := _WORDS.get(body[:4])) is not None:
            name, types = known
            return Refusal(name, {"reason": next(iter(_decoded(types, body[4:])))})
        return _named(self.errors.get(body[:4]), body[4:])


class Contract:
    """A contract at an address of a chain."""

    def __init__(self, chain: Chain, address: str, artifact: Artifact) -> None:
        self.chain, self.address, self.artifact = chain, address, artifact

    def encode(self, function: str, *args: Any) -> bytes:
        return self.artifact.encode(function, *args)

    def read(self, function: str, *args: Any, sender: str | None = None, block: int | None = None) -> Any:
        """What a function that changes nothing answers: one value, or a tuple of several.

        Reverted, with the error's name, where the contract refuses; BadAnswer where there is no such contract.
        """
        item = self.artifact.functions[function]
        with self.naming():
            found = self.chain.call(self.address, self.encode(function, *args), sender=sender, block=block)
        values = tuple(_decoded(item.outputs, found))
        return values[0] if len(values) == 1 else values

    def events(
        self, name: str = "", *, first: int = 0, last: int | None = None, **filters: Any
    ) -> list[Event]:  # fmt: skip
        """The contract's events of these blocks, oldest first; `filters` are values of indexed arguments."""
        topics: list[Topic] = []
        if name:
            digest, item = next((d, one) for d, one in self.artifact.events.items() if one.name == name)
            topics = [digest, *_filtered(item, filters)]
        found = self.chain.logs(address=self.address, topics=topics, first=first, last=last)
        return [event for event in map(self.artifact.decode, found) if event is not None]

    def naming(self) -> "_Naming":
        """A `with` in which a Reverted of this contract is raised again with its error's name."""
        return _Naming((self.artifact,))


class _Naming:
    def __init__(self, artifacts: Sequence[Artifact]) -> None:
        self.artifacts = artifacts

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Reverted) and not error.name:
            raise named(error, self.artifacts) from error


def named(error: Reverted, artifacts: Sequence[Artifact] | None = None) -> Reverted:
    """The same refusal with the name of its custom error, where one of these artifacts (None: all of ours) knows it."""
    for artifact in Artifact.all() if artifacts is None else artifacts:
        try:
            found = artifact.refusal(error.data)
        except BadAnswer:
            continue
        if found is not None:
            sentence = artifact.sentences.get(found.name, "the contract refused")
            where = f"{artifact.name}: {found}"
            return Reverted(sentence, data=error.data, name=found.name, where=where, then=error.then)
    return error


def shown(value: Any) -> str:
    """An argument as people read it: whoever wrote a text, no character of it moves a cursor or turns the reading."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(shown, value))}]"
    return "".join(letter if letter.isprintable() else "�" for letter in str(value))


def _named(item: _Item | None, body: bytes) -> Refusal | None:
    if item is None:
        return None
    return Refusal(item.name, dict(zip(item.names, _decoded(item.types, body), strict=True)))


def _filtered(item: _Item, filters: Mapping[str, Any]) -> list[Topic]:
    from eth_abi.abi import encode

    found: list[Topic] = []
    for name, kind, indexed in zip(item.names, item.types, item.indexed, strict=True):
        if not indexed:
            continue
        found.append(encode([kind], [filters[name]]) if name in filters else None)
    if unknown := set(filters) - {name for name, at in zip(item.names, item.indexed, strict=True) if at}:
        raise ValueError(f"{item.name} has no indexed {', '.join(sorted(unknown))}")
    while found and found[-1] is None:
        found.pop()
    return found


def _type(part: Mapping[str, Any]) -> str:
    kind = str(part["type"])
    if kind.startswith("tuple"):
        return f"({','.join(_type(one) for one in part['components'])}){kind[5:]}"
    return kind


def _decoded(types: Sequence[str], body: bytes) -> list[Any]:
    if all(map(_fixed, types)):
        return [_word(kind, body[32 * at : 32 * at + 32]) for at, kind in enumerate(types)]
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    # A contract takes any bytes for a text: whoever writes others than UTF-8 must not hide what is beside them.
    texts = [kind == "string" for kind in types]
    try:
        found = decode(["bytes" if text else kind for kind, text in zip(types, texts, strict=True)], body)
    except (DecodingError, UnicodeDecodeError) as error:
        raise _other_form() from error
    found = tuple(one.decode(errors="replace") if text else one for one, text in zip(found, texts, strict=True))
    return [address(one) if kind == "address" else one for kind, one in zip(types, found, strict=True)]


@cache
def _fixed(kind: str) -> bool:
    """Whether a value is one word that is read here: eth_abi takes ten times as long, and a log has thousands."""
    return kind in ("bytes32", "address", "bool") or (kind.startswith("uint") and "[" not in kind)


def _word(kind: str, word: bytes) -> Any:
    if len(word) != 32:
        raise _other_form()
    if kind == "bytes32":
        return word
    if kind == "address":
        if any(word[:12]):
            raise _other_form()
        return address("0x" + word[12:].hex())
    number = int.from_bytes(word, "big")
    if number >> (1 if kind == "bool" else int(kind[4:] or 256)):
        raise _other_form()
    return bool(number) if kind == "bool" else number


def _other_form() -> BadAnswer:
    return BadAnswer("a contract's answer has another form than its artifact", then="name its chain")
