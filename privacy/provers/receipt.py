"""A receipt as a JSON document: all that a check takes. It says neither a history nor what was chosen."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from privacy.errors import DataError
from privacy.provers.prover import KINDS, KeyKind, Keys, Public


@dataclass(frozen=True)
class Receipt:
    """A proof with its public inputs and its public key, and what is said of both.

    `statement` is the shape of what is proved, empty where nobody says it; `kind` is how the key was made, as whoever
    wrote the document says.
    """

    statement: Mapping[str, Any]
    public: Public
    proof: bytes
    verifying: bytes
    digest: str
    kind: KeyKind

    @classmethod
    def of(cls, keys: Keys, public: Public, proof: bytes) -> "Receipt":
        """The receipt of a proof made with these keys."""
        return cls(keys.statement.as_dict(), public, proof, keys.verifying, keys.digest, keys.kind)

    def as_dict(self) -> dict[str, Any]:
        return {
            "statement": dict(self.statement),
            "public": {name: hex(value) for name, value in vars(self.public).items()},
            "proof": "0x" + self.proof.hex(),
            "key": {"digest": self.digest, "kind": self.kind, "label": KINDS[self.kind],
                    "verifying": "0x" + self.verifying.hex()},
        }  # fmt: skip

    @classmethod
    def parse(cls, text: str | bytes, *, where: str = "") -> "Receipt":
        """The receipt of a document, also of the API's. DataError where it is none."""
        try:
            found = json.loads(text)
            public = Public(*(int(found["public"][name], 16) for name in Public.__dataclass_fields__))
            key, kind = found["key"], found["key"]["kind"]
            if kind not in KINDS or not isinstance(found.get("statement", {}), dict):
                raise ValueError(kind)
            return cls(found.get("statement", {}), public, unhexed(found["proof"]), unhexed(key["verifying"]),
                       str(key["digest"]), kind)  # fmt: skip
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise DataError("the document is not a receipt", where=where,
                            then="take it as `veilbench prove` or the API gives it") from None  # fmt: skip


def unhexed(text: str) -> bytes:
    """Bytes from their hexadecimal digits, with 0x before them or without. ValueError where they are none."""
    return bytes.fromhex(text.removeprefix("0x"))
