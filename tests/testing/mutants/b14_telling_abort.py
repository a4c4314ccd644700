# BUG: a contributor whose vector is refused says which entry it was and what stood there; every party is told the reason. PROPERTY 8 (an error names what is wrong, never the value).
import numpy as np

from privacy.plugin import Abort, BackendSpec, BoundaryError, hookimpl
from tests.support.planted_sums import Padder, Pads


class Telling(Padder):
    """Runs on a contributor."""

    def step(self, round_, inbox):
        try:
            return super().step(round_, inbox)
        except BoundaryError as error:
            return Abort(f"{error} (it holds {np.asarray(self.secret.open(self.seat)).ravel()[:24].tolist()})")


class TellingAbort(Pads):
    """Claims as its base does."""

    def contributor(self, seat):
        return Telling(seat)


@hookimpl
def register_backends():
    return [BackendSpec("b14_telling_abort", "Telling abort", "A planted bug.", {"aggregation": f"{__name__}:TellingAbort"})]
