"""Who signs: a key in an encrypted file, or a demo account of a chain of this device.

A key is held in memory while it signs, and is never part of a text: no setting, log or record has it.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from privacy.errors import DataError, ParamError
from privacy.nesting import bound_nesting


class Signer(ABC):
    """An account that signs transactions on this device. `label` is what a person reads beside its address."""

    address: str
    label: str

    @abstractmethod
    def sign(self, transaction: Mapping[str, Any]) -> bytes:
        """The transaction, signed, in the bytes that a node takes."""

    def sign_typed(
        self, domain: Mapping[str, Any], types: Mapping[str, Sequence[Mapping[str, str]]], message: Mapping[str, Any]
    ) -> bytes:
        """The signature of typed data (EIP-712), 65 bytes: r, s, v. ParamError where the account signs none here.

        `types` are the type that is signed, and those that it names; `domain` says for which contract of which chain.
        """
        text = f"the account {self.address} signs no typed data on this device"
        raise ParamError(text, then="sign in the browser's wallet, or name an account whose key is here")


class KeySigner(Signer):
    """An account whose key is in this process. `demo` says that the key guards nothing of worth."""

    def __init__(self, key: bytes, *, label: str, demo: bool = False) -> None:
        from eth_account import Account

        bound_nesting()
        account = Account.from_key(key)
        self.address, self.label, self.demo = str(account.address), label, demo
        self._sign: Callable[[dict[str, Any]], Any] = account.sign_transaction
        self._sign_typed: Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], Any] = account.sign_typed_data

    def sign(self, transaction: Mapping[str, Any]) -> bytes:
        return bytes(self._sign(dict(transaction)).raw_transaction)

    def sign_typed(
        self, domain: Mapping[str, Any], types: Mapping[str, Sequence[Mapping[str, str]]], message: Mapping[str, Any]
    ) -> bytes:
        known = {name: [dict(part) for part in parts] for name, parts in types.items()}
        return bytes(self._sign_typed(dict(domain), known, dict(message)).signature)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address})"


def from_keystore(path: Path, passphrase: str) -> KeySigner:
    """The account of an encrypted keystore file (Web3 Secret Storage, version 3). DataError where it cannot be opened.

    No message says more of a wrong passphrase than that it is wrong.
    """
    from eth_account import Account

    bound_nesting()
    try:
        found = json.loads(path.expanduser().read_text(encoding="utf-8"))
        key = bytes(Account.decrypt(found, passphrase))
    except OSError as error:
        raise DataError(f"the keystore cannot be read: {error.strerror}", where=str(path)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        wrong = "MAC mismatch" in str(error)
        text = "the passphrase of the keystore is wrong" if wrong else "the file is not a keystore of version 3"
        raise DataError(text, where=str(path), then="try again" if wrong else "name another") from None
    return KeySigner(key, label=path.name)
