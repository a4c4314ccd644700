# BUG: vectors are clipped entry by entry where the noise is for their L2 norm: sensitivity is sqrt(d) times as much. PROPERTY 5.
import numpy as np

from backends.dp.aggregation import randomiser as sum_randomiser
from backends.dp.plugin import DpParams
from privacy.plugin import BackendSpec, hookimpl

sum_randomiser.clipped = lambda vector, *, most: np.clip(vector, -most, most)


class ClipEachEntry(sum_randomiser.SumNoise):
    """Claims as its base does."""


@hookimpl
def register_backends():
    return [BackendSpec("c09_clip_each_entry", "Clip each entry", "A planted bug.", {"aggregation": f"{__name__}:ClipEachEntry"}, "randomiser", DpParams)]
