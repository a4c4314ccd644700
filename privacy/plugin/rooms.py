"""Imports for a workload whose rounds make versions of a model: what a room keeps of each, and how pages show it."""

from privacy.rooms.history import Kept
from privacy.rooms.opening import Names, recorded
from privacy.rooms.records import Entry

__all__ = ["Entry", "Kept", "Names", "recorded"]
