"""The terms of a round that is to be on a chain, checked before anything is sent."""

import time

from privacy.plugin import ParamError
from privacy.plugin.contracts import Signer, identity
from workloads.labeling.onchain.kept import OnChain, drawn
from workloads.labeling.onchain.town import Town


def terms_on(
    town: Town, operator: Signer, *, budget: int, stake: int, window: int, seconds: int
) -> OnChain:  # fmt: skip
    """The terms of a new round on a chain: amounts in units of CROL, `window` and `seconds` to commit in seconds.

    ParamError where there is nothing to pay, or a time is out of bounds.
    """
    longest, commits = (town.rounds.read(name) for name in ("MOST_WINDOW", "MOST_COMMITTING"))
    for what, value, most in (("the window for disputes", window, longest), ("the time to commit", seconds, commits)):
        if not 1 <= value <= most:
            raise ParamError(f"{what} is {value:,} seconds", then=f"choose 1 to {most:,} seconds")
    if budget < 1:
        raise ParamError("a round on a chain needs a budget", then="give the round a budget above 0")
    has = town.crol.read("balanceOf", operator.address)
    if has < budget:
        raise ParamError("the requester's account does not have that budget in CROL", then="choose a lower one")
    salt, seed = drawn()
    chain = town.rounds.chain
    return OnChain(
        chain.name, chain.chain_id, identity(chain), town.rounds.address, operator.address, salt, seed, budget, stake,
        window, int(time.time()) + seconds,
    )  # fmt: skip
