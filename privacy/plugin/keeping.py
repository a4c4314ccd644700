"""Arrays that are derived from public data, made once and kept in a file."""

from privacy.kept import kept

__all__ = ["kept"]
