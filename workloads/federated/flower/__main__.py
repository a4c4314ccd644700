"""`python -m workloads.federated.flower`: a deployment of Flower, its SuperNodes, and trainings on it."""

import argparse
import contextlib
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from privacy.plugin import RunRequest, VeilbenchError
from workloads.federated.flower import folder as folders
from workloads.federated.flower.running import AGAIN_SECONDS, Running, say, supernode

_WELL_SECONDS, _REFUSED_SECONDS = 30.0, 180.0
"""How long a SuperNode that was let in stays up, and for how long one that is refused is tried again."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. 1 where it failed, with one sentence."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return int(options.call(options))
    except VeilbenchError as error:
        say(f"veilbench: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workloads.federated.flower", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    one = verbs.add_parser("up", help="start a SuperLink and SuperNodes, and keep them until Ctrl-C")
    one.add_argument("folder", type=Path, metavar="FOLDER", help="of the deployment; made where there is none")
    one.add_argument("--nodes", type=int, default=4, metavar="N", help="SuperNodes of a new deployment (default: 4)")
    one.add_argument("--host", default=folders.LOOPBACK, help="by which SuperNodes reach the SuperLink of a new one")
    one.add_argument("--port", type=int, default=0, help="of the SuperLink of a new one (default: a free one)")
    one.add_argument(
        "--elsewhere", type=int, action="append", default=[], metavar="K", help="SuperNode K is on another machine"
    )
    one.add_argument("--minimum", type=int, default=3, metavar="N", help="the fewest updates of a sum (default: 3)")
    one.add_argument("--stacks", default="smpc", metavar="A[,B]", help="the stacks that they take part under")
    one.add_argument("--seed", type=int, default=0, metavar="N", help="of the data of a new one")
    one.add_argument("--opt", action="append", default=[], metavar="K=V", help="an option of `federated`; repeatable")
    one.set_defaults(call=_up)
    one = verbs.add_parser("node", help="run the SuperNode of a folder until Ctrl-C")
    one.add_argument("folder", type=Path, metavar="FOLDER", help="such as FOLDER/nodes/1, moved to this machine")
    one.set_defaults(call=_node)
    one = verbs.add_parser("train", help="train on the SuperNodes of a deployment that is up")
    one.add_argument("folder", type=Path, metavar="FOLDER", help="of the deployment")
    one.add_argument("--stack", default="smpc", help="under which updates are added up (default: smpc)")
    one.add_argument("--rounds", type=int, default=0, metavar="N", help="of the training (default: the deployment's)")
    one.add_argument("--room", default="", metavar="ROOM", help="commit every round to this room, by name or id")
    one.add_argument("--account", default="", metavar="NAME", help="who commits (default: the chain's first account)")
    one.set_defaults(call=_train)
    one = verbs.add_parser("demo", help="run everything in a temporary folder; exit 1 if anything does not fit")
    one.set_defaults(call=_demo)
    return parser


def _options(given: Sequence[str]) -> dict[str, Any]:
    """Options as the workload's settings have them: numbers and true or false where they look so."""
    found: dict[str, Any] = {}
    for one in given:
        name, _, text = one.partition("=")
        value: Any = {"true": True, "false": False}.get(text.lower(), text)
        for kind in (int, float):
            if isinstance(value, str):
                with contextlib.suppress(ValueError):
                    value = kind(text)
        found[name.strip()] = value
    return found


def made(
    folder: Path, *, nodes: int, options: dict[str, Any], seed: int, minimum: int, **how: Any
) -> folders.Deployment:
    """A new deployment whose SuperNodes have the rows of as many made-up devices."""
    from privacy.plugin.host import options_of
    from privacy.plugin.running import discover
    from workloads.federated.plan import read

    asked = options | {"devices": nodes, "minimum": minimum}
    request = RunRequest(workload="federated", options=asked, seed=seed)
    rows = read(request, options_of(request, discover())).found.rows
    return folders.make(folder, rows, options=asked, seed=seed, minimum=minimum, **how)


def _up(options: argparse.Namespace) -> int:
    there = (options.folder / "deployment.json").exists()
    one = folders.read(options.folder) if there else made(
        options.folder, nodes=options.nodes, options=_options(options.opt), seed=options.seed, host=options.host,
        port=options.port, stacks=options.stacks.split(","), minimum=options.minimum,
    )  # fmt: skip
    with Running(one, elsewhere=options.elsewhere) as running:
        running.start(tell=say)
        for number in sorted(options.elsewhere):
            say(f"SuperNode {number} runs on another machine: move {one.node_folder(number)} there")
        while True:
            running.keep(tell=say)
            time.sleep(1.0)


def _node(options: argparse.Namespace) -> int:
    """Keep a SuperNode up. It gives up where it was refused, or ended otherwise, for minutes on end."""
    started = supernode(options.folder)
    say(f"SuperNode of {options.folder}; its log is {started.log}")
    began = well = time.monotonic()
    try:
        while True:
            started.process.wait()
            now = time.monotonic()
            if now - began > _WELL_SECONDS:
                well = now
            if now - well > _REFUSED_SECONDS:
                started.check()
            say("the SuperNode has ended and is started again")
            started.kill()
            time.sleep(AGAIN_SECONDS)
            began, started = time.monotonic(), supernode(options.folder)
    finally:
        started.end()


def _train(options: argparse.Namespace) -> int:
    from workloads.federated.flower.table import shown
    from workloads.federated.flower.training import train

    record = train(
        folders.read(options.folder), stack=options.stack, room=options.room, account=options.account,
        rounds=options.rounds, finished=lambda one: say(f"round {one.index} is kept"),
    )  # fmt: skip
    print(shown(record), flush=True)
    if record.failure:
        say(f"veilbench: {record.failure}")
    return 1 if record.failure else 0


def _demo(options: argparse.Namespace) -> int:
    from workloads.federated.flower.demo import demo

    return demo()


if __name__ == "__main__":
    sys.exit(main())
