"""Registers the store `local`."""

from dataclasses import dataclass

from privacy.plugin.stores import StoreSpec, hookimpl, param


@dataclass(frozen=True)
class LocalParams:
    """Where the blocks are."""

    folder: str = param("", help="the folder of the blocks; empty for blobs in the state folder")


@hookimpl
def register_stores() -> list[StoreSpec]:
    return [
        StoreSpec(
            id="local",
            title="This device",
            summary="Keeps blobs in a folder on this device. It asks nobody else for them and tells nobody about them.",
            store="backends.stores.local.store:LocalStore",
            params=LocalParams,
            rank=10,
        )
    ]
