"""The contracts of a crowd on one chain: created in their order by one account, which then runs them.

The operator has all tokens at first, attests who is qualified, aggregates, and fills the faucet and the swap.
However often it is killed meanwhile, each contract is created once, and each role given once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from eth_utils.crypto import keccak

from privacy.plugin.contracts import Chain, Contract, Intent, Receipt, Sender, deploy, deployed

FAUCET_STOCK = 10**6 * 10**18
"""Units of the token that the faucet gives away."""
SWAP_CROL, SWAP_WEI = 10**5 * 10**18, 10**18
"""What the swap begins with: units of the token, and wei."""


@dataclass(frozen=True)
class Town:
    """All contracts of a crowd; `faucet` and `swap` are None where they are not: on a main net nobody creates them."""

    crol: Contract
    stakes: Contract
    gate: Contract
    images: Contract
    payouts: Contract
    rounds: Contract
    market: Contract
    consortia: Contract
    faucet: Contract | None = None
    swap: Contract | None = None

    @property
    def all(self) -> tuple[Contract, ...]:
        """Those that are there."""
        found = (getattr(self, one.name) for one in fields(self))
        return tuple(one for one in found if one is not None)

    @property
    def addresses(self) -> dict[str, str]:
        """The address of each, by the contract's name."""
        return {one.artifact.name: one.address for one in self.all}


NAMES = {
    "crol": "Crol", "stakes": "StakeRegistry", "gate": "DomainGate", "images": "ImageRegistry", "payouts": "Payouts",
    "rounds": "LabelRounds", "market": "DatasetMarket", "consortia": "Consortia", "faucet": "Faucet", "swap": "Swap",
}  # fmt: skip
"""The contract that each field of a town is."""
TOYS = ("faucet", "swap")
MAIN_NETS = (1, 10, 137, 324, 8453, 42161)
"""Chains on which tokens have worth: the toys refuse them."""


def build(operator: Sender, *, toys: bool = True) -> Town:
    """The town of the operator's chain, whoever built it; where there is none, or a part of one, it is built.

    `toys` fills a faucet and a swap too, which no main net has. ChainError where the chain cannot be used;
    ContractMissing where a recorded contract has gone.
    """
    me = operator.signer.address
    if (there := standing(operator.chain)) is not None and there.payouts.read("admin") != me:
        return there
    crol = deploy(operator, "Crol", me)
    stakes = deploy(operator, "StakeRegistry", crol.address, me)
    gate = deploy(operator, "DomainGate", me)
    images = deploy(operator, "ImageRegistry")
    payouts = deploy(operator, "Payouts", crol.address, me)
    rounds = deploy(operator, "LabelRounds", *(one.address for one in (crol, stakes, gate, payouts)), me)
    market = deploy(operator, "DatasetMarket", crol.address, images.address)
    consortia = deploy(operator, "Consortia", crol.address, market.address)
    if payouts.read("rounds") != rounds.address:
        _once(operator, payouts, "setRounds", rounds.address)
    _grant(operator, stakes, "SLASHER_ROLE", rounds.address)
    _grant(operator, gate, "ATTESTOR_ROLE", me)
    _grant(operator, rounds, "AGGREGATOR_ROLE", me)
    town = Town(crol, stakes, gate, images, payouts, rounds, market, consortia)
    return _with_toys(operator, town) if toys and operator.chain.chain_id not in MAIN_NETS else town


def standing(chain: Chain) -> Town | None:
    """The town that was recorded for a chain; None where there is none, or it is not finished.

    ContractMissing where a recorded contract has gone.
    """
    found = {field: deployed(chain, name) for field, name in NAMES.items()}
    if any(one is None for field, one in found.items() if field not in TOYS):
        return None
    town = Town(**found)  # type: ignore[arg-type]  # no None but of toys
    return town if _linked(town) else None


def role(name: str) -> bytes:
    """The id of a role of OpenZeppelin's AccessControl."""
    return bytes(keccak(text=name))


def _linked(town: Town) -> bool:
    """Whether the contracts are of one town: each knows those that it uses."""
    crol, rounds = town.crol.address, town.rounds
    users: Sequence[Contract | None] = (
        town.stakes, town.payouts, rounds, town.market, town.consortia, town.faucet, town.swap
    )  # fmt: skip
    return (
        all(one.read("crol") == crol for one in users if one is not None)
        and [rounds.read(name) for name in ("stakes", "gate", "payouts")]
        == [town.stakes.address, town.gate.address, town.payouts.address]
        and town.market.read("images") == town.images.address
        and town.consortia.read("market") == town.market.address
        and town.payouts.read("rounds") == rounds.address
        and town.stakes.read("hasRole", role("SLASHER_ROLE"), rounds.address)
    )


def _with_toys(operator: Sender, town: Town) -> Town:
    me, crol = operator.signer.address, town.crol
    faucet = deploy(operator, "Faucet", crol.address)
    swap = deploy(operator, "Swap", crol.address, me)
    if crol.read("balanceOf", me) >= FAUCET_STOCK + SWAP_CROL:
        # Each is an intent of its own that is sent once: whoever drained a toy does not have it filled again.
        _once(operator, crol, "transfer", faucet.address, FAUCET_STOCK)
        _once(operator, crol, "approve", swap.address, SWAP_CROL)
        _once(operator, swap, "add", SWAP_CROL, value=SWAP_WEI)
    return replace(town, faucet=faucet, swap=swap)


def _grant(operator: Sender, contract: Contract, name: str, account: str) -> None:
    if not contract.read("hasRole", role(name), account):
        _once(operator, contract, "grantRole", role(name), account)


def _once(operator: Sender, contract: Contract, function: str, *args: Any, value: int = 0) -> Receipt:
    body = contract.encode(function, *args)
    id_ = f"town {contract.address} {function} {body.hex()}"
    return operator.send(Intent(contract.address, body, value=value, id=id_))
