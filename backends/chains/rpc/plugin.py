"""Registers the chain adapter `rpc`."""

from dataclasses import dataclass

from privacy.plugin.chains import ChainSpec, hookimpl, param


@dataclass(frozen=True)
class RpcParams:
    """One node, as `[chains.NAME]` in `config.toml` says it."""

    url: str = param("", help="the node's address, such as http://127.0.0.1:8545")
    chain_id: int = param(0, low=0, high=2**53 - 1, help="the chain id that it must serve; nothing is sent to another")
    confirmations: int = param(
        1, low=1, high=1000, unit="blocks", help="blocks that a receipt waits for, its own included"
    )
    keystore: str = param("", help="an encrypted keystore file whose account signs; empty for a browser's wallet")
    explorer: str = param("", help="a website's address with {kind} (tx, address, block) and {what} in it")
    timeout: float = param(20.0, low=0.1, high=600, unit="s", help="how long the node may take for one answer")
    patience: float = param(
        120.0, low=0.1, high=86_400, unit="s", help="how long a transaction is waited for without a new block"
    )


@hookimpl
def register_chains() -> list[ChainSpec]:
    return [
        ChainSpec(
            id="rpc",
            title="A node",
            summary="Connects to a node of an Ethereum chain over JSON-RPC: a development node, a test network or a "
            "rollup. Everything sent there is public for ever, and whoever runs the node sees it.",
            chain="backends.chains.rpc.chain:RpcChain",
            params=RpcParams,
            profiled=True,
            modules=("web3",),
            install_hint="pip install web3",
            rank=20,
        )
    ]
