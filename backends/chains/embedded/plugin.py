"""Registers the chain `embedded`."""

from dataclasses import dataclass

from privacy.plugin.chains import ChainSpec, hookimpl, param

CHAIN_ID = 0x5645494C
"""The letters VEIL: none of the ids that public chains, or the usual development nodes, have."""


@dataclass(frozen=True)
class EmbeddedParams:
    """Where the chain is, and which one a new one is."""

    folder: str = param("", help="the folder of the chain; empty for one in the state folder")
    chain_id: int = param(CHAIN_ID, low=1, high=2**53 - 1, help="the chain id of a chain that is made here")


@hookimpl
def register_chains() -> list[ChainSpec]:
    return [
        ChainSpec(
            id="embedded",
            title="This device",
            summary="A complete EVM chain in one file on this device. It mines at once and survives a crash. Nobody "
            "else keeps a copy, so it proves nothing to others until you give them its blocks.",
            chain="backends.chains.embedded.chain:EmbeddedChain",
            keeping="backends.chains.embedded.keeping:EmbeddedKeeping",
            params=EmbeddedParams,
            modules=("eth", "coincurve"),
            install_hint="pip install py-evm coincurve",
            rank=10,
        )
    ]
