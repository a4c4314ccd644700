"""`veilbench room`: rooms in which people train a model together, who belongs to one, and its versions."""

import argparse
import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privacy.commands.chain import passphrase
from privacy.commands.printed import emit
from privacy.commands.settings import expanded
from privacy.errors import ParamError
from privacy.home import write_atomic
from privacy.registry import Registry, discover

if TYPE_CHECKING:
    from privacy.chains.chain import Chain
    from privacy.chains.sender import Sender
    from privacy.services.rooms import Room
    from privacy.stores.store import BlobStore


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command and what it does."""
    top = commands.add_parser("room", help="manage training rooms: members, and every version of a room's model")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--chain", default="", metavar="NAME", help="the room's chain (default: the one in use)")
    where.add_argument("--store", default="", metavar="NAME", help="the blob store (default: the one in use)")
    where.add_argument(
        "--account", default="", metavar="NAME", help="account that acts (default: the chain's first account)"
    )

    def verb(name: str, call: Any, help: str, *, room: bool = True) -> argparse.ArgumentParser:
        one: argparse.ArgumentParser = verbs.add_parser(name, parents=[shared, where], help=help)
        if room:
            one.add_argument("room", metavar="ROOM", help="its name, or the first digits of its id")
        one.set_defaults(call=call)
        return one

    verb("ls", ls, "list the rooms of a chain", room=False)
    one = verb("create", create, "create a room that the account owns", room=False)
    one.add_argument("name", metavar="NAME", help="what the room is called; everybody can read it")
    one.add_argument("--invite", action="append", default=[], metavar="ACCOUNT", help="invite an account; repeatable")
    one = verb("invite", invite, "invite accounts; an account is a member once it has joined")
    one.add_argument("accounts", nargs="+", metavar="ACCOUNT", help="an address, or an account's name")
    verb("join", join, "accept an invitation")
    verb("leave", leave, "leave a room, or decline its invitation")
    verb("history", history_, "list every version and check it against the chain; exit 1 if something does not fit")
    one = verb("restore", restore_, "check a version's model against the chain and write it to a file")
    one.add_argument("version", nargs="?", default="", metavar="VERSION", help="its round, id or CID (default: newest)")
    one.add_argument("--out", required=True, metavar="PATH", help="the new file")


def add_recording(one: argparse.ArgumentParser) -> None:
    """Declare the options of a run in a room."""
    one.add_argument("--room", default="", metavar="ROOM", help="commit every round to this room, by name or id")
    one.add_argument("--account", default="", metavar="NAME", help="who commits (default: the chain's first account)")
    one.add_argument("--chain", default="", metavar="NAME", help="the room's chain (default: the one in use)")
    one.add_argument("--parent", default="", metavar="VERSION", help="start from this version (default: the newest)")


def ls(options: argparse.Namespace) -> int:
    from privacy.rooms.finding import short
    from privacy.rooms.opening import known_rooms

    with _chain(options) as (_, chain):
        rooms = known_rooms(chain)
        found: list[dict[str, Any]] = [] if rooms is None else [
            {
                "id": one.id.hex(), "name": one.name, "owner": rooms.owner(one.id), "block": one.block,
                "members": rooms.members(one.id), "versions": len(rooms.versions(one.id)),
            }
            for one in rooms.rooms()
        ]  # fmt: skip
    _document(options, found)
    if not options.json:
        for one in found:
            people = len(one["members"])
            print(f"{short(bytes.fromhex(one['id']))} {one['name']}: {people} people, {one['versions']} versions")
        if not found:
            print("no room was created on this chain yet")
    return 0


def create(options: argparse.Namespace) -> int:
    from privacy.rooms.finding import address_of
    from privacy.rooms.opening import rooms_with

    with _chain(options) as (_, chain):
        invited = [address_of(chain, one) for one in options.invite]
        made = rooms_with(_sender(options, chain)).create(_sender(options, chain), options.name, invited=invited)
    return _told(options, made, f"room {made.id.hex()[:12]} {made.name!r} was created, {len(invited)} invited")


def invite(options: argparse.Namespace) -> int:
    from privacy.rooms.finding import address_of

    with _room(options) as (chain, rooms, room):
        rooms.invite(_sender(options, chain), room.id, [address_of(chain, one) for one in options.accounts])
    return _told(options, room, f"{len(options.accounts)} invited to {room.name!r}")


def join(options: argparse.Namespace) -> int:
    with _room(options) as (chain, rooms, room):
        rooms.join(_sender(options, chain), room.id)
    return _told(options, room, f"joined {room.name!r}")


def leave(options: argparse.Namespace) -> int:
    with _room(options) as (chain, rooms, room):
        rooms.leave(_sender(options, chain), room.id)
    return _told(options, room, f"left {room.name!r}")


def history_(options: argparse.Namespace) -> int:
    """Look and print: exit 0 where every version fits its record and the chain, else 1."""
    from privacy.rooms.finding import short
    from privacy.rooms.history import history

    with _room(options) as (_, rooms, room), _store(options) as store:
        found = history(rooms, room, store)
    _document(options, {"id": room.id.hex(), "name": room.name, "versions": [one.as_dict() for one in found]})
    if not options.json:
        for one in found:
            figures = ", ".join(f"{k} {v:.4g}" for k, v in (one.record.metrics if one.record else {}).items())
            who = one.record.count if one.record else None
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.time))
            people = f", {who} contributions" if who else ""
            print(
                f"{one.version.round:>4} {short(one.version.id)} {when} {one.gas:,} gas{people} {figures}\n"
                f"     {one.model or 'not in this store'}"
            )
            for fault in one.faults:
                print(f"     {fault}")
        if not found:
            print(f"{room.name!r} has no version yet")
    return 1 if any(one.faults for one in found) else 0


def restore_(options: argparse.Namespace) -> int:
    from privacy.rooms.history import find_version, restore

    path = Path(expanded(options.out) or "")
    with _room(options) as (_, rooms, room), _store(options) as store:
        version = find_version(rooms, room, options.version)
        body = restore(version, store)
    write_atomic(path, body)
    told = {"version": version.id.hex(), "round": version.round, "bytes": len(body), "path": str(path)}
    _document(options, told)
    if not options.json:
        print(f"round {version.round} of {room.name!r}, {len(body):,} bytes, is what the chain names: {path}")
    return 0


def _told(options: argparse.Namespace, room: "Room", sentence: str) -> int:
    _document(options, {"id": room.id.hex(), "name": room.name})
    if not options.json:
        print(sentence)
    return 0


@contextlib.contextmanager
def _chain(options: argparse.Namespace) -> Iterator[tuple[Registry, "Chain"]]:
    from privacy.rooms.opening import chain_of

    registry = discover()
    with chain_of(registry, options.chain) as chain:
        yield registry, chain


@contextlib.contextmanager
def _room(options: argparse.Namespace) -> Iterator[tuple["Chain", Any, "Room"]]:
    from privacy.rooms.finding import find
    from privacy.rooms.opening import rooms_on

    if not options.room:
        raise ParamError("no room is named", then="give its name or id: veilbench room ls")
    with _chain(options) as (_, chain):
        rooms = rooms_on(chain)
        yield chain, rooms, find(rooms, options.room)


@contextlib.contextmanager
def _store(options: argparse.Namespace) -> Iterator["BlobStore"]:
    from privacy.stores.choice import chosen
    from privacy.stores.opening import open_store

    registry = discover()
    with open_store(registry, options.store or chosen(registry)) as store:
        yield store


def _sender(options: argparse.Namespace, chain: "Chain") -> "Sender":
    from privacy.chains.opening import signer
    from privacy.chains.sender import Sender

    return Sender(chain, signer(chain, options.account, passphrase=passphrase))


def _document(options: argparse.Namespace, found: object) -> None:
    if options.json:
        emit(json.dumps(found, indent=2, ensure_ascii=False))
