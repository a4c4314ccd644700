"""What everybody has earned in all rounds: one document in the blob store, whose root and digest are on the chain.

Whoever proposes a pay begins from the newest document, read back from the store by the digest of the chain's last
payout and held against the chain's root: never from what a process remembers. Proofs are made of it too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from privacy.plugin import DataError
from privacy.plugin.contracts import Contract, address
from privacy.plugin.stores import CID, DAG_PB, RAW, BlobMissing, BlobStore
from workloads.labeling.onchain.trees import Tree, leaves

LEAF = ("address", "uint256")
"""Account, cumulative units."""
_KIND = "veilbench payout 1"
_NOT_ONE = "the payout document is not in our format"


@dataclass(frozen=True)
class Document:
    """A payout: what each account has earned in all rounds, and what this round added, in units of CROL.

    `consensus` is the root of the labels that it pays for, which are not in it.
    """

    chain_id: int
    contract: str
    round: bytes
    epoch: int
    consensus: bytes
    cumulative: Mapping[str, int]
    added: Mapping[str, int]

    @property
    def tree(self) -> Tree:
        """The tree over all accounts, in the order of `cumulative`."""
        return Tree(leaves(LEAF, list(self.cumulative.items())))

    @property
    def paid(self) -> int:
        """What this round adds, in units."""
        return sum(self.added.values())

    @property
    def body(self) -> bytes:
        """The document as it is kept: the same payout gives the same bytes."""
        rows = [[one, str(self.cumulative[one]), str(self.added.get(one, 0))] for one in sorted(self.cumulative)]
        said = {
            "kind": _KIND, "chain": self.chain_id, "contract": self.contract, "round": self.round.hex(),
            "epoch": self.epoch, "consensus": self.consensus.hex(), "rows": rows,
        }  # fmt: skip
        return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def parsed(body: bytes) -> Document:
    """The document of some bytes. DataError where they are none."""
    try:
        said = json.loads(body)
        if said["kind"] != _KIND:
            raise ValueError
        rows = [(address(who), _whole(total), _whole(added)) for who, total, added in said["rows"]]
        if len({who for who, _, _ in rows}) < len(rows) or any(added > total for _, total, added in rows):
            raise ValueError
        return Document(
            int(said["chain"]), address(said["contract"]), bytes.fromhex(said["round"]), int(said["epoch"]),
            bytes.fromhex(said["consensus"]), {who: total for who, total, _ in rows},
            {who: added for who, _, added in rows if added},
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(_NOT_ONE, then="restore the store from a copy") from error


def _whole(text: Any) -> int:
    if not isinstance(text, str) or not text.isascii() or not text.isdecimal():
        raise ValueError
    return int(text)


def newest(payouts: Contract, store: BlobStore) -> Document | None:
    """The document of the chain's newest payout; None where there was none.

    BlobMissing where the store has lost it; DataError where it is not what the chain says.
    """
    epoch = payouts.read("epoch")
    if not epoch:
        return None
    said = payouts.events("Advanced")[-1].args
    found = read(store, said["contentDigest"])
    if said["epoch"] != epoch or found.tree.root != payouts.read("root") or found.epoch != epoch:
        what = "the payout document does not give the root that is on the chain"
        raise DataError(what, where=f"payout {epoch}", then="nothing is paid by it: restore the store from a copy")
    return found


def read(store: BlobStore, digest: bytes) -> Document:
    """The document under a digest of the chain. BlobMissing where the store does not have it."""
    for codec in (RAW, DAG_PB):
        try:
            return parsed(b"".join(store.get(CID(codec, digest))))
        except BlobMissing as error:
            missing = error
    what = "the payout document, with everybody's earnings, is not in the store in use"
    raise BlobMissing(
        what, where=str(CID(RAW, digest)), then="use the store it was kept in, or restore it"
    ) from missing


@dataclass(frozen=True)
class Earnings:
    """What an account has earned and claimed so far, in units of CROL, and the proof that it may claim."""

    account: str
    cumulative: int
    claimed: int
    proof: tuple[bytes, ...]

    @property
    def claimable(self) -> int:
        """What it can claim now."""
        return max(0, self.cumulative - self.claimed)


def earnings(payouts: Contract, store: BlobStore, account: str) -> Earnings:
    """What an account has earned, with its proof against the chain's root. Errors as `newest`."""
    account = address(account)
    found, claimed = newest(payouts, store), payouts.read("claimedBy", account)
    if found is None or account not in found.cumulative:
        return Earnings(account, 0, claimed, ())
    proof = found.tree.proof(list(found.cumulative).index(account))
    return Earnings(account, found.cumulative[account], claimed, tuple(proof))
