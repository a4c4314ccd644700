"""An aggregation without a bug, small enough for one to be put in. Its cryptography is a toy: use none of it.

The collector hands out the seeds of one-time pads, contributors send padded vectors, the aggregator adds them, and the
collector takes off the pads of those who are in the sum.
"""

import hashlib

import numpy as np

from privacy.plugin import (
    AGGREGATOR,
    CIPHERTEXT,
    COLLECTOR,
    PUBLIC,
    SHARE,
    Abort,
    Aggregation,
    BoundaryError,
    Done,
    Guarantee,
    Role,
    Strength,
    Sum,
    Towards,
    Wire,
    WireError,
    check_contribution,
    pack,
    pack_roll,
    unpack,
    unpack_roll,
)

SEED_BYTES = 32


def padding(seed: bytes, length: int) -> np.ndarray:
    return np.frombuffer(hashlib.shake_256(seed).digest(8 * length), dtype="<u8")


class Pads(Aggregation):
    """Exact sums of those whose padded vector came in time."""

    streamed = frozenset({"padded"})

    def contributor(self, seat):
        return Padder(seat)

    def aggregator(self, seat):
        return Adder(seat)

    def collector(self, seat):
        return PadHolder(seat)

    def rounds(self, task):
        return 4

    def key_holder(self, task):
        return COLLECTOR

    def guarantee(self, task):
        apart = "aggregator and collector do not collude"
        return Guarantee(
            (
                Towards(
                    "aggregator",
                    Strength.NON_COLLUSION,
                    "It adds padded vectors.",
                    f"{apart}; SHAKE-256 output looks random",
                    128,
                ),
                Towards("collector", Strength.NON_COLLUSION, "It gets the sum.", apart),
            )
        )


class Padder(Role):
    """Runs on a contributor."""

    def step(self, round_, inbox):
        if not inbox:
            return ()
        if self.secret is None:
            return Abort("there is nothing to contribute")
        return self.send(self.seed_of(inbox[0].body))

    def seed_of(self, body):
        if len(body) != SEED_BYTES:
            raise WireError("the seed of a pad has 32 bytes")
        return body

    def vector(self):
        return check_contribution(self.seat.task, self.seat.party, self.secret.open(self.seat))

    def mask(self, seed):
        return padding(seed, self.seat.task.length)

    def padded(self, vector, seed):
        return pack(vector.astype(np.uint64) + self.mask(seed))

    def send(self, seed):
        return Done(wires=(Wire(AGGREGATOR, "padded", CIPHERTEXT, self.padded(self.vector(), seed)),))


class Adder(Role):
    """Runs on the aggregator."""

    tolerant = True

    def begin(self, secret):
        self.total = np.zeros(self.seat.task.length, dtype=np.uint64)
        self.included, self.refused = set(), {}

    def read(self, body):
        return unpack(body, shape=(self.seat.task.length,), dtype="<u8")

    def take(self, wire):
        try:
            self.total = self.total + self.read(wire.body)
            self.included.add(wire.sender.index)
        except WireError as error:
            self.refuse(wire.sender, str(error))

    def refuse(self, party, reason):
        self.refused[party.name] = reason

    def needed(self):
        return self.seat.task.minimum

    def roll(self):
        return tuple(sorted(self.included))

    def step(self, round_, inbox):
        for wire in inbox:
            self.refuse(wire.sender, "it came late")
        if round_ < 3:
            return ()
        if len(self.included) < self.needed():
            return Abort(f"{len(self.included)} contributions came and {self.needed()} are needed")
        body = pack_roll(self.roll(), self.refused, body=pack(self.total))
        return Done(wires=(Wire(COLLECTOR, "sum", CIPHERTEXT, body),))


class PadHolder(Role):
    """Runs on the collector."""

    def key(self):
        return self.seat.random.bytes(SEED_BYTES)

    def begin(self, secret):
        self.seat.keys.put("pads", self.key())

    def seed(self, party):
        return hashlib.sha256(self.seat.keys.get("pads") + party.name.encode()).digest()

    def handed(self, party):
        return self.seed(party)

    def mask(self, seed):
        return padding(seed, self.seat.task.length)

    def step(self, round_, inbox):
        task = self.seat.task
        if round_ == 1:
            return [Wire(p, "pad", SHARE, self.handed(p)) for p in task.roster]
        for wire in (w for w in inbox if w.kind == "sum"):
            if wire.sender != AGGREGATOR:
                raise BoundaryError("a sum came from somebody who is not the aggregator")
            included, refused, rest = unpack_roll(wire.body, task)
            total = unpack(rest, shape=(task.length,), dtype="<u8").copy()
            for index in included:
                total -= self.mask(self.seed(task.roster[index - 1]))
            return Done(Sum(self.opened(total), included, refused))
        return ()

    def opened(self, total):
        return total.astype(np.int64)


class Asking(Pads):
    """Where somebody is missing, the aggregator asks the others to send again; they send their vectors bare."""

    def contributor(self, seat):
        return Answerer(seat)

    def aggregator(self, seat):
        return Asker(seat)

    def rounds(self, task):
        return 6


class Answerer(Padder):
    """Runs on a contributor."""

    def step(self, round_, inbox):
        if round_ == 2:
            return super().step(round_, inbox).wires
        if any(wire.kind == "again" for wire in inbox):
            return Done(wires=(Wire(AGGREGATOR, "bare", SHARE, pack(self.vector())),))
        return ()


class Asker(Adder):
    """Runs on the aggregator."""

    def step(self, round_, inbox):
        if round_ == 3 and len(self.included) < self.seat.task.contributors:
            return [Wire(self.seat.task.roster[i - 1], "again", PUBLIC, b"") for i in sorted(self.included)]
        return super().step(round_, ()) if round_ in (3, 5) else ()


STASH: dict[str, np.ndarray] = {}


class Stashing(Pads):
    """Contributors leave their vectors where all of the process finds them, and send bodies that say nothing."""

    def contributor(self, seat):
        return Stasher(seat)

    def collector(self, seat):
        return Finder(seat)


class Stasher(Padder):
    """Runs on a contributor."""

    def padded(self, vector, seed):
        STASH["sum"] = vector if self.seat.party.index == 1 else STASH["sum"] + vector
        return pack(self.mask(seed))


class Finder(PadHolder):
    """Runs on the collector."""

    def opened(self, total):
        return STASH.get("sum", total.astype(np.int64))
