"""The chain that is in use, as a wallet has to know it."""

from dataclasses import dataclass

EMBEDDED_ID = 1447381324


@dataclass(frozen=True)
class Network:
    """`rpc_url` and `explorer` may begin with / and are then of the app itself; `currency` is what fees are paid in."""

    name: str
    chain_id: int
    rpc_url: str
    explorer: str = ""
    currency: str = "ETH"


EMBEDDED = Network("Veilbench embedded chain", EMBEDDED_ID, "/api/chain/rpc")


def embedded() -> Network:
    """The chain that the app itself keeps on this device."""
    return EMBEDDED
