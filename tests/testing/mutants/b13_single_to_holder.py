# BUG: the aggregator hands contributor-8's own ciphertext to the collector, who has the key, beside the sum. PROPERTY 2 (collector is to get the sum alone).
from backends.he.aggregation import roles as sum_roles
from backends.he.aggregation.mechanism import HeAggregation
from backends.he.plugin import HeParams
from privacy.plugin import CIPHERTEXT, COLLECTOR, BackendSpec, Done, Wire, WireError, hookimpl


class Aggregator(sum_roles.HeAggregator):
    """Runs on the aggregator."""

    last = b""

    def take(self, wire):
        self.last = wire.body
        super().take(wire)

    def step(self, round_, inbox):
        out = super().step(round_, inbox)
        return Done(wires=(*out.wires, Wire(COLLECTOR, "proof", CIPHERTEXT, self.last))) if isinstance(out, Done) else out


class Collector(sum_roles.HeCollector):
    """Runs on the collector."""

    def step(self, round_, inbox):
        for wire in inbox:
            if wire.kind == "proof":
                self._checked(wire.body)
        return super().step(round_, [w for w in inbox if w.kind != "proof"])

    def _checked(self, body):
        try:
            sum_roles.check_blocks(self._plan, sum_roles.CONTRIBUTION, body)
            for _ in sum_roles.decode_blocks(self._plan, body):
                pass
        except sum_roles.MalformedCiphertext as error:
            raise WireError(f"the proof is refused: {error}") from error


class SingleToKeyHolder(HeAggregation):
    """Claims as its base does."""

    def aggregator(self, seat):
        return Aggregator(seat, self.plan(seat.task))

    def collector(self, seat):
        return Collector(seat, self.plan(seat.task), releases=self.params.sum_releases)


@hookimpl
def register_backends():
    where = {"aggregation": f"{__name__}:SingleToKeyHolder"}
    return [BackendSpec("b13_single_to_holder", "Single to key holder", "A planted bug.", where, params=HeParams)]
