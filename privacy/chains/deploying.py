"""Our contracts on a chain: created once, found again by the address that was recorded.

`$VEILBENCH_HOME/chains/contracts.json` keeps each address by the chain, the contract and the digest of its code, with
what its constructor was given. A chain that was made anew is another chain, and so is a contract whose code has
changed or that belongs to others: each gets its own.
"""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from privacy.chains.chain import Chain
from privacy.chains.contracts import Artifact, Contract
from privacy.chains.doctor import proofs
from privacy.chains.errors import BadAnswer, ChainError, ChainRefused
from privacy.chains.sender import Intent, Sender, identity
from privacy.chains.types import address as checked
from privacy.errors import DataError, ParamError, StateError
from privacy.home import guarded, locked, room, write_atomic

CHECKS_PROOFS = ("ReceiptBook",)
"""Contracts that are worth nothing where the pairings of a chain are not Ethereum's."""


class ContractMissing(ChainError):
    """A contract that was recorded is not at its address: deploy it again, or name the chain that it is on."""


@dataclass(frozen=True)
class Deployment:
    """Where a contract of ours is; `transaction` created it, and is empty where somebody else did.

    `made_with` has the arguments of its constructor, encoded, as hexadecimal digits.
    """

    address: str
    transaction: str = ""
    block: int | None = None
    made_with: str = ""


def deploy(sender: Sender, name: str, *args: Any, again: bool = False) -> Contract:
    """The contract of this name on the sender's chain, created with these arguments where there is none yet.

    However many processes of this home ask at once, or are killed meanwhile, it is created once. `again` creates
    another, which is the recorded one from then on, and so do other arguments; a contract of somebody else that was
    adopted counts whatever it was given. ContractMissing where a recorded one has gone; ChainError where the chain
    cannot be used, or fails the try of its pairings before a contract that checks proofs; ParamError where its
    constructor wants other arguments.
    """
    chain, artifact = sender.chain, Artifact.load(name)
    if len(args) != len(artifact.wants):
        text = f"{name} is created with {len(artifact.wants)} arguments, and {len(args)} were given"
        raise ParamError(text, then="deploy it with the contracts that it belongs to")
    made_with = artifact.creation(*args)[len(artifact.bytecode) :].hex()
    found = None if again else _standing(chain, name, made_with)
    if found is not None:
        return found
    where = identity(chain)
    with locked(room("chains") / f"deploying-{hashlib.sha256(where.encode()).hexdigest()[:16]}"):
        # Another process may have created it while this one waited.
        found = None if again else _standing(chain, name, made_with)
        if found is not None:
            return found
        _suits(chain, name)
        once = secrets.token_hex(8) if again else ""
        id_ = f"deploy {name} {_digest(artifact)} {sender.signer.address} {once}{made_with}"
        receipt = sender.send(Intent(None, artifact.creation(*args), id=id_))
        if receipt.contract is None or not artifact.is_code(chain.code(receipt.contract)):
            text = f"{name} was created on {chain.name}, and other code than ours is there"
            raise BadAnswer(text, where=receipt.contract or "", then="this chain runs no plain EVM: use another")
        transaction = "0x" + receipt.transaction.hex()
        _record(where, artifact, Deployment(receipt.contract, transaction, receipt.block, made_with))
        return Contract(chain, receipt.contract, artifact)


def _suits(chain: Chain, name: str) -> None:
    """Refuse a chain of others that does not check proofs as Ethereum does; our own is tested with the rest of us."""
    if name in CHECKS_PROOFS and not chain.local and not (found := proofs(chain)).passed:
        text = f"{chain.name} does not check proofs as Ethereum does: {found.detail}"
        raise ChainRefused(text, then="choose another chain; `veilbench chain doctor` says what this one lacks")


def _standing(chain: Chain, name: str, made_with: str) -> Contract | None:
    found = deployments(chain).get(name)
    if found is not None and found.transaction and found.made_with != made_with:
        return None
    return deployed(chain, name)


def deployed(chain: Chain, name: str) -> Contract | None:
    """The contract of this name that was recorded for this chain; None where none was.

    ContractMissing where its code is not there, or another's is.
    """
    artifact = Artifact.load(name)
    found = deployments(chain).get(name)
    if found is None:
        return None
    code = chain.code(found.address)
    if not artifact.is_code(code):
        what = "other code is there" if code else "nothing is there"
        text = f"{name} was created on {chain.name} at {found.address}, and now {what}"
        then = "the chain was set back, or its node is behind: wait for the node, or deploy the contract again"
        raise ContractMissing(text, then=then)
    return Contract(chain, found.address, artifact)


def deployments(chain: Chain) -> dict[str, Deployment]:
    """What is recorded for this chain, by the contract's name, of the code that we have now."""
    return recorded(identity(chain))


def recorded(where: str) -> dict[str, Deployment]:
    """The same for the chain of an identity."""
    kept = _kept().get(where, {})
    artifacts = {artifact.name: artifact for artifact in Artifact.all()}
    return {
        name: Deployment(**codes[digest])
        for name, codes in kept.items()
        if name in artifacts and (digest := _digest(artifacts[name])) in codes
    }


def adopt(chain: Chain, name: str, address: str) -> Contract:
    """Use the contract that somebody else created at this address, from now on.

    DataError where the address is none, or our contract's code is not there.
    """
    artifact = Artifact.load(name)
    try:
        address = checked(address)
    except ValueError:
        raise DataError(f"{address!r} is not an address", then="give 0x and 40 hexadecimal digits") from None
    if not artifact.is_code(chain.code(address)):
        text = f"the code at {address} on {chain.name} is not that of {name}"
        raise DataError(text, then="ask for the address again, and for the version that it was made with")
    _record(identity(chain), artifact, Deployment(address))
    return Contract(chain, address, artifact)


def _path() -> Path:
    return room("chains") / "contracts.json"


def _digest(artifact: Artifact) -> str:
    return hashlib.sha256(artifact.runtime).hexdigest()


def _kept() -> dict[str, dict[str, dict[str, Any]]]:
    path = _path()
    if not path.exists():
        return {}
    text = guarded(lambda: path.read_text(encoding="utf-8"), path)
    try:
        found: dict[str, dict[str, dict[str, Any]]] = json.loads(text)
        every = [one for names in found.values() for codes in names.values() for one in codes.values()]
        if not all(isinstance(Deployment(**one).address, str) for one in every):
            raise TypeError
    except (ValueError, TypeError, AttributeError) as error:
        then = "move it away: contracts are then created again"
        raise StateError("the addresses of our contracts cannot be read", where=str(path), then=then) from error
    return found


def _record(where: str, artifact: Artifact, made: Deployment) -> None:
    path = _path()
    with locked(path):
        kept = _kept()
        kept.setdefault(where, {}).setdefault(artifact.name, {})[_digest(artifact)] = asdict(made)
        write_atomic(path, json.dumps(kept, indent=1).encode())
