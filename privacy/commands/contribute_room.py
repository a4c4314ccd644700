"""`veilbench contribute --room`: take part in every live round of a room, whose sums become versions of its model.

Exit status 0: every contribution is in a version. 1: one is not, or there was no round to take part in; it is told why.
2: nothing was sent.
"""

import argparse
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privacy.commands import contribute
from privacy.commands.contribute import say
from privacy.commands.printed import emit
from privacy.errors import DataError, ParamError, ServiceError, VeilbenchError

if TYPE_CHECKING:
    from privacy.live.client import Server
    from privacy.registry import Registry

_SHORT = 8
_OTHERS = ("value", "vector", "column", "round")


def call(options: argparse.Namespace) -> int:
    """Take part until the series ends, or in as many rounds as were asked for; tell of each which version it is in."""
    given = _texts(options)
    from privacy.live.client import Server
    from privacy.registry import discover

    registry, server = discover(), Server(options.servers, contribute.token(options), patience=options.patience)
    rounds: list[dict[str, Any]] = []
    reason = ""
    try:
        while (row := _next(server, options, [one["round"] for one in rounds])) is not None:
            if (found := _one(server, row, options, registry, given, first=not rounds)) is None:
                continue
            rounds.append(found)
            if found["state"] == "stopped" or row["last"] or (options.rounds and len(rounds) >= options.rounds):
                break
    except ServiceError as error:
        reason = str(error)
    finally:
        server.close()
    if not rounds and not reason:
        reason = f"{options.room!r} has no further round planned"
    inside = bool(rounds) and not reason and all(one["in_version"] for one in rounds)
    if reason:
        say(f"veilbench: {reason}")
    if options.json:
        emit(json.dumps({"room": options.room, "in_every_version": inside, "reason": reason, "rounds": rounds}))
    return 0 if inside else 1


def _texts(options: argparse.Namespace) -> Path:
    """What this device trains on. ParamError or DataError, which never quote it."""
    if options.data is None or any(getattr(options, name) is not None for name in _OTHERS):
        others = ", ".join(f"--{name}" for name in _OTHERS)
        raise ParamError("a room needs your own data", then=f"give --data, and leave {others} out")
    if options.rounds < 0:
        raise ParamError(f"{options.rounds} rounds are not possible", then="give --rounds 1 or more, or leave it out")
    path = Path(options.data).expanduser()
    if not path.exists():
        raise DataError("there is no such file or folder", where=str(path), then="give --data")
    return path


def _next(server: "Server", options: argparse.Namespace, taken: list[str]) -> dict[str, Any] | None:
    """The round of the room that takes part in now, waited for while one is to come; None once none is."""
    while True:
        rows = _rows(server, options.room)
        for row in rows:
            if row["state"] == "joining" and row["id"] not in taken:
                return row
        over = not rows or rows[-1]["last"]
        if over and (taken or not options.wait):
            return None
        time.sleep(contribute.PAUSE)


def _rows(server: "Server", room: str) -> list[dict[str, Any]]:
    """The live rounds of a room, oldest first. ServiceError where the server serves none of it, or several rooms."""
    try:
        rows = [dict(r, id=str(r["id"]), last=r["last"] is True) for r in server.document("/api/live")]
        digits = room.lower().removeprefix("0x")
        mine = [r for r in rows if len(digits) >= _SHORT and r["definition"]["room"].get("id", "").startswith(digits)]
        mine = mine or [r for r in rows if r["definition"]["room"].get("name") == room]
    except (TypeError, KeyError, AttributeError):
        raise ServiceError("the server lists no live rounds", where=server.url) from None
    return mine


def _one(
    server: "Server", row: dict[str, Any], options: argparse.Namespace, registry: "Registry", given: Path,
    *, first: bool,
) -> dict[str, Any] | None:  # fmt: skip
    """Take part in one round; None where its last seat was taken meanwhile."""
    from privacy.live.client import Closed
    from privacy.live.versioned import VERSION
    from privacy.live.words import over

    about, begins = row["definition"]["room"], {"id": row["definition"]["room"].get("parent")}
    begins["model"] = row["definition"]["question"].get(VERSION)
    try:
        right, how = _seen(begins, about, options, registry)
        say(f"{about.get('name')}, from {begins['model']}: {how}")
        if right is False:
            raise DataError("the server would start from another model than the chain", then="nothing was sent")
        outcome = contribute.attend(server, row, options, registry, given)
    except Closed:
        return None
    except ServiceError:
        raise
    except VeilbenchError as error:
        if first:
            raise
        outcome = {"round": row["id"], "state": "stopped", "yours": False, "reason": str(error)}
    made = outcome.get("version")
    found = outcome | {"in_version": False, "committed": None}
    if outcome.get("yours") is True and isinstance(made, dict):
        count = len(outcome.get("included", ()))
        of = f"{count} contributions under noise" if outcome["noised"] else over(count)
        say(f"your update is in version {made.get('round')} of {about.get('name')}, {made.get('model')}, of {of}")
        found["committed"], found["checked"] = _seen(made, about, options, registry, after=begins["id"])
        say(f"  {found['checked']}")
        found["in_version"] = found["committed"] is not False
    else:
        why = outcome.get("why") or outcome.get("reason") or outcome.get("no_version") or "your update came too late"
        say(f"veilbench: your update is not in a version: {why}")
    return found


def _seen(
    version: Mapping[str, Any], about: Mapping[str, Any], options: argparse.Namespace, registry: "Registry",
    *, after: str | None = None,
) -> tuple[bool | None, str]:  # fmt: skip
    """Whether the chain has a version of this id and model, that follows `after`; None where this device cannot see it.

    And how that was found, in words.
    """
    from privacy.chains.sender import identity
    from privacy.rooms.opening import chain_of, known_rooms
    from privacy.services.rooms import Rooms
    from privacy.stores.cid import CID

    try:
        id_, model, room = bytes.fromhex(version["id"]), CID.parse(str(version["model"])), bytes.fromhex(about["id"])
        parent, contract = bytes.fromhex(after or ""), str(about["contract"])
    except (KeyError, TypeError, ValueError, VeilbenchError):
        return None, "this was not checked: the server's data about the version is malformed"
    try:
        with chain_of(registry, options.chain) as chain:
            if identity(chain) != about.get("chain"):
                return None, f"this was not checked: {chain.name} is not the room's chain; name it with --chain"
            rooms = known_rooms(chain) or Rooms(chain, contract)
            if rooms.contract.address.lower() != contract.lower():
                return None, f"this was not checked: the room is in a contract that is not known here, {contract}"
            found = rooms.version(room, id_)
    except VeilbenchError as error:
        return None, f"this was not checked: {error}"
    if found is None or model.digest != found.content or (after and found.parent != parent):
        return False, "the chain has no such version: do not trust this server"
    return True, f"the version is on the chain, in block {found.block}"
