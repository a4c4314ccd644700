"""`veilbench store`: blobs under the CIDs of their content, in any store."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from privacy.commands.backends import row
from privacy.commands.findings import print_findings
from privacy.commands.printed import emit
from privacy.commands.settings import expanded, pairs
from privacy.errors import DataError, ParamError
from privacy.registry import discover
from privacy.stores.cid import CID
from privacy.stores.opening import open_store
from privacy.stores.profiles import profiles
from privacy.stores.store import Blob, BlobStore, Health

_STREAM = "-"


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command and what it does."""
    top = commands.add_parser("store", help="keep blobs under the CIDs of their content, and check them")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument(
        "--store", default="", metavar="NAME", help="the store's name (default: the first of ls --stores)"
    )
    where.add_argument("--param", action="append", default=[], metavar="K=V", help="a parameter of the store")

    def verb(name: str, call: Any, help: str) -> argparse.ArgumentParser:
        one: argparse.ArgumentParser = verbs.add_parser(name, parents=[shared, where], help=help)
        one.set_defaults(call=call)
        return one

    one = verb("put", put, "keep files and print their CIDs")
    one.add_argument("paths", nargs="+", metavar="PATH", help="a file; - for standard input")
    one = verb("get", get, "check every block of a blob against its CID and write the blob to a file")
    one.add_argument("cid", metavar="CID")
    one.add_argument("path", metavar="PATH", help="the new file; - for standard output")
    one = verb("ls", ls, "list the blobs that are kept")
    one.add_argument("--stores", action="store_true", help="list the stores instead, and why a store is not available")
    one = verb("verify", verify, "read whole blobs and check every block against its CID; exit 1 if one does not fit")
    one.add_argument("cids", nargs="*", metavar="CID", help="these blobs (default: all that are kept)")
    one = verb("pin", pin, "pin a blob whose blocks are present")
    one.add_argument("cid", metavar="CID")
    one = verb("unpin", unpin, "unpin a blob")
    one.add_argument("cid", metavar="CID")
    one = verb(
        "gc", gc, "drop the blocks that no pin reaches; on a daemon, also those that other programs left unpinned"
    )
    one.add_argument("--dry-run", action="store_true", help="say how many blocks would be dropped, and drop none")
    one = verb("export", export, "write a blob as a CAR file, which any IPFS node imports")
    one.add_argument("cid", metavar="CID")
    one.add_argument("path", metavar="PATH", help="the new file; - for standard output")
    one = verb("import", import_, "keep the blobs of a CAR file and print their CIDs")
    one.add_argument("path", metavar="PATH", help="a CAR file; - for standard input")
    one = verb(
        "check", check, "run the conformance kit on a store; it writes some 4 MB there and unpins them afterwards"
    )
    one.add_argument("--gc", action="store_true", help="check gc too: it drops everything that is not pinned there")


def put(options: argparse.Namespace) -> int:
    """Keep each file; one that cannot be read ends the command, and those before it are kept."""
    found = []
    with _opened(options) as store:
        for path in options.paths:
            with _source(path) as source:
                cid = store.put(source)
            found.append({"cid": cid.text, "size": store.size(cid), "path": path})
            if not options.json:
                print(f"{cid} {path}")
    _document(options, found)
    return 0


def get(options: argparse.Namespace) -> int:
    cid = CID.parse(options.cid)
    with _opened(options) as store:
        size = _write(store.get(cid), options)
    _document(options, {"cid": cid.text, "size": size, "path": options.path})
    return 0


def ls(options: argparse.Namespace) -> int:
    if options.stores:
        registry = discover()
        entries = registry.store_entries
        own = [one for name, one in profiles(registry).items() if name != one.spec.id]
        named = [{"id": one.name, "adapter": one.spec.id, "title": one.spec.title} for one in own]
        _document(options, [*(entry.as_dict() for entry in entries), *named])
        if not options.json:
            print(
                "\n".join([*map(row, entries), *(f"{one.name:<12} [stores.{one.name}], {one.spec.id}" for one in own)])
            )
        return 0
    with _opened(options) as store:
        found = list(store.ls())
    _document(options, [_blob(one) for one in found])
    if not options.json:
        for one in found:
            print(f"{one.cid} {'damaged' if one.size is None else one.size}")
    return 0


def verify(options: argparse.Namespace) -> int:
    cids = [CID.parse(text) for text in options.cids]
    found = []
    with _opened(options) as store:
        for cid in cids or [blob.cid for blob in store.ls()]:
            found.append(store.verify(cid))
            if not options.json:
                print(_sentence(found[-1]))
    _document(options, [_health(one) for one in found])
    return 0 if all(one.ok for one in found) else 1


def pin(options: argparse.Namespace) -> int:
    return _pinned(options, on=True)


def unpin(options: argparse.Namespace) -> int:
    return _pinned(options, on=False)


def gc(options: argparse.Namespace) -> int:
    with _opened(options) as store:
        found = store.collect(dry=options.dry_run)
    dropped = not options.dry_run
    _document(options, {"blocks": found.blocks, "bytes": found.size, "dropped": dropped})
    if not options.json:
        size = "" if found.size is None else f", {found.size:,} bytes"
        print(f"{'dropped' if dropped else 'would drop'} {found.blocks:,} blocks{size}")
    return 0


def export(options: argparse.Namespace) -> int:
    cid = CID.parse(options.cid)
    with _opened(options) as store:
        size = _write(store.export_car(cid), options)
    _document(options, {"cid": cid.text, "car_size": size, "path": options.path})
    return 0


def import_(options: argparse.Namespace) -> int:
    with _opened(options) as store, _source(options.path) as source:
        found = [Blob(cid, store.size(cid)) for cid in store.import_car(source)]
    _document(options, [_blob(one) for one in found])
    if not options.json:
        for one in found:
            print(one.cid)
    return 0


def check(options: argparse.Namespace) -> int:
    """Check and print: exit 0 if no check failed, else 1."""
    from privacy.testing.stores import checking

    return print_findings(checking(lambda: _opened(options), collecting=options.gc), document=options.json)


def _pinned(options: argparse.Namespace, *, on: bool) -> int:
    cid = CID.parse(options.cid)
    with _opened(options) as store:
        store.pin(cid) if on else store.unpin(cid)
    _document(options, {"cid": cid.text, "pinned": on})
    return 0


def _opened(options: argparse.Namespace) -> BlobStore:
    return open_store(discover(), options.store, pairs(options.param))


def _document(options: argparse.Namespace, found: object) -> None:
    if options.json:
        emit(json.dumps(found, indent=2, ensure_ascii=False))


def _blob(one: Blob) -> dict[str, Any]:
    return {"cid": one.cid.text, "size": one.size}


def _health(one: Health) -> dict[str, Any]:
    missing, damaged = ([cid.text for cid in cids] for cids in (one.missing, one.damaged))
    return {"cid": one.cid.text, "ok": one.ok, "blocks": one.blocks, "missing": missing, "damaged": damaged}


def _sentence(one: Health) -> str:
    if one.ok:
        return f"{one.cid} sound, {one.blocks} block{'s' if one.blocks != 1 else ''}"
    lines = [f"{one.cid} NOT SOUND: put it again, or import it from where it is whole"]
    lines += [f"  missing {cid}" for cid in one.missing] + [f"  damaged {cid}" for cid in one.damaged]
    return "\n".join(lines)


def _source(path: str) -> BinaryIO:
    if path == _STREAM:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    place = expanded(path) or ""
    try:
        return open(place, "rb")
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror}", where=place, then="name another file") from error


def _write(pieces: Iterable[bytes], options: argparse.Namespace) -> int:
    """Write all pieces to a new file, or to standard output, and return their bytes.

    The file is there once all of it is: what a damaged blob gave before the damage is never taken for the blob.
    """
    if options.path == _STREAM:
        if options.json:
            raise ParamError("--json and the blob cannot both go to standard output", then="name a file")
        size = sum(sys.stdout.buffer.write(piece) for piece in pieces)
        sys.stdout.buffer.flush()
        return size
    path, size = Path(expanded(options.path) or ""), 0
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                for piece in pieces:
                    size += file.write(piece)
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        text = f"the file cannot be written: {error.strerror}"
        raise DataError(text, where=str(path), then="name another file") from error
    return size


def _umask() -> int:
    """What new files are made without: it can be read by setting it alone."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
