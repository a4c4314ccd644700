"""`veilbench new-backend`: an example plugin as a package of one's own, to be changed from there."""

import argparse
import json
import shlex
from pathlib import Path
from typing import Any

from privacy.commands.printed import emit
from privacy.registry import discover
from privacy.request import USUAL
from privacy.scaffold import KINDS, Package, write


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser(
        "new-backend", parents=[shared], help="write a package with a working backend, to change into your own"
    )
    one.add_argument("name", help="its id: a-z, 0-9 and '_', such as mine")
    one.add_argument("--folder", metavar="DIR", help="where to write it (default: veilbench-NAME in this folder)")
    one.add_argument(
        "--kind", choices=KINDS, help="what the backend is for (default: scoring and lookup, over several servers)"
    )
    one.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Write the package and print what to run next."""
    folder = Path(options.folder).expanduser() if options.folder else None
    package = write(options.name, folder, kind=options.kind or "", taken=[entry.id for entry in discover().entries])
    steps = next_steps(package, kind=options.kind or "")
    if options.json:
        files = [str(path) for path in package.files]
        reply = {"backend": package.name, "folder": str(package.folder), "files": files, "commands": list(steps)}
        emit(json.dumps(reply, indent=2, ensure_ascii=False))
        return 0
    print(f"Wrote {package.folder}, a package with the backend {package.name}:")
    for path in package.files:
        print(f"  {path.relative_to(package.folder)}")
    print("It works as it is. Next:")
    for command, what in steps.items():
        print(f"  {command:<52} # {what}")
    print("docs/write-a-backend.md of Veilbench walks through its files.")
    return 0


def next_steps(package: Package, *, kind: str = "") -> dict[str, str]:
    """The commands that come next, each with what it does."""
    workload = _workload(kind)
    run = f"veilbench run {workload} --stack {package.name}"
    name, folder = package.name, shlex.quote(str(package.folder))
    return {
        f"pip install -e {folder}": "registers it, in Veilbench's environment",
        "veilbench backends": "lists it",
        f"veilbench check {name} --quick": "the conformance kit, a few seconds",
        f"veilbench check {name}": "the whole kit",
        **({run: "a run under it, measured and attacked"} if workload else {}),
        f"pytest {shlex.quote(str(package.folder / 'tests'))}": "its own tests",
    }


def _workload(kind: str) -> str:
    """The first workload that a backend of this kind can run; empty where none is installed."""
    if not kind:
        return USUAL
    return next((w.id for w in discover().workloads.values() if KINDS[kind] in w.primitives), "")
