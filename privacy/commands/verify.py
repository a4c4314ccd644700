"""`veilbench verify`: a receipt against a public key, on a machine that never saw what was proved."""

import argparse
import json
from pathlib import Path
from typing import Any

from privacy.commands.printed import emit
from privacy.commands.prove import number
from privacy.commands.settings import expanded
from privacy.errors import DataError
from privacy.registry import discover


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser("verify", parents=[shared], help="check a receipt; exit 1 where it proves nothing")
    one.add_argument("receipt", metavar="PATH", help="a receipt: of `veilbench prove`, or of the API")
    one.add_argument("--prover", default="", metavar="NAME", help="the prover (default: the first that there is)")
    one.add_argument("--key", default="", metavar="DIGEST", help="the digest that its key must have")
    one.add_argument("--root", default="", metavar="ROOT", help="the root that its model must have")
    one.add_argument("--context", default="", metavar="N", help="the context that it must be bound to")
    one.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Check and print: exit 0 where the receipt proves what it says, else 1."""
    from privacy.provers.opening import open_prover
    from privacy.provers.prover import KINDS
    from privacy.provers.receipt import Receipt

    path = Path(expanded(options.receipt) or "")
    try:
        receipt = Receipt.parse(path.read_bytes(), where=str(path))
    except OSError as error:
        raise DataError(f"the receipt cannot be read: {error.strerror}", where=str(path)) from None
    prover = open_prover(discover(), options.prover)
    digest = prover.key_digest(receipt.verifying)
    faults = []
    if not prover.verify(receipt.verifying, receipt.public, receipt.proof):
        faults.append("the proof does not prove these public inputs under this key")
    if digest != receipt.digest:
        faults.append(f"its key is {digest}, not {receipt.digest} as it says")
    for name, given, own in (
        ("key", options.key, int(digest, 16)), ("root", options.root, receipt.public.model),
        ("context", options.context, receipt.public.context),
    ):  # fmt: skip
        if given and number(given, f"the {name}") != own:
            faults.append(f"its {name} is {own:#x}, not {given}")
    if options.json:
        emit(json.dumps({"ok": not faults, "faults": faults, "key": digest, "kind": receipt.kind,
                         "label": KINDS[receipt.kind]}, indent=2))  # fmt: skip
    else:
        print("\n".join(faults) if faults else "the proof is valid")
        print(f"key {digest}, model {receipt.public.model:#x}")
        print(f"{KINDS[receipt.kind]}, as the receipt says")
        if not options.key:
            print("Hold the digest of the key against the one that you know, or give it by --key.")
    return 1 if faults else 0
