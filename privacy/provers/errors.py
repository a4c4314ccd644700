"""Errors of provers, classed by what the person can do about them."""

from privacy.errors import VeilbenchError


class ProofError(VeilbenchError):
    """Nothing can be proved, or checked, with this."""


class FalseStatement(ProofError):
    """What was to be proved is not so: no prover can."""


class KeyMismatch(ProofError):
    """A key is not one of this statement, is damaged, or is not there: choose another, or make one."""
