"""Seeds of the generators that a whole process shares: keys and noise must not follow them."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def global_seeds() -> Iterator[Callable[[], None]]:
    """A function that seeds the generators of Python and NumPy; their state comes back afterwards."""
    before: tuple[Any, Any] = random.getstate(), np.random.get_state()

    def reset() -> None:
        random.seed(1)
        np.random.seed(1)

    try:
        yield reset
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
