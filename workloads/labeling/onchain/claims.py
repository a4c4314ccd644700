"""Claims: an account is paid what it earned in all rounds and has not claimed, by a Merkle proof."""

from privacy.plugin.contracts import Sender
from privacy.plugin.running import StateError
from privacy.plugin.stores import BlobStore
from workloads.labeling.onchain.payouts import Earnings, earnings
from workloads.labeling.onchain.sending import send
from workloads.labeling.onchain.town import Town


def claim(town: Town, store: BlobStore, sender: Sender, account: str) -> Earnings:
    """Pay an account what it earned and has not claimed, whoever sends this; its earnings as they were before.

    StateError where there is nothing to claim; Reverted, named BadProof or NothingToClaim, where the contract refuses.
    """
    found = earnings(town.payouts, store, account)
    if not found.claimable:
        raise StateError("this account has nothing to claim", then="wait until a round it labelled is final")
    name = f"claim {account} {found.cumulative}"
    send(sender, town.payouts, name, "claim", found.account, found.cumulative, list(found.proof))
    return found
