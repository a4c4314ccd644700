"""Registers the store `kubo`."""

from dataclasses import dataclass

from privacy.plugin.stores import StoreSpec, hookimpl, param


@dataclass(frozen=True)
class KuboParams:
    """Where the daemon answers."""

    address: str = param(
        "/ip4/127.0.0.1/tcp/5001", help="the multiaddress of the daemon's RPC, which nobody else may reach"
    )
    timeout: float = param(30.0, low=1, high=600, unit="s", help="how long one request may take")
    network: bool = param(False, help="whether the daemon may ask other nodes for a block that it does not have")


@hookimpl
def register_stores() -> list[StoreSpec]:
    return [
        StoreSpec(
            id="kubo",
            title="IPFS node (kubo)",
            summary="Keeps blobs in a kubo daemon that you run. An online daemon gives a blob to whoever knows its "
            "CID (content identifier).",
            store="backends.stores.kubo.store:KuboStore",
            params=KuboParams,
            modules=("ipfshttpclient",),
            install_hint="pip install ipfshttpclient==0.7.0",
            rank=20,
        )
    ]
