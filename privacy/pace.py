"""How fast work goes: steps a second since it began, and how long the rest takes at that rate."""

import time
from collections.abc import Callable


class Pace:
    """Watches `done` of `total` go up; a new total, or fewer done than before, is other work and starts again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._total, self._first, self._last = -1, 0, 0
        self._began = clock()
        self.rate = 0.0

    def note(self, done: int, total: int) -> float:
        """Take a step; returns the steps a second so far, 0 before the first."""
        if total != self._total or done < self._last:
            self._total, self._first, self._began = total, done, self._clock()
        self._last = done
        spent = self._clock() - self._began
        self.rate = (done - self._first) / spent if spent > 0 else 0.0
        return self.rate


def words(*, done: int, total: int, rate: float) -> str:
    """How many of how many, how fast, and how long still; only the first where the rate is not known."""
    if not total:
        return ""
    text = f"{done:,} of {total:,}"
    if not rate or done >= total:
        return text
    pace = f"{rate:.3g} a second" if rate >= 1 else f"{1 / rate:.3g} s each"
    return f"{text}, {pace}, about {_span((total - done) / rate)} left"


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
