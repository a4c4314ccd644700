"""`veilbench verify`: a receipt against a public key, on a machine that never saw what was proved."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privacy.commands.printed import emit
from privacy.commands.prove import number
from privacy.commands.settings import expanded
from privacy.errors import DataError
from privacy.registry import discover

if TYPE_CHECKING:
    from privacy.provers.receipt import Receipt


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser("verify", parents=[shared], help="check a receipt; exit 1 if it proves nothing")
    one.add_argument("receipt", metavar="PATH", help="a receipt from `veilbench prove` or the API")
    one.add_argument("--prover", default="", metavar="NAME", help="the prover (default: the first available)")
    one.add_argument("--key", default="", metavar="DIGEST", help="digest that the receipt's key must have")
    one.add_argument("--root", default="", metavar="ROOT", help="root that the receipt's model must have")
    one.add_argument("--context", default="", metavar="N", help="context that the receipt must be bound to")
    one.add_argument("--chain", default="", metavar="NAME", help="chain whose contract must have kept the receipt")
    one.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Check and print: exit 0 where the receipt proves what it says, else 1."""
    from privacy.provers.opening import open_prover
    from privacy.provers.prover import KINDS
    from privacy.provers.receipt import Receipt

    path = Path(expanded(options.receipt) or "")
    try:
        body = path.read_bytes()
        receipt = Receipt.parse(body, where=str(path))
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
    if options.chain:
        faults += _unlike_chain(receipt, json.loads(body), options.chain, where=str(path))
    if options.json:
        emit(json.dumps({"ok": not faults, "faults": faults, "key": digest, "kind": receipt.kind,
                         "label": KINDS[receipt.kind]}, indent=2))  # fmt: skip
    else:
        print("\n".join(faults) if faults else "the proof is valid")
        print(f"key {digest}, model {receipt.public.model:#x}")
        print(f"{KINDS[receipt.kind]}, as the receipt says")
        if options.chain and not faults:
            print(f"the contract on {options.chain} checked and kept it, with this key and this model")
        elif not options.key:
            print("Compare the digest of the key with the one that you know, or give it with --key.")
    return 1 if faults else 0


def _unlike_chain(receipt: "Receipt", document: dict[str, Any], name: str, *, where: str) -> list[str]:
    """What a receipt says otherwise than the contract that it names, which must have our code."""
    from privacy.chains.contracts import Artifact
    from privacy.chains.opening import open_chain
    from privacy.chains.types import address as checked
    from privacy.services.receipts import CONTRACT, Book

    try:
        address, id_ = checked(document["contract"]), bytes.fromhex(document["id"].removeprefix("0x"))
    except (KeyError, ValueError, TypeError, AttributeError):
        text = "the receipt does not say which contract kept it"
        raise DataError(text, where=where, then="take it from GET /api/receipts/{id}, or leave --chain out") from None
    with open_chain(discover(), name) as chain:
        if not Artifact.load(CONTRACT).is_code(chain.code(address)):
            return [f"the code at {address} on {name} is not that of {CONTRACT}"]
        found = Book(chain, address).found(id_)
        if found is None:
            return [f"the contract on {name} kept no receipt 0x{id_.hex()}"]
        kept, model = found
        pairs = {
            "profile": (receipt.public.profile, kept.profile), "selection": (receipt.public.selection, kept.shown),
            "context": (receipt.public.context, kept.context), "model": (receipt.public.model, model.root),
            "key": (receipt.verifying, model.key), "kind of key": (receipt.kind, model.kind),
            "account": (document.get("account"), kept.account), "number": (document.get("number"), kept.number),
        }  # fmt: skip
    return [
        f"its {what} is not what the contract on {name} kept" for what, (own, there) in pairs.items() if own != there
    ]
