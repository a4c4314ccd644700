"""`veilbench prove`: that what a workload shows somebody came from its model, as a receipt without the history."""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from privacy.commands.printed import emit
from privacy.commands.progress import Bar
from privacy.commands.settings import add_settings, expanded, request_of
from privacy.errors import ParamError
from privacy.home import write_atomic
from privacy.registry import Registry, discover, load
from privacy.request import RunRequest


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser("prove", parents=[shared], help="prove that a shown list came from the model")
    add_settings(one)
    one.add_argument("--param", action="append", default=[], help=argparse.SUPPRESS)
    one.add_argument("--prover", default="", metavar="NAME", help="the prover (default: the first available)")
    one.add_argument(
        "--context", default="0", metavar="N", help="a number that binds the proof to where it is used (default: 0)"
    )
    one.add_argument("--key", metavar="PATH", help="a ceremony's key, which is then kept (default: the kept key)")
    one.add_argument(
        "--circuit", metavar="PATH", help="write the circuit to this file, for a ceremony, and prove nothing"
    )
    one.add_argument("--out", metavar="PATH", help="the file of the receipt; --json prints it too")
    one.add_argument(
        "--opening",
        metavar="PATH",
        help="file for the openings of the commitments; it reveals the history, so keep it to yourself",
    )
    one.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Prove and print: where the receipt is, or the receipt."""
    from privacy.provers.opening import open_prover
    from privacy.provers.prover import KINDS, fresh_salt
    from privacy.provers.receipt import Receipt
    from privacy.provers.selection import SelectionStatement, SelectionWitness

    registry = discover()
    context = number(options.context)
    request = request_of(options, registry)
    if not (options.out or options.json or options.circuit):
        raise ParamError("no place for the receipt is named", then="name a file by --out, or give --json")
    prover = open_prover(registry, options.prover)
    found = _selected(request, registry)
    statement, bar = SelectionStatement.of(found.model, shown=len(found.chosen)), Bar()
    if options.circuit:
        path = Path(expanded(options.circuit) or "")
        prover.write_circuit(statement, found.model, path)
        if options.json:
            emit(json.dumps({"circuit": str(path), "statement": statement.as_dict(), "model": hex(found.model.root)}))
        else:
            print(f"{path}: the circuit of {statement.title} about the model {found.model.root:#x}")
        return 0
    witness = SelectionWitness(found.history, found.chosen, found.vector, fresh_salt(), fresh_salt())
    witness.check(statement)
    start = time.perf_counter()
    if options.key:
        keys = prover.bring(statement, found.model, Path(expanded(options.key) or ""))
    else:
        keys = prover.setup(statement, found.model, report=bar)
    made = time.perf_counter()
    public = prover.public(statement, found.model, witness, context=context)
    receipt = Receipt.of(keys, public, prover.prove(keys, found.model, public, witness, report=bar))
    spent = time.perf_counter() - made
    bar.clear()
    text = json.dumps(receipt.as_dict(), indent=2)
    if options.out:
        write_atomic(Path(expanded(options.out) or ""), text.encode())
    if options.opening:
        opening = {
            "history": found.history.tolist(), "chosen": found.chosen.tolist(), "salt": hex(witness.salt),
            "chosen_salt": hex(witness.chosen_salt),
        }  # fmt: skip
        write_atomic(Path(expanded(options.opening) or ""), json.dumps(opening, indent=2).encode())
    if options.json:
        emit(text)
    else:
        print(f"proved in {spent:.2f} s ({len(receipt.proof)} bytes), after {made - start:.1f} s for the key")
        print(f"key {keys.digest}\n{KINDS[keys.kind]}")
    return 0


def number(text: str, what: str = "the context") -> int:
    """A number as it is written: 7 or 0x7. ParamError where it is none."""
    try:
        return int(text, 0)
    except ValueError:
        raise ParamError(f"{what} {text[:40]!r} is not a number", then="write it as 7 or 0x7") from None


def _selected(request: RunRequest, registry: Registry) -> Any:
    """What the workload shows. ParamError where it shows nothing that can be proved."""
    spec = registry.workload(request.workload)
    if not spec.selected:
        able = ", ".join(one.id for one in registry.workloads.values() if one.selected) or "no workload"
        raise ParamError(f"{spec.id} shows nothing that can be proved", then=f"choose one of: {able}")
    return load(spec.selected, who=f"what {spec.id} shows", hint=spec.install_hint)(request, registry)
