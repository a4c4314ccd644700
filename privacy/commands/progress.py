"""A progress bar on stderr: only where someone watches, and never on stdout."""

import sys

from privacy.pace import Pace, words


class Bar:
    """Draws one line again and again on a terminal; on anything else it writes nothing."""

    def __init__(self) -> None:
        self._pace = Pace()
        self._live = sys.stderr.isatty()

    def clear(self) -> None:
        """Make room for a line of text."""
        if self._live:
            sys.stderr.write("\r" + " " * 100 + "\r")
            sys.stderr.flush()

    def __call__(self, done: int, total: int, label: str) -> None:
        if not self._live:
            return
        filled = round(20 * done / max(total, 1))
        said = words(done=done, total=total, rate=self._pace.note(done, total))
        text = f"\r[{'#' * filled}{'.' * (20 - filled)}] {label}: {said}"
        sys.stderr.write(f"{text:<100}" if done < total else "\r" + " " * 100 + "\r")
        sys.stderr.flush()
