"""A cache of arrays that a backend derives from public data: made once and kept, but possibly gone at any time."""

from privacy.kept import kept

__all__ = ["kept"]
