"""Typed data, signed by a key: the example of EIP-712 itself, and an account that has no key here."""

import pytest
from eth_utils.crypto import keccak

from privacy.chains.accounts import KeySigner, Signer
from privacy.errors import ParamError

PERSON = [{"name": "name", "type": "string"}, {"name": "wallet", "type": "address"}]
MAIL = [{"name": "from", "type": "Person"}, {"name": "to", "type": "Person"}, {"name": "contents", "type": "string"}]
DOMAIN = {"name": "Ether Mail", "version": "1", "chainId": 1, "verifyingContract": "0x" + "C" * 40}
MESSAGE = {
    "from": {"name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
    "to": {"name": "Bob", "wallet": "0x" + "b" * 40},
    "contents": "Hello, Bob!",
}
SIGNATURE = (
    "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d"
    "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562"
    "1c"
)


def test_the_example_of_the_standard() -> None:
    cow = KeySigner(bytes(keccak(b"cow")), label="cow")
    assert cow.sign_typed(DOMAIN, {"Person": PERSON, "Mail": MAIL}, MESSAGE).hex() == SIGNATURE


def test_an_account_without_a_key_here_says_so() -> None:
    class Elsewhere(Signer):
        address = "0x" + "1" * 40

        def sign(self, transaction):
            raise NotImplementedError

    with pytest.raises(ParamError, match="typed data"):
        Elsewhere().sign_typed(DOMAIN, {}, {})
