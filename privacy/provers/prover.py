"""What a prover is: it makes keys for a statement, proofs with them, and checks proofs by the public key alone."""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from privacy.provers.selection import SelectionModel, SelectionStatement, SelectionWitness

KeyKind = Literal["dev", "ceremony"]
Report = Callable[[int, int, str], None]
"""Told how many of how many steps are done, and which."""

KINDS: dict[KeyKind, str] = {
    "dev": "dev key: whoever made it can forge",
    "ceremony": "ceremony key: sound if one of those who made it forgot their part",
}
"""The kinds of keys, and what must stand beside each."""


def silent(done: int, of: int, step: str) -> None:
    """Report nothing."""


def fresh_salt() -> int:
    """A salt of 252 bits, which is below the order of every group that proofs are made in."""
    return secrets.randbits(252) | 1 << 251


@dataclass(frozen=True)
class Public:
    """The public inputs of a selection's proof, in their order."""

    model: int
    profile: int
    selection: int
    context: int

    def values(self) -> tuple[int, int, int, int]:
        return self.model, self.profile, self.selection, self.context


@dataclass(frozen=True)
class Keys:
    """The keys of one statement about one model.

    `path` is the file of the proving key, `verifying` the public key's bytes, as `Prover.verifier` gives them, `digest`
    those bytes' own, and `root` the model's.
    """

    statement: SelectionStatement
    root: int
    kind: KeyKind
    path: Path
    verifying: bytes
    digest: str


class Prover(ABC):
    """A way to prove a selection. It is called with an instance of its params.

    Errors are those of `privacy.provers.errors` and DataError: one sentence, before minutes are spent.
    """

    proof_bytes: int
    """How long a proof is."""

    @abstractmethod
    def commit(self, statement: SelectionStatement, indices: object, salt: int) -> int:
        """The commitment to a set of items: it hides them as long as the salt is kept."""

    @abstractmethod
    def setup(self, statement: SelectionStatement, model: SelectionModel, *, report: Report = silent) -> Keys:
        """Make a dev key and keep it, or find the one that was kept."""

    @abstractmethod
    def keys(self, statement: SelectionStatement, model: SelectionModel) -> Keys | None:
        """The keys that were kept for a statement about a model, a ceremony's first; None where there are none."""

    @abstractmethod
    def write_circuit(self, statement: SelectionStatement, model: SelectionModel, path: Path) -> None:
        """Write what a ceremony makes a key for. StateError where the file cannot be written."""

    @abstractmethod
    def bring(self, statement: SelectionStatement, model: SelectionModel, path: Path) -> Keys:
        """Keep a ceremony's key from a file. KeyMismatch where it is of another statement or model, or damaged."""

    @abstractmethod
    def prove(
        self, keys: Keys, model: SelectionModel, public: Public, witness: SelectionWitness, *, report: Report = silent
    ) -> bytes:  # fmt: skip
        """A proof. FalseStatement where what it should say is not so."""

    @abstractmethod
    def verify(self, verifying: bytes, public: Public, proof: bytes) -> bool:
        """Whether a proof proves, by the public key's bytes alone. Anything malformed does not; nothing is raised."""

    @abstractmethod
    def forget(self, keys: Keys) -> None:
        """Delete keys that were kept."""

    @abstractmethod
    def constraints(self, statement: SelectionStatement, model: SelectionModel) -> int:
        """How large the circuit of a statement is."""

    def malformed(self, proof: bytes) -> Iterable[tuple[str, bytes]]:
        """Bytes as long as a proof that are none, each with what is wrong: the conformance kit tries them.

        Such as points off the curve, or outside the group. Without any that check is not run.
        """
        return ()

    def verifier(self, keys: Keys) -> bytes:
        """The public key's bytes: what a contract is given to check proofs with."""
        return keys.verifying

    @abstractmethod
    def key_digest(self, verifying: bytes) -> str:
        """The digest of a public key, 0x and 64 hexadecimal digits, as the contract has it."""

    def public(
        self, statement: SelectionStatement, model: SelectionModel, witness: SelectionWitness, *, context: int
    ) -> Public:
        """The public inputs of a witness's proof."""
        profile = self.commit(statement, witness.history, witness.salt)
        return Public(model.root, profile, self.commit(statement, witness.chosen, witness.chosen_salt), context)
