"""Loops that are compiled for this machine when their module is imported, and kept on disk if it is writable.

They hold no lock, so several threads may run them at once. None runs in parallel by itself, as Numba's own thread
pool does not survive two callers.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(signature: Any) -> Callable[[Loop], Loop]:
    """Compile a function for arguments of one Numba signature, or load what was compiled before.

    Indices are not checked against bounds: check the shapes first.
    """

    def compile_(loop: Loop) -> Loop:
        def made(*, cache: bool) -> Loop:
            return numba.njit(signature, nogil=True, boundscheck=False, cache=cache)(loop)  # type: ignore[no-any-return]

        try:
            return made(cache=True)
        except (RuntimeError, OSError):  # no folder that may be written: it is compiled in each process
            return made(cache=False)

    return compile_
