"""Lists that were shown and logged: what was shown stays on this device, a commitment to it is on the chain.

    commitment = SHA-256("veilbench shown 1" 0x00 | salt, 32 bytes from the OS | what was shown, as canonical JSON)

Whoever has the file of a list can show anybody what was shown. Who has not learns from the chain that something was,
when, by which account and from which model, and no more (hiding under the salt, binding under SHA-256).
"""

import hashlib
import io
import json
import secrets
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from privacy.chains.chain import Chain
from privacy.chains.contracts import Artifact
from privacy.chains.sender import Sender, identity
from privacy.chains.types import address as checked
from privacy.errors import DataError, ParamError, StateError
from privacy.home import guarded, room, write_atomic
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.services.shown_log import CONTRACT, Logged, ShownLog
from privacy.stacks import code_of, options_of, params_of, resolve, spec_of
from privacy.stores import unixfs
from privacy.stores.cid import CID
from privacy.stores.store import BlobStore
from privacy.workload import Round

FORMAT = "veilbench shown 1"
_SALT = 32
_MOST_FILE = 2**20
"""Bytes of a showing's file at most."""


@dataclass(frozen=True)
class Shown:
    """What one person was shown: the items in order, and what chose them.

    `model` is the CID of the catalogue's features that scored them, `data` a digest of the data, `params` those of the
    stack. Nothing private is in it but what follows from the items.
    """

    items: tuple[str, ...]
    stack: str
    params: dict[str, Any]
    data: str
    model: str
    at: str

    def text(self) -> bytes:
        """Canonical JSON: sorted names, no spaces, ASCII."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()

    def same(self, other: "Shown") -> bool:
        """Whether another is the same showing, whenever it was shown."""
        return replace(self, at="") == replace(other, at="")


@dataclass(frozen=True)
class Showing:
    """A showing with what opens its commitment. `transaction` and `block` are there once it is logged."""

    shown: Shown
    salt: bytes = field(repr=False)
    model_root: bytes
    account: str
    chain: str
    chain_name: str
    contract: str
    transaction: str = ""
    block: int | None = None
    time: int | None = None

    @property
    def commitment(self) -> bytes:
        return commit(self.shown, self.salt)

    @property
    def logged(self) -> bool:
        return bool(self.transaction)

    def file(self) -> bytes:
        """What its holder keeps, or gives to whom they want to show it."""
        fields = {
            "format": FORMAT, "shown": asdict(self.shown), "salt": self.salt.hex(),
            "commitment": self.commitment.hex(), "model_root": self.model_root.hex(), "account": self.account,
            "chain": self.chain, "chain_name": self.chain_name, "contract": self.contract,
            "transaction": self.transaction, "block": self.block, "time": self.time,
        }  # fmt: skip
        return json.dumps(fields, indent=1, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Verdict:
    """What the log says of a showing: match, mismatch or not found, with why and the log's entry."""

    kind: Literal["match", "mismatch", "not found"]
    sentence: str
    entry: Logged | None = None


def commit(shown: Shown, salt: bytes) -> bytes:
    """The commitment to what was shown, 32 bytes."""
    return hashlib.sha256(FORMAT.encode() + b"\0" + salt + shown.text()).digest()


def shown_of(
    request: RunRequest, registry: Registry, round_: Round, store: BlobStore | None = None
) -> tuple[Shown, bytes]:
    """What a round showed, with the root of its model, whose bytes are put into the store where there is one.

    ParamError where the workload shows no list.
    """
    spec, stack = spec_of(request, registry), resolve(request, registry)
    found = code_of(spec).listing(request, options_of(request, registry), round_)
    if found is None:
        raise ParamError(f"{spec.id} shows no list that could be logged", then="name a workload that does")
    cid = store.put(found.model) if store is not None else unixfs.write(io.BytesIO(found.model), _nowhere)
    params = params_of(stack, spec, registry)
    return Shown(found.items, request.stack, params, round_.data_hash, cid.text, now()), cid.digest


def log(showing: Showing, sender: Sender) -> Showing:
    """Log a list that was begun, by an account that signs here, and keep its entry."""
    entry = ShownLog(sender.chain, showing.contract).log(sender, showing.commitment, showing.model_root)
    return found(showing, entry)


def look(showing: Showing, chain: Chain) -> Showing | None:
    """The list with its entry, where a wallet logged it meanwhile; None where the log has none."""
    entry = ShownLog(chain, showing.contract).entry(showing.account, showing.commitment)
    return found(showing, entry) if entry is not None else None


def known(shown: Shown, *, account: str, chain: Chain) -> Showing | None:
    """The same list, as this account logged it, or began to, on this chain; a logged one comes first."""
    where = identity(chain)
    same = [one for one in history(account=account) if one.chain == where and one.shown.same(shown)]
    return next((one for one in same if one.logged), next(iter(same), None))


def begin(shown: Shown, *, model_root: bytes, account: str, chain: Chain, contract: str) -> Showing:
    """A showing that is about to be logged, with a fresh salt, kept on this device before anything is sent."""
    salt = secrets.token_bytes(_SALT)
    showing = Showing(shown, salt, model_root, account, identity(chain), chain.name, contract)
    keep(showing)
    return showing


def found(showing: Showing, entry: Logged) -> Showing:
    """The showing with its entry in the log, kept."""
    done = replace(showing, transaction="0x" + entry.transaction.hex(), block=entry.block, time=entry.time)
    keep(done)
    return done


def keep(showing: Showing) -> None:
    """Keep a showing's file under the state folder, for its owner alone."""
    write_atomic(_path(showing.commitment), showing.file())


def forget(showing: Showing) -> None:
    """Delete a showing's file: nobody can show any more what its commitment is to."""
    path = _path(showing.commitment)
    guarded(lambda: path.unlink(missing_ok=True), path)


def history(*, account: str = "") -> list[Showing]:
    """The showings of this device, of one account where it is named, newest first; files that are none are left out."""
    showings = []
    for path in room("shown").glob("*.json"):
        try:
            showing = parse(guarded(path.read_bytes, path))
        except (DataError, StateError):
            continue
        if account in ("", showing.account):
            showings.append(showing)
    return sorted(showings, key=lambda one: one.shown.at, reverse=True)


def parse(body: bytes) -> Showing:
    """A showing from its file, whatever that says its commitment is: `verify` looks. DataError where it is none."""
    if len(body) > _MOST_FILE:
        raise DataError("the file is too long for a showing's", then="choose the file that was downloaded")
    try:
        got = json.loads(body)
        if got["format"] != FORMAT:
            raise DataError(f"the file is of {got['format']!r}, and {FORMAT!r} is read", then="choose another")
        shown = Shown(**{**got["shown"], "items": tuple(got["shown"]["items"])})
        _sound(shown)
        salt, root = bytes.fromhex(got["salt"]), bytes.fromhex(got["model_root"])
        if len(salt) != _SALT or len(root) != 32:
            raise ValueError("a salt or root of another length")
        block, when = (None if got[name] is None else int(got[name]) for name in ("block", "time"))
        return Showing(
            shown, salt, root, checked(got["account"]), str(got["chain"]), str(got["chain_name"]),
            checked(got["contract"]), str(got["transaction"]), block, when,
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        text = "the file is not a logged list"
        raise DataError(text, then="choose the file that was downloaded when the list was logged") from error


def verify(showing: Showing, chain: Chain, *, claimed: bytes | None = None) -> Verdict:
    """Hold a showing against the log.

    Match: this very showing was logged by this account, from this model. Mismatch: the log has another under the
    commitment that is claimed, or another model. Not found: the log has nothing of it.
    """
    if showing.chain != identity(chain):
        id_, _, first = showing.chain.partition(":")
        where = f"{showing.chain_name}, chain {id_} whose first block is 0x{first[:8]}…"
        return Verdict("not found", f"The list was logged on another chain: {where}. Choose that chain.")
    if chain.code(showing.contract) != Artifact.load(CONTRACT).runtime:
        return Verdict("mismatch", f"The file names a contract that is not our {CONTRACT}. Anybody may have made it.")
    log = ShownLog(chain, showing.contract)
    entry = log.entry(showing.account, showing.commitment)
    if entry is not None and entry.model_root == showing.model_root:
        return Verdict("match", "The account logged this list, in this order, from this model.", entry)
    if entry is not None:
        return Verdict("mismatch", "The account logged this list, but with another model.", entry)
    if claimed is not None and claimed != showing.commitment:
        entry = log.entry(showing.account, claimed)
        if entry is not None:
            text = "The account logged something else. The list or its salt was changed since."
            return Verdict("mismatch", text, entry)
    return Verdict("not found", "The log has no entry of this account for this list.")


def claimed_in(body: bytes) -> bytes | None:
    """The commitment that a showing's file names."""
    try:
        return bytes.fromhex(json.loads(body)["commitment"])
    except (ValueError, KeyError, TypeError):
        return None


def now() -> str:
    """This second, for `Shown.at`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _nowhere(cid: CID, data: bytes) -> None:
    """Keep nothing: the CID alone is wanted."""


def _sound(shown: Shown) -> None:
    texts = (shown.stack, shown.data, shown.model, shown.at, *shown.items)
    if not all(isinstance(one, str) for one in texts) or not isinstance(shown.params, dict):
        raise ValueError("a value of another type")


def _path(commitment: bytes) -> Path:
    return room("shown") / f"{commitment.hex()}.json"
