"""Chains that the same test runs on: an EVM in memory, the embedded chain, anvil, Hardhat."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from privacy.chains.accounts import KeySigner
from privacy.chains.chain import Chain
from privacy.chains.errors import ChainRefused, Reverted
from privacy.chains.sender import Intent, Sender
from tests.support import evm, nodes

SEVEN = KeySigner(b"\7" * 32, label="seven")
"""An account that no chain knows by itself."""


class NodeChain(Chain):
    """A node as a chain, by as little as it takes."""

    def __init__(self, node: nodes.Node) -> None:
        self.node, self.name = node, node.kind

    def request(self, method: str, params: Sequence[Any]) -> Any:
        try:
            return self.node.ask(method, *params)
        except nodes.Refused as error:
            if error.data or "revert" in str(error):
                raise Reverted(str(error), data=bytes.fromhex(error.data[2:])) from None
            raise ChainRefused(str(error)) from None

    def close(self) -> None: ...


@dataclass
class Stage:
    """A chain, and its accounts by number: each has enough to send with."""

    chain: Chain
    accounts: dict[int, Any] = field(default_factory=dict)

    def account(self, number: int) -> Any:
        """A sender; the same number is the same account."""
        if number not in self.accounts:
            self.accounts[number] = self._made(number)
        return self.accounts[number]

    def _made(self, number: int) -> Any:
        if isinstance(self.chain, evm.Evm):
            return self.chain.account(number)
        if own := self.chain.signers():
            return Sender(self.chain, own[number % len(own)])
        signer = KeySigner(bytes([number + 1]) * 32, label=f"account {number}")
        assert isinstance(self.chain, NodeChain)
        self.chain.node.fund(signer.address)
        return Sender(self.chain, signer)

    def address(self, number: int) -> str:
        return str(self.account(number).signer.address)

    def rich(self, key: bytes) -> KeySigner:
        """An account of this key that can pay for much."""
        signer = KeySigner(key, label="rich")
        if isinstance(self.chain, NodeChain):
            self.chain.node.fund(signer.address)
        else:
            self.account(0).send(Intent(signer.address, b"", value=10**20))
        return signer

    def deploy(self, name: str) -> str:
        """The address of a new contract."""
        made = self.account(0).send(Intent(None, evm.artifact(name).creation())).contract
        assert made is not None
        return str(made)


def embedded(folder: Path) -> Chain:
    """The embedded chain in a folder."""
    from backends.chains.embedded.chain import EmbeddedChain
    from backends.chains.embedded.plugin import EmbeddedParams

    return EmbeddedChain(EmbeddedParams(folder=str(folder)))


def rpc(url: str, **more: Any) -> Chain:
    """A node by its address, through the adapter that people use."""
    from backends.chains.rpc.chain import RpcChain
    from backends.chains.rpc.plugin import RpcParams

    return RpcChain(RpcParams(url=url, **more))


@contextlib.contextmanager
def stage(kind: str, folder: Path) -> Iterator[Stage]:
    """A stage on a chain of this kind: "evm", "embedded", "anvil" or "hardhat"."""
    if kind == "evm":
        yield Stage(evm.Evm())
        return
    if kind == "embedded":
        with embedded(folder) as chain:
            yield Stage(chain)
        return
    with {"anvil": nodes.anvil, "hardhat": nodes.hardhat}[kind](folder) as node:
        yield Stage(NodeChain(node))
