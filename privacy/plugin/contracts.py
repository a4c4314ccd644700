"""Imports for a workload that writes to a chain: who signs there, contracts, calls, events, refusals."""

from privacy.chains.accounts import KeySigner, Signer
from privacy.chains.chain import Chain
from privacy.chains.choice import chosen as chain_in_use
from privacy.chains.contracts import Artifact, Contract, Event, named
from privacy.chains.deploying import ContractMissing, adopt, deploy, deployed, deployments
from privacy.chains.errors import BadAnswer, ChainError, ChainRefused, Reverted
from privacy.chains.opening import open_chain, signer
from privacy.chains.sender import Intent, Sender, identity
from privacy.chains.types import Receipt, address
from privacy.chains.waiting import Waiter

__all__ = [
    "Artifact",
    "BadAnswer",
    "Chain",
    "ChainError",
    "ChainRefused",
    "Contract",
    "ContractMissing",
    "Event",
    "Intent",
    "KeySigner",
    "Receipt",
    "Reverted",
    "Sender",
    "Signer",
    "Waiter",
    "address",
    "adopt",
    "chain_in_use",
    "deploy",
    "deployed",
    "deployments",
    "identity",
    "named",
    "open_chain",
    "signer",
]
