"""What a workload imports that keeps something on a chain by contracts of its own: they are created, called, read."""

from privacy.chains.accounts import KeySigner, Signer
from privacy.chains.chain import Chain
from privacy.chains.contracts import Artifact, Contract, Event, named
from privacy.chains.deploying import ContractMissing, deploy, deployed, deployments
from privacy.chains.errors import BadAnswer, ChainError, Reverted
from privacy.chains.sender import Intent, Sender, identity
from privacy.chains.types import Receipt

__all__ = [
    "Artifact",
    "BadAnswer",
    "Chain",
    "ChainError",
    "Contract",
    "ContractMissing",
    "Event",
    "Intent",
    "KeySigner",
    "Receipt",
    "Reverted",
    "Sender",
    "Signer",
    "deploy",
    "deployed",
    "deployments",
    "identity",
    "named",
]
