"""What an account earned by labeling, with the proof that it claims by: for programs, and to check a claim."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from privacy.plugin.contracts import chain_in_use, open_chain
from privacy.plugin.stores import store_in_use
from privacy.plugin.web import Desk, Refused, documented
from workloads.labeling.onchain.payouts import earnings
from workloads.labeling.onchain.town import standing

Account = Annotated[
    str, Path(description="The labeler's account.", pattern=r"^0x[0-9a-fA-F]{40}$", examples=["0x" + "00" * 20])
]


class Earned(BaseModel):
    """What an account earned in all rounds, and claimed of it, in units of 10^-18 CROL, as text: they are large."""

    chain: int
    contract: str = Field(description="The payouts: its function `claim` takes account, cumulative and proof.")
    account: str
    cumulative: str
    claimed: str
    claimable: str
    root: str = Field(description="The root on the chain that the proof leads to.")
    proof: list[str]


def router(desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["labeling"])

    @routes.get("/labeling/earnings/{account}", responses=documented(404))
    def of_account(account: Account) -> Earned:
        """What an account earned on the chain in use, and its Merkle proof; no proof where it earned nothing."""
        registry = desk.registry()
        with open_chain(registry, chain_in_use(registry)) as chain, store_in_use(registry) as store:
            town = standing(chain)
            if town is None:
                raise Refused(
                    404, "Nothing is there", "The crowd has no contracts on the chain in use; set them up first."
                )
            found = earnings(town.payouts, store, account)
            return Earned(
                chain=chain.chain_id, contract=town.payouts.address, account=found.account,
                cumulative=str(found.cumulative), claimed=str(found.claimed), claimable=str(found.claimable),
                root="0x" + town.payouts.read("root").hex(), proof=["0x" + one.hex() for one in found.proof],
            )  # fmt: skip

    return routes
