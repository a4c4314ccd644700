"""Where a backend may keep what it derives from public data: a comfort, which may be gone or stale at any time."""

from privacy.errors import StateError
from privacy.home import cache_dir, write_atomic
from privacy.kept import kept

__all__ = ["StateError", "cache_dir", "kept", "write_atomic"]
