# BUG: all contributors of a run get the same pad: the difference of any two vectors is in the clear at the aggregator. PROPERTY 2.
import hashlib

from privacy.plugin import BackendSpec, hookimpl
from tests.support.planted_sums import PadHolder, Pads


class Holder(PadHolder):
    """Runs on the collector."""

    def seed(self, party):
        return hashlib.sha256(self.seat.keys.get("pads")).digest()


class SamePad(Pads):
    """Claims as its base does."""

    def collector(self, seat):
        return Holder(seat)


@hookimpl
def register_backends():
    return [BackendSpec("b01_same_pad", "Same pad", "A planted bug.", {"aggregation": f"{__name__}:SamePad"})]
