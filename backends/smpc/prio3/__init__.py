"""Prio3: sums of inputs that are proved valid, by two servers (draft-irtf-cfrg-vdaf-20)."""
