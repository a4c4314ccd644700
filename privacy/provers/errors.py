"""Errors of provers, classed by what the person can do about them."""

from privacy.errors import VeilbenchError


class ProofError(VeilbenchError):
    """Nothing can be proved, or checked, with this."""


class FalseStatement(ProofError):
    """The statement is false, so no prover can prove it."""


class KeyMismatch(ProofError):
    """A key is of another statement, damaged or missing: choose another, or make one."""
