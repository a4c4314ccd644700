"""What is signed for the contracts (EIP-712): labels, qualifications and allowances of the token."""

from collections.abc import Sequence
from typing import Any

from privacy.plugin.contracts import Contract, Signer

Kind = tuple[str, Sequence[tuple[str, str]]]

LABELS: Kind = ("Labels", (("round", "bytes32"), ("root", "bytes32"), ("count", "uint32")))
QUALIFICATION: Kind = (
    "Qualification",
    (("account", "address"), ("domain", "bytes32"), ("seen", "uint32"), ("right", "uint32"), ("validUntil", "uint64"),
     ("nonce", "uint64")),
)  # fmt: skip
PERMIT: Kind = (
    "Permit",
    (("owner", "address"), ("spender", "address"), ("value", "uint256"), ("nonce", "uint256"), ("deadline", "uint256")),
)


class Signing:
    """Signatures for one contract of one chain, and good for no other: the contract itself says what it checks."""

    def __init__(self, contract: Contract) -> None:
        _, name, version, chain_id, at, _, _ = contract.read("eip712Domain")
        self._domain = {"name": name, "version": version, "chainId": chain_id, "verifyingContract": at}

    def signed(self, signer: Signer, kind: Kind, *values: Any) -> bytes:
        """The signature of values of a kind, 65 bytes: r, s, v. ParamError where the account signs none here."""
        name, fields = kind
        types = {name: [{"name": one, "type": of} for one, of in fields]}
        message = {one: value for (one, _), value in zip(fields, values, strict=True)}
        return signer.sign_typed(self._domain, types, message)


def parts_of(signature: bytes) -> tuple[int, bytes, bytes]:
    """A signature as contracts take it in parts: v, r, s."""
    return signature[64], signature[:32], signature[32:64]
