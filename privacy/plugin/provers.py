"""Imports for the author of a prover: the base class, the statement and its witness, errors, and where keys live.

A prover is a class derived from `Prover`; a hook `register_provers` names it. `backends/provers/groth16/` is an
example, and `privacy.testing.provers` tests it.
"""

from privacy.errors import DataError, ParamError, StateError
from privacy.home import guarded, locked, room, write_atomic
from privacy.hookspecs import hookimpl
from privacy.params import NoParams, param
from privacy.primitives.scoring import SCALE, Ints
from privacy.provers.errors import FalseStatement, KeyMismatch, ProofError
from privacy.provers.opening import open_prover
from privacy.provers.prover import KINDS, KeyKind, Keys, Prover, Public, Report, fresh_salt, silent
from privacy.provers.selection import (
    BUCKETS,
    FINE,
    MOST_LIKED,
    SLACK,
    WORD,
    Selected,
    SelectionModel,
    SelectionStatement,
    SelectionWitness,
)
from privacy.spec import ProverSpec

__all__ = [
    "BUCKETS",
    "FINE",
    "KINDS",
    "MOST_LIKED",
    "SCALE",
    "SLACK",
    "WORD",
    "DataError",
    "FalseStatement",
    "Ints",
    "KeyKind",
    "KeyMismatch",
    "Keys",
    "NoParams",
    "ParamError",
    "ProofError",
    "Prover",
    "ProverSpec",
    "Public",
    "Report",
    "Selected",
    "SelectionModel",
    "SelectionStatement",
    "SelectionWitness",
    "StateError",
    "fresh_salt",
    "guarded",
    "hookimpl",
    "locked",
    "open_prover",
    "param",
    "room",
    "silent",
    "write_atomic",
]
