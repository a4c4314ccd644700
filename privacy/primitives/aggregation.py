"""Aggregation: the weighted sum of many private vectors, some of whose owners drop out.

Contributors hold a vector each, aggregators compute, the collector gets the sum. Vectors are integers: fixed point
with a declared unit, so that every backend sums the same numbers and a sum has one right value.
"""

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from privacy.boundary.party import Party
from privacy.boundary.seat import Seat
from privacy.errors import BoundaryError, ParamError, WireError
from privacy.mechanism import Mechanism, Role

Ints = npt.NDArray[np.int64]

AGGREGATOR, COLLECTOR = Party("aggregator"), Party("collector")
CONTRIBUTOR = "contributor"

MAX_CONTRIBUTORS = 100_000
MAX_LENGTH = 10_000_000
_WIDEST = 2**62
_PART = 2**15


def contributor(index: int) -> Party:
    """The `index`-th contributor of the roster, counted from 1."""
    return Party(CONTRIBUTOR, index)


class Roster(tuple[Party, ...]):
    """The contributors 1 to n in order. Whether somebody is one of them takes no search."""

    def __contains__(self, party: object) -> bool:
        return isinstance(party, Party) and party.role == CONTRIBUTOR and 1 <= (party.index or 0) <= len(self)


@dataclass(frozen=True)
class AggregationTask:
    """Public: who may contribute, what a vector may hold, and how few contributions are too few.

    Every |entry| is at most `bound` steps; one step stands for `unit`. `minimum` is the fewest contributions of a sum
    that is released. `weights` are public and positive, one for each of the roster; none means 1 for each.
    `noise_shares` is 0 where an aggregator adds all noise of a randomiser, m where each contributor adds 1/m of its
    variance. `identities` are the roster's Ed25519 verifying keys in hexadecimal, where they were registered before.
    With a `batch` of b above 1 a contribution is b vectors, int64 (b, length), and so is the sum: the host carries them
    as one long vector (`flat`), so that no mechanism sees a batch. With `one_hot` k above 0 a contribution is votes end
    to end: each k entries hold a single 1, or zeros alone where there is no vote. Who can, holds contributors to it.
    """

    contributors: int
    length: int
    bound: int
    minimum: int = 2
    weights: tuple[int, ...] = ()
    unit: float = 1.0
    noise_shares: int = 0
    identities: tuple[str, ...] = ()
    batch: int = 1
    one_hot: int = 0
    checked = True
    """Whether a device holds its own contribution to the task: a dishonest one does not (`privacy.dishonest`)."""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("contributors", 1, MAX_CONTRIBUTORS), ("length", 1, MAX_LENGTH), ("bound", 1, _WIDEST),
            ("minimum", 1, self.contributors), ("noise_shares", 0, self.contributors),
            ("batch", 1, max(1, MAX_LENGTH // max(1, self.length))),
        ):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise ParamError(f"an aggregation cannot have {name} {value}", then=f"choose between {low} and {high}")
        if self.one_hot and (self.one_hot < 1 or self.length % self.one_hot or self.bound != 1):
            raise ParamError(f"votes of {self.one_hot} entries do not fill {self.length} entries of at most 1")
        if self.weights and (len(self.weights) != self.contributors or min(self.weights) < 1):
            raise ParamError("weights are positive whole numbers, one for each contributor")
        if self.identities and len(self.identities) != self.contributors:
            raise ParamError("identities are verifying keys, one for each contributor")
        if not (np.isfinite(self.unit) and self.unit > 0):
            raise ParamError(f"a unit of {self.unit} is not possible", then="choose a positive number")
        if self.sum_bound >= _WIDEST:
            raise ParamError("a sum may be too large for 62 bits", then="lower the bound, the weights, or the roster")

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a contribution and of the sum: (length,), or (b, length) in a batch."""
        return (self.length,) if self.batch == 1 else (self.batch, self.length)

    @property
    def flat(self) -> "AggregationTask":
        """The task as mechanisms carry it: a batch end to end, as one vector. The bound is that of every entry."""
        return self if self.batch == 1 else replace(self, length=self.batch * self.length, batch=1)

    @cached_property
    def roster(self) -> "Roster":
        """Everybody who may contribute, made once: it is looked at for each contribution."""
        return Roster(contributor(i) for i in range(1, self.contributors + 1))

    def weight(self, party: Party) -> int:
        """The public weight of a contributor on the roster."""
        return self.weights[(party.index or 1) - 1] if self.weights else 1

    @cached_property
    def sum_bound(self) -> int:
        """No |entry| of a sum exceeds this."""
        return self.bound * (sum(self.weights) if self.weights else self.contributors)


class Sum(NamedTuple):
    """What the collector gets: the weighted sum int64 (length,) in steps, whose contributions are in it, and whose
    were refused with the reason, by name."""

    total: Ints
    included: tuple[int, ...]
    refused: Mapping[str, str]

    @classmethod
    def of(cls, output: Any) -> "Sum":
        """The output of a run, also where it crossed a process as a plain tuple; WireError for anything else."""
        try:
            total, included, refused = output
            return cls(np.asarray(total, dtype=np.int64), tuple(int(i) for i in included), dict(refused))
        except (TypeError, ValueError):
            raise WireError("an aggregation's output is not a sum") from None


def steps(values: npt.ArrayLike, *, unit: float, bound: int) -> Ints:
    """Floats as whole steps of `unit`, nearest: each is off by at most unit / 2.

    BoundaryError for NaN, infinity, or more than `bound` steps.
    """
    floats = np.asarray(values)
    out = np.empty(floats.shape, dtype=np.int64)
    entries, found = floats.reshape(-1), out.reshape(-1)
    # By a power of two a float32 is divided exactly: the steps are those of a float64.
    exact = floats.dtype == np.float32 and math.frexp(unit)[0] == 0.5 and 2.0**-64 < unit < 2.0**64
    wide: type[np.floating[Any]] = np.float32 if exact else np.float64
    finite, most = entries.size > 0, 0.0
    # In parts that stay in the processor's cache: several times as fast for a million entries.
    for at in range(0, entries.size, _PART):
        part = entries[at : at + _PART].astype(wide, copy=False)
        finite = bool(np.isfinite(part).all())
        if not finite:
            break
        with np.errstate(over="ignore"):
            part = np.rint(part / wide(unit))
        most = max(most, float(part.max()), -float(part.min()))
        if most > bound:
            break
        found[at : at + _PART] = part
    if not finite:
        raise BoundaryError("a vector to contribute is empty or holds NaN or infinity")
    if most > bound:
        raise BoundaryError(f"an entry exceeds {bound} steps of {unit:g}", then="clip the vector first")
    return out


def flattened(task: AggregationTask, value: object) -> Ints:
    """Runs on the device: a contribution of `task` as its flat task carries it. BoundaryError for another shape."""
    array = np.asarray(value)
    if array.shape != task.shape:
        raise BoundaryError(f"the contribution has shape {array.shape}, not {task.shape}")
    return array.reshape(-1)


def unflattened(task: AggregationTask, carried: Sum) -> Sum:
    """A sum of the flat task in the shape of `task`."""
    return carried._replace(total=carried.total.reshape(task.shape))


def check_contribution(task: AggregationTask, party: Party, value: object) -> Ints:
    """Runs on a contributor: its vector times its public weight, int64 (length,).

    BoundaryError on any other shape or type, on NaN, and on an entry past the bound.
    """
    array = np.asarray(value)
    if array.shape != (task.length,):
        raise BoundaryError(f"the vector has shape {array.shape}, not ({task.length},)")
    if array.dtype.kind not in "iu":
        raise BoundaryError(f"the vector holds {array.dtype}, not whole steps", then="round it to steps first")
    if task.checked and not are_votes(task, array):
        raise BoundaryError(f"a vote is {task.one_hot} entries, of which one is 1 or none", then="cast one vote each")
    # Not by absolute value: that of the smallest int64 is negative.
    if task.checked and (array.min() < -task.bound or array.max() > task.bound):
        raise BoundaryError(f"an entry exceeds the bound of {task.bound} steps")
    weight = task.weight(party)
    out = array.astype(np.int64, copy=False)
    return out if weight == 1 else out * weight


def are_votes(task: AggregationTask, vector: npt.NDArray[Any]) -> bool:
    """Whether an unweighted vector has valid votes, if the task is about votes."""
    if not task.one_hot:
        return True
    return bool(((vector == 0) | (vector == 1)).all() and (vector.reshape(-1, task.one_hot).sum(axis=1) <= 1).all())


def reference(task: AggregationTask, vectors: Mapping[Party, Any]) -> Ints:
    """The plain weighted sum of some of the roster's vectors: int64 (length,)."""
    total = np.zeros(task.length, dtype=np.int64)
    for party, vector in vectors.items():
        total += check_contribution(task, party, vector)
    return total


class Aggregation(Mechanism[AggregationTask]):
    """The base of a carrier's aggregation: three kinds of role, contributors that may drop out."""

    droppable = frozenset({CONTRIBUTOR})
    aggregators: tuple[Party, ...] = (AGGREGATOR,)

    most_simulated: int = 200
    """How many contributors one machine simulates in about half a minute: what a run takes where nobody says."""

    central_noise: ClassVar[bool] = False
    """Whether the aggregator computes the sum in the clear, so that it can add a randomiser's noise to it."""

    @abstractmethod
    def contributor(self, seat: Seat[AggregationTask]) -> Role[AggregationTask]:
        """The role of a contributor on the roster."""

    @abstractmethod
    def aggregator(self, seat: Seat[AggregationTask]) -> Role[AggregationTask]:
        """The role of an aggregator."""

    @abstractmethod
    def collector(self, seat: Seat[AggregationTask]) -> Role[AggregationTask]:
        """The role of the collector, whose output is a `Sum`."""

    def parties(self, task: AggregationTask) -> tuple[Party, ...]:
        return (*task.roster, *self.aggregators, COLLECTOR)

    def role(self, seat: Seat[AggregationTask]) -> Role[AggregationTask]:
        made = {CONTRIBUTOR: self.contributor, AGGREGATOR.role: self.aggregator, COLLECTOR.role: self.collector}
        return made[seat.party.role](seat)

    def result_parties(self, task: AggregationTask) -> tuple[Party, ...]:
        return (COLLECTOR,)

    def threshold(self, task: AggregationTask) -> int:
        return task.minimum
