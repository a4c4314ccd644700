"""Sentences that stand on every page, in every report and in the command line's output."""

FAILED_ATTACK = "A failed attack is no guarantee: it shows what this attacker could not do, not what nobody can."
