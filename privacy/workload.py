"""Workloads: what a person does, expressed in primitives and supplied by a plugin.

A workload is data (`privacy.spec.WorkloadSpec`) and a class (`Workload`) that is loaded when it runs. It opens data
and says what its rounds are, how a wire reads, which attacks there are, and whose budget is charged. The lab calls
open, account, rounds and attacks in this order, for pages, commands and API alike. The lab decides what is charged,
and when.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from privacy.guarantees import Guarantee
from privacy.registry import Stack
from privacy.request import RunRequest
from privacy.results import Metric
from privacy.views import Held, Reading

if TYPE_CHECKING:
    from privacy.live.versioned import Versioned
    from privacy.seats import Seats

Tell = Callable[[int, int, str], None]
"""Reports progress: steps done, of how many, and what is being done."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Account:
    """Whose budget is charged. All that one owner spends adds up, whatever the workload.

    A simulated owner has a demo budget that can be reset. Where `private` is the value that a randomiser is given,
    serialised, and `about` names what it is of, a release of it is drawn once in a period and kept: the same value is
    sent again, and costs nothing. Without `private` every release is drawn, and charged, anew.
    """

    owner: str
    simulated: bool = True
    about: tuple[str, ...] = ()
    private: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, repr=False)
class Case:
    """A request with its data open, shared by all its rounds. `inner` belongs to the workload and may be private.

    `data_hash` is a fingerprint of the data, `simulated` says that its people or devices are made up.
    """

    request: RunRequest
    stack: Stack
    options: Any
    data_hash: str
    inner: Any = None
    notes: tuple[str, ...] = ()
    simulated: bool = True

    def __repr__(self) -> str:
        return f"<Case of {self.request.workload}>"


@dataclass(kw_only=True)
class Round:
    """One round: its answer, its cost, and all that crossed the channel.

    It stays on the device: a workload's own class may add fields that are private, which `reads` and its panels use.
    What may be exported is the run record. `answer` is public: what the round released. `messages` are wires as
    `views.shown` has them. `included` are the contributors whose input is in the sum, by number; `randomised` says
    that the release has noise. `settings` joins the record's, `state` is what the next round resumes from. `entry`
    is what a room keeps of a round that made a version, as `rooms.records.Entry` has it.
    """

    index: int = 1
    stack: str = ""
    answer: dict[str, Any] = field(default_factory=dict)
    metrics: list[Metric] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    guarantee: Guarantee = field(default_factory=lambda: Guarantee(()))
    steps: dict[str, Guarantee] = field(default_factory=dict)
    fallbacks: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    included: list[int] = field(default_factory=list)
    everyone: list[str] = field(default_factory=list)
    randomised: bool = False
    data_hash: str = ""
    state: dict[str, Any] | None = None
    entry: dict[str, Any] | None = None

    def metric(self, key: str) -> Metric | None:
        return next((m for m in self.metrics if m.key == key), None)

    def to_json(self) -> bytes:
        steps = {name: g.as_dict() for name, g in self.steps.items()}
        values = asdict(self) | {"guarantee": self.guarantee.as_dict(), "steps": steps}
        return json.dumps(values, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what `to_json` wrote, of a subclass too; ValueError, KeyError or TypeError if it is something else."""
        known = {f.name for f in fields(cls)}
        values = {k: v for k, v in json.loads(data).items() if k in known}
        rebuilt = {
            "metrics": [Metric(**m) for m in values["metrics"]],
            "guarantee": Guarantee.from_dict(values["guarantee"]),
            "steps": {name: Guarantee.from_dict(g) for name, g in values["steps"].items()},
        }
        return cls(**(values | rebuilt))


@dataclass(frozen=True)
class Findings:
    """What attacks and accuracy over many found: metrics, and JSON data that the workload's own panels draw."""

    metrics: list[Metric]
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Listing:
    """A list that was shown: its items in order, by names that last, and the model that chose them, in bytes.

    The same model has the same bytes: whoever has them can choose again. Nothing private is in them.
    """

    items: tuple[str, ...]
    model: bytes = field(repr=False)


class Live(Protocol):
    """How real contributors take part: their input as a vector of whole steps, and what a sum of such says.

    `length` and `bound` are those of the aggregation, `step` what one step stands for; `text` says what is asked.
    """

    @property
    def length(self) -> int: ...
    @property
    def bound(self) -> int: ...
    @property
    def step(self) -> float: ...
    @property
    def text(self) -> str: ...

    def encode(self, value: Any) -> Ints:
        """Runs on a contributor: its input, int64 (length,). DataError, which never quotes it, for what is none."""

    def decode(self, total: Ints, *, count: int) -> dict[str, Any]:
        """What a sum over `count` contributions says, as JSON."""


class Workload(ABC):
    """The code of a workload. One object serves many runs at once, so it keeps no state of any."""

    round_class: type[Round] = Round

    @abstractmethod
    def open(self, request: RunRequest, stack: Stack, options: Any, *, tell: Tell, private: Any = None) -> Case:
        """Open the data. Bad input ends here: DataError or ParamError says what is wrong, where, and what to do.

        `options` are the request's, checked and typed. `private` is an input that came beside the request, if any.
        """

    def unattended(self, options: Any) -> None:  # noqa: B027 - most need no input beside the request
        """ParamError for options that need an input beside the request: nobody gives one to a run that waits.

        It is called before a program's run is queued. The usual: every run may be.
        """

    @abstractmethod
    def data_hash(self, request: RunRequest, options: Any) -> str:
        """A fingerprint of the data that a request names, as cheap as it can be: pages ask for it at each redraw."""

    @abstractmethod
    def account(self, case: Case) -> Account:
        """The account that is charged before a release with noise."""

    @abstractmethod
    def rounds(self, case: Case, seats: "Seats") -> Iterator[Round]:
        """The rounds, one for each step that a run is made of. ProtocolAborted where one cannot be finished.

        With `seats.resume` it goes on after the round that left this state.
        """

    def attacks(self, case: Case, seats: "Seats", *, tell: Tell) -> Findings:
        """Accuracy and every attack, over simulated people or over those in the data, none of whose budget is spent.

        It must not depend on options that change the shown round alone: it is made once for all of them.
        """
        return Findings([])

    def reads(self, message: Mapping[str, Any], round_: Any) -> Reading:
        """What a reader finds in the bytes of a wire. Default: whether its numbers are a held value."""
        return self.held(round_).reading(message)

    def held(self, round_: Any) -> Held:
        """The values to look for in the wires of a round. Default: none."""
        return Held()

    def live(self, question: Mapping[str, Any]) -> "Live | Versioned | None":
        """How real contributors answer a question, given as plain values; None where they cannot take part."""
        return None

    def listing(self, request: RunRequest, options: Any, round_: Any) -> Listing | None:
        """The list that a round showed a person, so that it can be logged; None where a round shows none."""
        return None

    def choices(self, request: RunRequest, options: Any) -> Mapping[str, Mapping[str, str]]:
        """For options that a form offers as a list: the values, each with its words."""
        return {}

    def describe(self, options: Any) -> str:
        """Describe a run in a few words: its options that differ from the defaults."""
        usual = {f.name: f.default for f in fields(options)}
        return ", ".join(f"{k} {v}" for k, v in vars(options).items() if v != usual[k])

    def division(self, stack: Stack, options: Any) -> str:
        """One sentence on whom the randomiser and the carrier of a stack each protect from; empty without a
        randomiser."""
        return ""


def parts(values: Sequence[float] | Ints) -> list[int]:
    """A vector of whole numbers as JSON has it."""
    return [int(v) for v in values]
