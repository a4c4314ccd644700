"""Memory that a process frees is kept by it: long vectors come and go for every device, and new pages cost as much."""

import ctypes
import functools
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's `mallopt`."""


@functools.lru_cache(maxsize=1)
def keep_freed(most: int = 2**28) -> None:
    """Have this process keep up to so many freed bytes; where its C library has no such setting, nothing changes."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, most)
        mallopt(_MMAP_THRESHOLD, 2**25)
