"""The prover `groth16`: keys made here or in a ceremony, kept by their digest; proofs; and what a contract needs.

What is compiled is imported where it is used: it takes many seconds once on a machine, and who checks needs none of it.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from eth_hash.auto import keccak

from backends.provers.groth16 import book, circuit, r1cs_file, verifier
from backends.provers.groth16.circuit import SelectionCircuit
from backends.provers.groth16.field import R
from backends.provers.groth16.malformed import malformed
from backends.provers.groth16.verifier import encode1, encode2
from privacy.plugin.provers import (
    DataError,
    KeyKind,
    KeyMismatch,
    Keys,
    NoParams,
    Prover,
    Public,
    Report,
    SelectionModel,
    SelectionStatement,
    SelectionWitness,
    fresh_salt,
    locked,
    silent,
)

if TYPE_CHECKING:
    from backends.provers.groth16.zkey import Zkey

_CONTEXT = 1
"""The context of a trial proof, which goes nowhere."""


class Groth16(Prover):
    """Groth16 over BN254."""

    proof_bytes = verifier.PROOF_BYTES

    def __init__(self, params: NoParams) -> None:
        """It has no settings."""

    def commit(self, statement: SelectionStatement, indices: object, salt: int) -> int:
        return circuit.commit(statement, np.asarray(indices, np.int64), salt)

    def setup(self, statement: SelectionStatement, model: SelectionModel, *, report: Report = silent) -> Keys:
        own = SelectionCircuit(statement, model)
        with locked(book.turn()):
            found = book.find(statement, model.root)
            if found is not None:
                return found
            report(0, 1, "loading the compiled loops, which are made once on a machine")
            from backends.provers.groth16.setup import STEPS, setup

            report(0, STEPS + 1, "writing the circuit")
            key = setup(own.shape(), report=lambda done, of, step: report(done + 1, of + 1, step))
            return self._kept(statement, model, key, "dev")

    def keys(self, statement: SelectionStatement, model: SelectionModel) -> Keys | None:
        return book.find(statement, model.root)

    def write_circuit(self, statement: SelectionStatement, model: SelectionModel, path: Path) -> None:
        r1cs_file.save(SelectionCircuit(statement, model).shape(), path)

    def bring(self, statement: SelectionStatement, model: SelectionModel, path: Path) -> Keys:
        from backends.provers.groth16.setup import coefficients
        from backends.provers.groth16.zkey import load

        own, key = SelectionCircuit(statement, model), load(path)
        if not key.contributors:
            text = "nobody contributed to the key, so that it is no ceremony's"
            raise KeyMismatch(text, where=str(path), then="bring one with contributions, or make a dev key here")
        shape = own.shape()
        if (key.wires, key.inputs) != (shape.wires, shape.inputs) or not _same(key, coefficients(shape)):
            raise KeyMismatch(
                "the key is one of another statement, or of another model", where=str(path),
                then=f"bring the key of {statement.title} with the model root {model.root:#x}",
            )  # fmt: skip
        witness = _trial(statement, model)
        public = self.public(statement, model, witness, context=_CONTEXT)
        self._proof(key, own, public, witness, str(path), silent)
        return self._kept(statement, model, key, "ceremony")

    def prove(
        self, keys: Keys, model: SelectionModel, public: Public, witness: SelectionWitness, *, report: Report = silent
    ) -> bytes:  # fmt: skip
        witness.check(keys.statement)
        if model.root != keys.root:
            raise KeyMismatch("the key is one of another model", where=str(keys.path), then="make keys for this model")
        if not all(0 <= value < R for value in public.values()):
            raise DataError("a public input is not a number of the field", then="take the context modulo the field")
        report(0, 1, "loading the compiled loops, which are made once on a machine")
        from backends.provers.groth16.zkey import load

        key = load(keys.path)
        if _verifying(key) != keys.verifying:
            raise KeyMismatch("the proving key is another than its record says", where=str(keys.path),
                              then="delete the file and make keys again")  # fmt: skip
        return self._proof(key, SelectionCircuit(keys.statement, model), public, witness, str(keys.path), report)

    def verify(self, verifying: bytes, public: Public, proof: bytes) -> bool:
        return verifier.verify(verifying, public.values(), proof)

    def malformed(self, proof: bytes) -> Iterator[tuple[str, bytes]]:
        return malformed(proof)

    def forget(self, keys: Keys) -> None:
        book.forget(keys)

    def constraints(self, statement: SelectionStatement, model: SelectionModel) -> int:
        return len(SelectionCircuit(statement, model).shape().rows)

    def key_digest(self, verifying: bytes) -> str:
        return digest(verifying)

    def _proof(
        self, key: "Zkey", own: SelectionCircuit, public: Public, witness: SelectionWitness, where: str, report: Report
    ) -> bytes:  # fmt: skip
        from backends.provers.groth16.prover import STEPS, prove

        report(0, STEPS + 2, "computing the wires")
        wires = own.values(public, witness).wires
        if len(wires) != key.wires:
            raise KeyMismatch("the key is one of another statement", where=where, then="make keys for this one")
        a, b, c = prove(key, wires, report=lambda done, of, step: report(done + 1, of + 2, step))
        report(STEPS + 1, STEPS + 2, "checking the proof")
        # A point at infinity comes up once in 2^254 times, or from a key that is damaged.
        proof = b"" if a is None or b is None or c is None else encode1(a) + encode2(b) + encode1(c)
        if not verifier.verify(_verifying(key), public.values(), proof):
            raise KeyMismatch("the proving key makes no valid proofs, so it is damaged", where=where,
                              then="delete the file and make keys again")  # fmt: skip
        return proof

    def _kept(self, statement: SelectionStatement, model: SelectionModel, key: "Zkey", kind: KeyKind) -> Keys:
        verifying = _verifying(key)
        from backends.provers.groth16.zkey import save

        return book.keep(
            statement, model.root, kind, verifying, digest(verifying), save=lambda path: save(key, path)
        )  # fmt: skip


def digest(verifying: bytes) -> str:
    """Keccak of a public key's bytes: a contract computes the same."""
    return "0x" + keccak(verifying).hex()


def _verifying(key: "Zkey") -> bytes:
    return key.verifying.encode()


def _same(key: "Zkey", own: np.ndarray) -> bool:
    """Whether a key's coefficients are those of a circuit, in any order."""
    if len(key.coefficients) != len(own):
        return False
    order = ("matrix", "row", "wire")
    mine, theirs = (one[np.lexsort([one[name] for name in order])] for one in (own, key.coefficients))
    return bool((mine == theirs).all())


def _trial(statement: SelectionStatement, model: SelectionModel) -> SelectionWitness:
    """A witness of somebody who likes one item: it shows that a key works."""
    liked: Sequence[int] = [int(np.abs(model.features).sum(axis=1).argmax())]
    return SelectionWitness.of(
        model, np.array(liked), shown=statement.shown, salt=fresh_salt(), chosen_salt=fresh_salt()
    )
