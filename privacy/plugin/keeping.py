"""Arrays that a backend derives from public data, made once and kept: a comfort, which may be gone at any time."""

from privacy.kept import kept

__all__ = ["kept"]
