"""Garbage collection that does not grow with what the app has loaded.

Streamlit collects all generations after every redraw. Over all that is alive this takes longer than most redraws do;
over what came since the last freeze, next to nothing.
"""

import gc
import threading

_FREEZE_SECONDS = 2.0
_SWEEPS = 60
"""After so many freezes all is thawed and collected once, as garbage in a cycle may have been frozen with the rest."""


class Frozen(threading.Thread):
    """Freezes what is alive every two seconds, and collects all of it every two minutes."""

    def __init__(self, *, seconds: float = _FREEZE_SECONDS, sweeps: int = _SWEEPS) -> None:
        super().__init__(daemon=True, name="frozen")
        self._seconds, self._sweeps = seconds, sweeps
        self._over = threading.Event()

    def run(self) -> None:
        freezes = 0
        while not self._over.wait(self._seconds):
            freezes += 1
            if freezes % self._sweeps == 0:
                gc.unfreeze()
                gc.collect()
            gc.freeze()

    def end(self) -> None:
        """Stop, and thaw: what the app leaves behind is collected as usual."""
        self._over.set()
        self.join()
        gc.unfreeze()
