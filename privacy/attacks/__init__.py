"""Attacks: what an observer infers from a recorded view. A failed attack is never a guarantee."""
