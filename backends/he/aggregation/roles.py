"""The three roles of HE aggregation: who encrypts, who adds, who decrypts."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from backends.he.aggregation.flooding import gaussian
from backends.he.aggregation.keys import SumEncryptor, SumKeys
from backends.he.aggregation.packing import from_cells, to_cells
from backends.he.aggregation.plan import CKKS, SumPlan
from backends.he.aggregation.ring import Integers
from backends.he.aggregation.wires import (
    CHUNK,
    check_blocks,
    chunks,
    decode_blocks,
    decode_key,
    encode_blocks,
    encode_key,
)
from backends.he.sampling import Sampler
from backends.he.seal_format import MalformedCiphertext, Residues
from privacy.plugin import (
    AGGREGATOR,
    CIPHERTEXT,
    COLLECTOR,
    PUBLIC,
    Abort,
    AggregationTask,
    BoundaryError,
    Done,
    IntegrityError,
    Role,
    Seat,
    Secret,
    StepResult,
    Sum,
    Wire,
    WireError,
    check_contribution,
    pack_roll,
    unpack_roll,
)

KEY, CONTRIBUTION, TOTAL = "public-key", "contribution", "sum"
_DISCARDED = "this session's key was discarded"


class HeContributor(Role[AggregationTask]):
    """Runs on a contributor: it has the public key alone."""

    def __init__(self, seat: Seat[AggregationTask], plan: SumPlan) -> None:
        super().__init__(seat)
        self._plan = plan
        self._encryptor: SumEncryptor | None = None

    def keep(self, material: Sequence[Wire]) -> None:
        """Runs on a contributor: check the collector's public key."""
        if len(material) != 1 or material[0].kind != KEY or material[0].sender not in (None, COLLECTOR):
            raise WireError("one public key of the collector was expected, and something else came")
        try:
            self._encryptor = SumEncryptor(self._plan.preset, decode_key(self._plan, material[0].body))
        except MalformedCiphertext as error:
            raise WireError(f"the public key is refused: {error}") from error

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on a contributor: encrypt the weighted vector, int64 (length,), afresh."""
        if self.secret is None:
            return Abort("there is nothing to contribute")
        if self._encryptor is None:
            raise IntegrityError(_DISCARDED, then="start a new session")
        vector = check_contribution(self.seat.task, self.seat.party, self.secret.open(self.seat))
        body = encode_blocks(self._plan, CONTRIBUTION, self._encrypted(vector, self._encryptor))
        return Done(wires=(Wire(AGGREGATOR, CONTRIBUTION, CIPHERTEXT, body),))

    def _encrypted(self, vector: Integers, encryptor: SumEncryptor) -> Iterator[Residues]:
        sampler = Sampler(self.seat.random.bytes)
        for start, blocks in chunks(self._plan):
            cells = to_cells(self._plan, vector, start=start, blocks=blocks)
            yield encryptor.encrypt(cells, sampler, delta=self._plan.delta)

    def forget(self) -> None:
        """Runs on a contributor: drop the public key."""
        super().forget()
        self._encryptor = None


class HeAggregator(Role[AggregationTask]):
    """Runs on the aggregator: adds residues as contributions arrive. It has no key, and SEAL sees nothing here."""

    tolerant = True

    def __init__(self, seat: Seat[AggregationTask], plan: SumPlan) -> None:
        super().__init__(seat)
        self._plan = plan

    def begin(self, secret: Secret[object] | None) -> None:
        """Start a run: nothing is carried over from another."""
        self.secret = None
        self._total: list[Residues] = []
        self._included: set[int] = set()
        self._refused: dict[str, str] = {}

    def take(self, wire: Wire) -> None:
        """Runs on the aggregator: add one contribution, or refuse it by name before anything is added."""
        party = wire.sender
        if party is None or party not in self.seat.task.roster or wire.kind != CONTRIBUTION:
            raise WireError("a contribution from somebody who is not on the roster")
        index = party.index or 0
        if index in self._included:
            self._refused[party.name] = "it contributed twice; the first one counts"
            return
        try:
            self._add(wire.body)
        except MalformedCiphertext as error:
            self._refused[party.name] = f"{error}."
            return
        self._included.add(index)

    def _add(self, body: bytes) -> None:
        """Check a whole contribution, then add it chunk by chunk."""
        plan = self._plan
        check_blocks(plan, CONTRIBUTION, body)
        parts: Iterable[Residues] = decode_blocks(plan, body)
        if plan.blocks <= CHUNK:
            parts = list(parts)
        else:
            # Twice through the bytes rather than a second copy of the whole contribution in memory.
            for _ in parts:
                pass
            parts = decode_blocks(plan, body)
        modulus = np.uint64(plan.preset.modulus)
        for place, part in enumerate(parts):
            if place == len(self._total):
                self._total.append(part)
                continue
            total = self._total[place]
            total += part
            # Where the total is below the modulus the difference wraps around and is the larger.
            np.minimum(total, total - modulus, out=total)

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on the aggregator: in round 2 hand on the encrypted sum; what comes later is late."""
        for wire in inbox:
            if wire.sender is not None and wire.sender.index not in self._included:
                self._refused[wire.sender.name] = "it came late"
        if round_ < 2:
            return ()
        if len(self._included) < self.seat.task.minimum:
            return Abort(f"{len(self._included)} contributions came and {self.seat.task.minimum} are needed")
        total = encode_blocks(self._plan, TOTAL, iter(self._total))
        self._total = []
        body = pack_roll(tuple(sorted(self._included)), self._refused, body=total)
        return Done(wires=(Wire(COLLECTOR, TOTAL, CIPHERTEXT, body),))


class HeCollector(Role[AggregationTask]):
    """Runs on the collector: it alone has the key, and gets the encrypted sum alone."""

    def __init__(self, seat: Seat[AggregationTask], plan: SumPlan, *, releases: int) -> None:
        super().__init__(seat)
        self._plan, self._releases, self._left = plan, releases, 0
        self._keys: SumKeys | None = None

    def publish(self) -> Iterable[Wire]:
        """Runs on the collector: make this session's key pair and publish the public half."""
        self._keys, self._left = SumKeys(self._plan.preset), self._releases
        for i, form in enumerate(self._keys.secret_key_bytes()):
            self.seat.keys.put(f"secret key, form {i}", form)
        body = encode_key(self._plan, self._keys.public)
        for party in self.seat.task.roster:
            yield Wire(party, KEY, PUBLIC, body)

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on the collector: decrypt the sum, flood it under CKKS, and release it in steps."""
        if not inbox:
            return ()
        if inbox[0].sender != AGGREGATOR or inbox[0].kind != TOTAL:
            raise BoundaryError("a sum came from a party other than the aggregator")
        if self._keys is None:
            raise IntegrityError(_DISCARDED, then="start a new session")
        included, refused, rest = unpack_roll(inbox[0].body, self.seat.task)
        if len(included) < self.seat.task.minimum:
            return Abort(f"the sum is of {len(included)} contributions and {self.seat.task.minimum} are needed")
        if self._plan.scheme == CKKS:
            if not self._left:
                return Abort("this key has released as many sums as its flooding noise allows: start a new session")
            self._left -= 1
        try:
            check_blocks(self._plan, TOTAL, rest)
            total = self._decrypted(rest, self._keys)
        except MalformedCiphertext as error:
            raise WireError(f"the sum is refused: {error}") from error
        return Done(Sum(total, included, refused))

    def _decrypted(self, body: bytes, keys: SumKeys) -> Integers:
        """The sum in steps, int64 (length,); IntegrityError where a block is not of this key."""
        plan = self._plan
        total = np.empty(plan.length, dtype=np.int64)
        for (start, blocks), part in zip(chunks(plan), decode_blocks(plan, body), strict=True):
            pairs = part.reshape(blocks, 2, plan.preset.degree)
            phases = keys.phases(pairs[:, 0], pairs[:, 1])
            if np.abs(phases[:, -1]).max() > plan.noise.largest:
                raise IntegrityError("the sum does not decrypt under this session's key", then="start a new session")
            cells = released(plan, phases[:, :-1], self.seat)
            from_cells(plan, cells, total, start=start)
        return total

    def forget(self) -> None:
        """Runs on the collector: drop the key."""
        super().forget()
        self._keys = None


def released(plan: SumPlan, phases: Integers, seat: Seat[AggregationTask]) -> Integers:
    """Runs on the collector: decrypted coefficients in whole steps; under CKKS they are flooded first."""
    if plan.scheme == CKKS:
        phases = phases + gaussian(seat, phases.size, deviation=plan.deviation).reshape(phases.shape)
    return np.floor_divide(phases + plan.delta // 2, plan.delta)
