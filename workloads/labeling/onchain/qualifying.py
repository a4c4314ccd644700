"""Who is qualified, on the chain: the operator attests what the book's gate decided on gold."""

import time
from collections.abc import Sequence

from privacy.plugin.contracts import Sender
from privacy.plugin.running import StateError
from workloads.labeling.onchain.accounts import account_of
from workloads.labeling.onchain.sending import intent
from workloads.labeling.onchain.town import Town
from workloads.labeling.onchain.typed import QUALIFICATION, Signing
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import QUALIFIED

_YEAR = 365 * 24 * 3600
"""Seconds for which a qualification is attested."""


def domain_digest(domain: str) -> bytes:
    """A domain as the contracts name it."""
    from eth_utils.crypto import keccak

    return bytes(keccak(text=domain))


def qualify(rounds: Rounds, town: Town, operator: Sender, labelers: Sequence[str], domain: str) -> int:
    """Attest on the chain that labelers passed the gate of a domain; how many are qualified there since this call.

    The operator is who may attest. StateError for a labeler who did not pass.
    """
    digest, intents = domain_digest(domain), []
    signing = Signing(town.gate)
    until = int(time.time()) + _YEAR
    for labeler in labelers:
        account = account_of(labeler)
        if town.gate.read("isQualified", account, digest):
            continue
        one = rounds.standing(labeler, domain)
        if one.state != QUALIFIED:
            raise StateError("this labeler is not qualified in this domain", then="answer its gold questions first")
        nonce = town.gate.read("nonceOf", account, digest)
        signature = signing.signed(
            operator.signer, QUALIFICATION, account, digest, one.seen, one.right, until, nonce
        )  # fmt: skip
        name = f"qualify {account} {digest.hex()} {nonce}"
        intents.append(intent(town.gate, name, "qualify", account, digest, one.seen, one.right, until, signature))
    if intents:
        with town.gate.naming():
            operator.send_all(intents)
    return len(intents)
