"""What is alive is frozen, and garbage that was frozen with it still goes."""

import gc
import time
import weakref

from ui.frozen import Frozen


class Node:
    pass


def until(found):
    for _ in range(400):
        if found():
            return True
        time.sleep(0.01)
    return False


def test_what_is_alive_is_frozen_and_what_died_since_is_collected_at_the_next_sweep():
    before = gc.get_freeze_count()
    kept = Node()
    kept.itself = kept
    frozen = Frozen(seconds=0.01, sweeps=10)
    frozen.start()
    try:
        assert until(lambda: gc.get_freeze_count() > before)
        seen = weakref.ref(kept)
        del kept
        assert until(lambda: seen() is None)
    finally:
        frozen.end()
    assert gc.get_freeze_count() == 0
    assert not frozen.is_alive()
