"""Stakes of labelers whose key is on this device; a wallet stakes by itself."""

import time
from collections.abc import Sequence

from privacy.plugin import ParamError
from privacy.plugin.contracts import Chain, Intent, Sender, Signer
from workloads.labeling.onchain.accounts import signer_of
from workloads.labeling.onchain.amounts import ONE
from workloads.labeling.onchain.sending import send
from workloads.labeling.onchain.town import Town
from workloads.labeling.onchain.typed import PERMIT, Signing, parts_of

LEAST = ONE
"""A stake that numbers a labeler among the stakers: the rounds want a number of everybody who commits."""
_GAS = 500_000
"""What a labeler of this device needs to stake, or to dispute, a few times."""
_DEADLINE = 3600


def stake_of(town: Town, account: str) -> tuple[int, bool]:
    """What an account has staked, in units of CROL, and whether it ever staked."""
    staked, index, _, _ = town.stakes.read("standing", account)
    return staked, index > 0


def stake(town: Town, sender: Sender, amount: int) -> None:
    """Stake units of CROL that the account has, by an allowance that it signs. Reverted where the contract refuses."""
    who, deadline = sender.signer.address, int(time.time()) + _DEADLINE
    nonce = town.crol.read("nonces", who)
    signature = Signing(town.crol).signed(
        sender.signer, PERMIT, who, town.stakes.address, amount, nonce, deadline
    )  # fmt: skip
    send(sender, town.stakes, f"stake {who} {nonce}", "stakeWithPermit", amount, deadline, *parts_of(signature))


def ensure_staked(town: Town, operator: Sender, signers: Sequence[Signer], *, least: int) -> None:
    """See to it that accounts of this device have staked: the operator gives them what they lack, they stake it.

    Whatever is cut off, the next call goes on: it looks on the chain at what is missing.
    """
    missing: list[tuple[Signer, int]] = []
    for one in signers:
        staked, ever = stake_of(town, one.address)
        if staked < least or not ever:
            missing.append((one, max(least - staked, LEAST)))
    intents: list[Intent] = []
    for one, amount in missing:
        intents += _funding(town.rounds.chain, operator, one.address)
        has = town.crol.read("balanceOf", one.address)
        if has < amount:
            body = town.crol.encode("transfer", one.address, amount - has)
            intents.append(Intent(town.crol.address, body, id=f"{town.crol.address} give {one.address} {has} {amount}"))
    if intents:
        operator.send_all(intents)
    for one, amount in missing:
        stake(town, Sender(town.rounds.chain, one), amount)


def fund(town: Town, operator: Sender, account: str) -> None:
    """Give an account of this device the ether that a few transactions take."""
    if intents := _funding(town.rounds.chain, operator, account):
        operator.send_all(intents)


def _funding(chain: Chain, operator: Sender, account: str) -> list[Intent]:
    if account == operator.signer.address:
        return []
    price, has = 2 * int(chain.request("eth_gasPrice", []), 16), chain.balance(account)
    if has >= price * _GAS // 2:
        return []
    # What it has is in the name: once it was given some, giving more is another intent.
    return [Intent(account, b"", price * _GAS, id=f"ether for {account} {has}")]


def sender_of(town: Town, operator: Sender, labeler: str) -> Sender:
    """The labeler's own account, with what a few transactions take. ParamError where a wallet has to sign."""
    key = signer_of(town.rounds.chain, labeler)
    if key is None:
        raise ParamError("this labeler's key is in its wallet", then="sign there")
    fund(town, operator, key.address)
    return Sender(town.rounds.chain, key)
