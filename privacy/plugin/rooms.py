"""What a workload imports whose rounds make versions of a model: what a room keeps of each."""

from privacy.rooms.records import Entry

__all__ = ["Entry"]
