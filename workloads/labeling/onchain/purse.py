"""What an account has on the chain of the crowd: tokens, ether, a stake, a qualification, and what it earned."""

from dataclasses import dataclass

from privacy.plugin.contracts import address
from privacy.plugin.stores import BlobStore
from workloads.labeling.onchain.payouts import read
from workloads.labeling.onchain.qualifying import domain_digest
from workloads.labeling.onchain.town import Town

_SHOWN = 20


@dataclass(frozen=True)
class Purse:
    """What an account has, in units of CROL and in wei. `leaves_at` is when a stake that was asked back comes back."""

    account: str
    crol: int
    wei: int
    staked: int
    leaving: int
    leaves_at: int
    qualified: bool


def purse_of(town: Town, account: str, domain: str) -> Purse:
    """What an account has now. ChainError where the chain cannot be read."""
    account = address(account)
    staked, _, leaving, leaves_at = town.stakes.read("standing", account)
    qualified = town.gate.read("isQualified", account, domain_digest(domain))
    balance, wei = town.crol.read("balanceOf", account), town.rounds.chain.balance(account)
    return Purse(account, balance, wei, staked, leaving, leaves_at, qualified)


@dataclass(frozen=True)
class Earned:
    """What an account earned in one round: the round's id, units of CROL, and the transaction that released it."""

    round: bytes
    units: int
    transaction: str


def earned_in(town: Town, store: BlobStore, account: str) -> list[Earned]:
    """The rounds in which an account earned something, the newest first, of the last 20 that were paid.

    BlobMissing where a document of theirs is gone.
    """
    account, found = address(account), []
    for event in town.payouts.events("Advanced")[: -_SHOWN - 1 : -1]:
        one = read(store, event.args["contentDigest"])
        if units := one.added.get(account, 0):
            found.append(Earned(one.round, units, f"0x{event.log.transaction.hex()}"))
    return found
