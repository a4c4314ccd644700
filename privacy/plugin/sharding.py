"""For mechanisms whose servers' work splits: pieces that an engine runs, on one machine or on many."""

from privacy.primitives.shards import Piece, Sharding, cuts

__all__ = ["Piece", "Sharding", "cuts"]
