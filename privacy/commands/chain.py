"""`veilbench chain`: what a chain holds, whether it is sound, and what is done with one of this device."""

import argparse
import contextlib
import getpass
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privacy import lab
from privacy.chains.chain import Chain
from privacy.chains.opening import keeping, opened, signer
from privacy.chains.profiles import Profile, profile, profiles
from privacy.commands.backends import row
from privacy.commands.findings import print_findings
from privacy.commands.printed import emit
from privacy.commands.progress import Bar
from privacy.commands.settings import add_settings, expanded, request_of
from privacy.errors import DataError, ParamError
from privacy.home import write_atomic
from privacy.registry import discover

if TYPE_CHECKING:
    from privacy.services.showings import Showing


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command and what it does."""
    top = commands.add_parser("chain", help="show, check, export and import a chain")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--chain", default="", metavar="NAME", help="the chain's name (default: the first of ls)")

    def verb(name: str, call: Any, help: str, *, named: bool = True) -> argparse.ArgumentParser:
        parents = [shared, where] if named else [shared]
        one: argparse.ArgumentParser = verbs.add_parser(name, parents=parents, help=help)
        one.set_defaults(call=call)
        return one

    verb("ls", ls, "list the chains that can be chosen, and the adapters", named=False)
    verb("status", status, "the chain's head, and our contracts on it")
    one = verb("events", events, "the events of our contracts, oldest first")
    one.add_argument("--from", dest="first", type=int, default=0, metavar="N", help="the first block (default: 0)")
    one.add_argument("--to", dest="last", type=int, default=None, metavar="N", help="the last block (default: newest)")
    one.add_argument("--contract", default="", metavar="NAME", help="only events of this contract")
    verb("check", check, "check every block of a chain of this device; exit 1 if one is invalid")
    one = verb("export", export, "write all blocks of a chain of this device to a file")
    one.add_argument("path", metavar="PATH", help="the new file")
    one = verb("import", import_, "replace the chain by an export, executing every block again")
    one.add_argument("path", metavar="PATH", help="an export")
    one = verb("reset", reset, "start a new chain on this device; the old one is kept beside it")
    one.add_argument("--yes", action="store_true", help="confirm the reset; without this, nothing changes")
    one = verb("doctor", doctor, "test a chain for what our contracts need; exit 1 if any is missing", named=False)
    one.add_argument("chain", metavar="PROFILE", nargs="?", default="", help="the chain's name")
    one = verb("deploy", deploy, "create our missing contracts on a chain")
    one.add_argument(
        "contract", nargs="*", metavar="NAME", help="only these contracts (default: all that need no other)"
    )
    one.add_argument("--account", default="", metavar="NAME", help="who pays (default: the chain's first account)")
    one.add_argument("--again", action="store_true", help="create a new one and use it from now on")
    one = verb("adopt", adopt, "use a contract that somebody else created")
    one.add_argument("contract", metavar="NAME", help="its name, such as RecommendationLog")
    one.add_argument("address", metavar="ADDRESS", help="where it is")
    one = verb("log", log_, "run a workload's first round, and log a commitment to the list that it shows")
    add_settings(one)
    one.add_argument("--stack", default="plain", help="a carrier such as plain, local or he (default: plain)")
    one.add_argument("--param", action="append", default=[], metavar="K=V", help="a parameter of the stack; repeatable")
    one.add_argument("--account", default="", metavar="NAME", help="who logs it (default: the chain's first account)")
    one.add_argument("--store", default="", metavar="NAME", help="where the model's bytes are kept")
    one.add_argument("--out", default="", metavar="PATH", help="write the list's file here, to show it to others")
    one = verb("logged", logged, "the lists of this device that were logged, newest first", named=False)
    one = verb("verify", verify_, "check a list's file against the log; exit 1 unless it matches")
    one.add_argument("path", metavar="PATH", help="the file of a logged list")
    one = verb("kit", kit, "run the conformance kit on a chain; it costs gas there")
    one.add_argument("--account", default="", metavar="NAME", help="who pays (default: the chain's first account)")


def ls(options: argparse.Namespace) -> int:
    registry = discover()
    found = profiles(registry)
    entries = registry.chain_entries
    chains = [{"name": one.name, "adapter": one.spec.id, "title": one.spec.title} for one in found.values()]
    _document(options, {"chains": chains, "adapters": [entry.as_dict() for entry in entries]})
    if not options.json:
        for one in found.values():
            print(f"{one.name:<12} {one.spec.id}: {one.spec.title}")
        print("\nAdapters:")
        print("\n".join(row(entry) for entry in entries))
    return 0


def status(options: argparse.Namespace) -> int:
    from privacy.chains.deploying import deployments

    with _open(options) as chain:
        head = chain.head()
        contracts = [{"name": name, "address": one.address} for name, one in deployments(chain).items()]
        accounts: list[dict[str, Any]] = [
            {"label": one.label, "address": one.address, "wei": chain.balance(one.address)} for one in chain.signers()
        ]
        found = {
            "name": chain.name, "chain_id": chain.chain_id, "block": head.number, "hash": head.hash.hex(),
            "time": head.time, "gas_limit": head.gas_limit, "base_fee": head.base_fee, "contracts": contracts,
            "accounts": accounts,
        }  # fmt: skip
    _document(options, found)
    if not options.json:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(head.time))
        print(f"{found['name']}: chain {found['chain_id']}, block {head.number} of {when}, 0x{head.hash.hex()}")
        for one in contracts:
            print(f"  {one['name']} at {one['address']}")
        if not contracts:
            print("  none of our contracts is there yet; each is deployed at its first use")
        for account in accounts:
            print(f"  {account['label']} {account['address']} has {account['wei'] / 10**18:.4f} ether")
    return 0


def events(options: argparse.Namespace) -> int:
    from privacy.chains.explorer import events_of

    with _open(options) as chain:
        found = events_of(chain, first=options.first, last=options.last, contract=options.contract)
    _document(options, [one.as_dict() for one in found])
    if not options.json:
        for one in found:
            print(f"{one.block:>8} {one.contract}.{one.sentence()}")
        if not found:
            print("no events")
    return 0


def check(options: argparse.Namespace) -> int:
    tools, bar = keeping(_profile(options)), Bar()
    found = list(tools.check(lambda done, total: bar(done, total, "blocks")))
    bar.clear()
    _document(options, {"ok": not found, "faults": found})
    if not options.json:
        print("\n".join(found) or "the chain is valid")
    return 1 if found else 0


def export(options: argparse.Namespace) -> int:
    path, bar = Path(expanded(options.path) or ""), Bar()
    blocks = keeping(_profile(options)).export(path, lambda done, total: bar(done, total, "blocks"))
    bar.clear()
    return _blocks(options, blocks, path, "written to")


def import_(options: argparse.Namespace) -> int:
    path, bar = Path(expanded(options.path) or ""), Bar()
    blocks = keeping(_profile(options)).bring(path, lambda done, total: bar(done, total, "blocks executed again"))
    bar.clear()
    return _blocks(options, blocks, path, "taken from")


def reset(options: argparse.Namespace) -> int:
    tools = keeping(_profile(options))
    if not options.yes:
        raise ParamError("this starts a new chain; entries logged on the old one are no longer found", then="add --yes")
    aside = tools.reset()
    _document(options, {"kept": None if aside is None else str(aside)})
    if not options.json:
        print("there was no old chain" if aside is None else f"the old chain is kept in {aside}")
    return 0


def doctor(options: argparse.Namespace) -> int:
    """Look and print: exit 0 if nothing is missing, else 1."""
    from privacy.chains.doctor import examine

    with _open(options) as chain:
        return print_findings(examine(chain), document=options.json)


def deploy(options: argparse.Namespace) -> int:
    from privacy.chains.contracts import Artifact
    from privacy.chains.deploying import deploy as create
    from privacy.chains.sender import Sender

    names = options.contract or [one.name for one in Artifact.all() if not one.wants]
    with _open(options) as chain:
        sender = Sender(chain, signer(chain, options.account, passphrase=passphrase))
        found = {name: create(sender, name, again=options.again).address for name in names}
    return _addresses(options, found)


def adopt(options: argparse.Namespace) -> int:
    from privacy.chains.deploying import adopt as use

    with _open(options) as chain:
        found = use(chain, options.contract, options.address).address
    return _addresses(options, {options.contract: found})


def _addresses(options: argparse.Namespace, found: dict[str, str]) -> int:
    _document(options, [{"name": name, "address": address} for name, address in found.items()])
    if not options.json:
        print("\n".join(f"{name} at {address}" for name, address in found.items()))
    return 0


def log_(options: argparse.Namespace) -> int:
    """Run, log and print. The list stays on this device; the chain has a commitment to it."""
    from privacy.chains.deploying import deploy as create
    from privacy.chains.sender import Sender
    from privacy.services import showings
    from privacy.services.shown_log import CONTRACT
    from privacy.stores.opening import open_store

    registry = discover()
    request = request_of(options, registry, stack=options.stack)
    with _open(options) as chain, open_store(registry, options.store) as store:
        sender = Sender(chain, signer(chain, options.account, passphrase=passphrase))
        shown, root = showings.shown_of(request, registry, lab.first_round(request, registry), store)
        contract = create(sender, CONTRACT).address
        begun = showings.begin(
            shown, model_root=root, account=sender.signer.address, chain=chain, contract=contract
        )  # fmt: skip
        done = showings.log(begun, sender)
    if options.out:
        write_atomic(Path(expanded(options.out) or ""), done.file())
    _document(options, _showing(done))
    if not options.json:
        print(f"logged in block {done.block} of {done.chain_name}, by {done.account}")
        print(f"commitment 0x{done.commitment.hex()}\nmodel {done.shown.model}")
        print("\n".join(f"{place:>3} {item}" for place, item in enumerate(shown.items, start=1)))
    return 0


def logged(options: argparse.Namespace) -> int:
    from privacy.services import showings

    found = showings.history()
    _document(options, [_showing(one) for one in found])
    if not options.json:
        for one in found:
            where = f"block {one.block} of {one.chain_name}" if one.logged else "not logged yet"
            print(f"0x{one.commitment.hex()} {one.shown.at} {one.shown.stack}: {where}")
        if not found:
            print("no list was logged on this device")
    return 0


def verify_(options: argparse.Namespace) -> int:
    """Look and print: exit 0 where the list matches, else 1."""
    from privacy.services import showings

    path = Path(expanded(options.path) or "")
    try:
        body = path.read_bytes()
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror}", where=str(path), then="name another") from error
    with _open(options) as chain:
        found = showings.verify(showings.parse(body), chain, claimed=showings.claimed_in(body))
    entry = found.entry
    told = None if entry is None else {"block": entry.block, "time": entry.time, "account": entry.sender}
    _document(options, {"verdict": found.kind, "sentence": found.sentence, "entry": told})
    if not options.json:
        print(f"{found.kind}: {found.sentence}")
    return 0 if found.kind == "match" else 1


def _showing(one: "Showing") -> dict[str, Any]:
    return {
        "commitment": "0x" + one.commitment.hex(), "items": list(one.shown.items), "stack": one.shown.stack,
        "at": one.shown.at, "model": one.shown.model, "account": one.account, "chain": one.chain_name,
        "contract": one.contract, "transaction": one.transaction, "block": one.block, "time": one.time,
    }  # fmt: skip


def kit(options: argparse.Namespace) -> int:
    """Check and print: exit 0 if no check failed, else 1."""
    from privacy.testing.chains import checking

    found = _profile(options)
    with opened(found) as chain:
        payer = signer(chain, options.account, passphrase=passphrase)
    return print_findings(checking(lambda: opened(found), signer=payer), document=options.json)


def passphrase() -> str:
    """The passphrase of a keystore: VEILBENCH_PASSPHRASE, else what is typed. ParamError where nobody can type."""
    if (known := os.environ.get("VEILBENCH_PASSPHRASE")) is not None:
        return known
    if not sys.stdin.isatty():
        raise ParamError("the keystore needs a passphrase", then="set VEILBENCH_PASSPHRASE, or use a terminal")
    return getpass.getpass("Passphrase of the keystore: ", stream=sys.stderr)


def _blocks(options: argparse.Namespace, blocks: int, path: Path, did: str) -> int:
    _document(options, {"blocks": blocks, "path": str(path)})
    if not options.json:
        print(f"{blocks} blocks {did} {path}")
    return 0


def _profile(options: argparse.Namespace) -> Profile:
    return profile(discover(), options.chain)


@contextlib.contextmanager
def _open(options: argparse.Namespace) -> Iterator[Chain]:
    with opened(_profile(options)) as chain:
        yield chain


def _document(options: argparse.Namespace, found: object) -> None:
    if options.json:
        emit(json.dumps(found, indent=2, ensure_ascii=False))
