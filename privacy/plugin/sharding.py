"""Sharding: a server's work split into pieces that an engine runs, on one machine or many."""

from privacy.primitives.shards import Piece, Sharding, cuts

__all__ = ["Piece", "Sharding", "cuts"]
