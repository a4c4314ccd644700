"""A progress bar on stderr: only where someone watches, and never on stdout."""

import sys
import time


class Bar:
    """Draws one line again and again on a terminal; on anything else it writes nothing."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._live = sys.stderr.isatty()
        self._label = ""

    def clear(self) -> None:
        """Make room for a line of text."""
        if self._live:
            sys.stderr.write("\r" + " " * 100 + "\r")
            sys.stderr.flush()

    def __call__(self, done: int, total: int, label: str) -> None:
        if not self._live:
            return
        if label != self._label:
            self._label, self._started = label, time.monotonic()
        share = done / max(total, 1)
        left = (time.monotonic() - self._started) * (1 - share) / share if share else 0.0
        filled = round(28 * share)
        text = f"\r[{'#' * filled}{'.' * (28 - filled)}] {done}/{total} {label}, {left:.0f} s left"
        sys.stderr.write(f"{text:<100}" if done < total else "\r" + " " * 100 + "\r")
        sys.stderr.flush()
