"""`veilbench contribute`: put one private answer into a sum, from the device that holds it.

Exit status 0: the answer is in the sum. 1: it is not, for a reason that is told. 2: nothing was sent, as the answer,
a setting or the offered protection is not one to go on with.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privacy.commands.printed import emit
from privacy.errors import DataError, ParamError, ProtocolAborted, ServiceError, VeilbenchError
from privacy.guarantees import Guarantee, Strength
from privacy.tables.table import open_sheet
from privacy.words import plain

if TYPE_CHECKING:
    from privacy.live.client import Server
    from privacy.registry import Registry

PAUSE = 0.5
OWN = "own"
"""The account of the person at this device."""


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser(
        "contribute", parents=[shared], help="contribute one private answer to a sum over a server"
    )
    declare(one)
    one.set_defaults(call=call)


def declare(one: argparse.ArgumentParser) -> None:
    """Declare the options."""
    one.add_argument("--servers", required=True, metavar="URL", help="the aggregator's server")
    one.add_argument("--token-file", metavar="FILE", help="the server's token (default: VEILBENCH_TOKEN)")
    one.add_argument("--round", metavar="ID", help="live round to take part in (default: the open one)")
    one.add_argument(
        "--room", default="", metavar="ROOM", help="train in this room, by name or id, on the texts of --data: a .txt "
        "file, or a folder of them that are all yours",
    )  # fmt: skip
    one.add_argument("--rounds", type=int, default=0, metavar="N", help="with --room: number of rounds (default: all)")
    one.add_argument(
        "--chain", default="", metavar="NAME", help="with --room: the room's chain (default: the one in use)"
    )
    one.add_argument("--value", metavar="V", help="the answer itself")
    one.add_argument("--vector", metavar="FILE", help="a vector: .npy, or numbers in a CSV")
    one.add_argument("--data", metavar="FILE", help="a CSV that holds the answer; with --room, texts")
    one.add_argument("--column", metavar="C", help="the column of --data")
    one.add_argument("--row", type=int, default=1, metavar="N", help="the row of --data, counted from 1 (default: 1)")
    one.add_argument(
        "--accept", metavar="STACKS", help="stacks to accept, such as smpc,dp+smpc (default: all under which nobody "
                                           "reads the answer itself)",
    )  # fmt: skip
    one.add_argument(
        "--fewest", type=int, default=3, metavar="N", help="fewest contributions in a released sum (default: 3; in a "
                                                           "sum of two, each reads the other's answer)",
    )  # fmt: skip
    one.add_argument("--wait", action="store_true", help="wait for the next live round if none is open")
    one.add_argument(
        "--patience", type=float, default=60.0, metavar="S", help="seconds to wait for a silent server (default: 60)"
    )


def call(options: argparse.Namespace) -> int:
    """Show what is asked and what protects the answer; check it here; take part; tell how it ended."""
    if options.room:
        from privacy.commands.contribute_room import call as in_room

        return in_room(options)
    if options.rounds or options.chain:
        raise ParamError("--rounds and --chain are for a room", then="name the room by --room, or leave them out")
    given = read_value(options)
    from privacy.live.client import Closed, Server
    from privacy.registry import discover

    registry, server = discover(), Server(options.servers, token(options), patience=options.patience)
    try:
        while True:
            try:
                return _reply(attend(server, _find(server, options), options, registry, given), options)
            except Closed:  # somebody took the last seat meanwhile
                if not options.wait or options.round:
                    raise
                time.sleep(PAUSE)
    except Closed as closed:
        return _reply({"state": "closed", "yours": False, "reason": str(closed)}, options)
    except ServiceError as error:
        return _reply({"state": "unreachable", "yours": False, "reason": str(error)}, options)
    finally:
        server.close()


def attend(
    server: "Server", row: dict[str, Any], options: argparse.Namespace, registry: "Registry", given: Any
) -> dict[str, Any]:
    """Take part in one live round, from what is shown to how it ended. Closed if it takes nobody any more."""
    from privacy.live.blobs import fetched
    from privacy.live.client import Seat
    from privacy.live.plan import Definition, plan

    definition, blobs = Definition.read(row["definition"]), fetched(server, row["id"])
    planned = plan(definition, registry, joined=definition.contributors, blobs=blobs)
    _show(definition, planned)
    check_stack(definition.stack, planned.guarantee, options.accept)
    check_cohort(definition.minimum, fewest=options.fewest)
    vector = planned.live.encode(given)
    seat = Seat(server, row["id"], definition, registry, blobs=blobs)
    seat.join()
    say(f"joined as contributor-{seat.index}")
    charge(planned)
    outcome = seat.take_part(vector, shown=planned.guarantee, tell=say)
    noised = planned.randomiser is not None
    return {"round": row["id"], "seat": seat.index, "stack": definition.stack, "noised": noised} | dict(outcome)


def charge(planned: Any) -> None:
    """Charge this person's own budget for what the sum will tell of it: by its randomiser, and by its carrier.

    BudgetError if the period has no more.
    """
    from privacy.protocol import cost_of
    from privacy.services.releases import Purse
    from privacy.workload import Account

    costs = [cost_of(planned.mechanism, planned.carried)]
    if planned.randomiser is not None:
        costs.append(planned.randomiser.price(planned.task))
    purse = Purse(Account(OWN, simulated=False))
    for cost in costs:
        if not cost.free:
            purse.charge(cost)


def read_value(options: argparse.Namespace) -> Any:
    """The answer that the options name: text, or an array. DataError or ParamError, which never quote it."""
    ways = [w for w in (options.value, options.vector, options.data) if w is not None]
    if len(ways) != 1:
        raise ParamError("one answer is needed", then="give exactly one of --value, --vector and --data")
    if options.value is not None:
        return options.value
    try:
        path = Path(options.vector or options.data).expanduser()
        return _vector(path) if options.vector else _cell(path, options)
    except (OSError, ValueError, EOFError) as error:
        kind = error.strerror if isinstance(error, OSError) else "it holds something that is not a number"
        raise DataError(f"the answer cannot be read: {kind}", where=options.vector or options.data) from None


def _vector(path: Path) -> Any:
    import numpy as np

    if path.suffix == ".npy":
        return np.load(path, allow_pickle=False)
    return np.loadtxt(path, delimiter=",", ndmin=1, dtype=np.float64).reshape(-1)


def _cell(path: Path, options: argparse.Namespace) -> str:
    sheet = open_sheet(path)
    if options.column is None and len(sheet.columns) > 1:
        raise ParamError("the column of --data is not named", then="name one by --column")
    place = sheet.columns.index(sheet.find(options.column or "1"))
    for number, (_, cells) in enumerate(sheet.records(), start=1):
        if number == options.row:
            return cells[place]
    raise DataError(f"there is no row {options.row}", where=path.name, then="choose one by --row")


def check_stack(stack: str, guarantee: Guarantee, accept: str | None) -> None:
    """ParamError unless the stack is one of `accept`, or, without it, hides the answer from everybody."""
    if accept is not None:
        if stack not in accept.split(","):
            raise ParamError(f"the live round is under {stack}, which --accept does not name", then="nothing was sent")
        return
    reader = next((t.observer for t in guarantee.towards if t.strength == Strength.NONE), None)
    if reader is not None:
        text = f"under {stack} the {reader} reads your answer itself"
        raise ParamError(text, then=f"nothing was sent; if you want that, say --accept {stack}")


def check_cohort(minimum: int, *, fewest: int) -> None:
    """ParamError where a sum may be of fewer contributions than this device takes part in."""
    if minimum < fewest:
        text = f"this round may release a sum of {minimum}, and this device takes part only in sums of {fewest} or more"
        raise ParamError(text, then=f"nothing was sent; if you want that, say --fewest {minimum}")


def _find(server: Any, options: argparse.Namespace) -> dict[str, Any]:
    """The live round to take part in. Closed if there is none now, ServiceError if there is no such."""
    from privacy.live.client import Closed

    while True:
        try:
            rows = [r for r in server.document("/api/live") if isinstance(r["definition"], dict)]
            found = [r for r in rows if (r["id"] == options.round if options.round else r["state"] == "joining")]
            closed = rows[-1] if rows else None
            if found:
                return dict(found[-1], id=str(found[-1]["id"]))
        except (TypeError, KeyError):
            raise ServiceError("the server lists no live rounds", where=server.url) from None
        if options.round:
            raise ServiceError(f"there is no live round {options.round!r}", where=server.url)
        if not options.wait:
            then = str(closed.get("then", "")) if closed else "say --wait to wait for one"
            text = "this cohort is closed" if closed else "no live round is open"
            raise Closed(str(ProtocolAborted(text, then=then)))
        time.sleep(PAUSE)


def token(options: argparse.Namespace) -> str:
    """The server's token. DataError where its file is not there."""
    from privacy.web.auth import VARIABLE, read_token

    if options.token_file is None:
        return os.environ.get(VARIABLE, "")
    path = Path(options.token_file)
    if not path.is_file():
        raise DataError("there is no token", where=str(path), then="copy it from the server")
    return read_token(path)


def _show(definition: Any, planned: Any) -> None:
    """What is asked and what protects it, on standard error, before anything is sent."""
    text = planned.live.text or f"a {definition.question.get('kind', 'question')}"
    say(f"{text} ({planned.live.length} numbers), under {definition.stack}")
    for t in planned.guarantee.towards:
        say(f"  towards the {t.observer}: {t.strength.name.lower().replace('_', ' ')}. {t.statement}")
        if t.assumption:
            say(f"    if {t.assumption}")
    say(f"  {definition.seating}; no sum of fewer than {definition.minimum} contributions is released")


def _reply(outcome: dict[str, Any], options: argparse.Namespace) -> int:
    """Print how it ended; the exit status."""
    from privacy.live.words import over

    inside = outcome.get("yours") is True and outcome.get("state") == "done"
    if options.json:
        emit(json.dumps({"in_sum": inside} | outcome))
    why = str(outcome.get("why") or outcome.get("reason") or "your answer came too late for this sum")
    if inside:
        say(f"your answer is in a sum of {over(len(outcome.get('included', ())))}")
        if "answer" in outcome:
            say(json.dumps(outcome["answer"]))
    else:
        say(f"veilbench: your answer is not in a sum: {why}")
    return 0 if inside else 1


def say(text: str) -> None:
    """Tell the person at the device, on standard error."""
    print(plain(text), file=sys.stderr, flush=True)


def main() -> int:
    """The command alone, without what the others import."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads that nothing here uses take a third of the start
    parser = argparse.ArgumentParser(prog="veilbench contribute")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else on stdout")
    declare(parser)
    try:
        return call(parser.parse_args())
    except VeilbenchError as error:
        say(f"veilbench: {error}")
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
