"""The lab: the one door for runs. It opens a request, charges its budget, runs rounds and attacks, and records them.

Pages, command line and API come through here alike, so nothing noised is let out that was not charged, and every
figure comes from a channel that the host recorded.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from privacy.boundary.channel import Channel
from privacy.checkpoints import Checkpoint
from privacy.deadline import Pulse, patiently
from privacy.errors import MechanismError, PluginError, ProtocolAborted, WireError
from privacy.guarantees import Guarantee, weakest
from privacy.provenance import backends_behind, code_behind
from privacy.registry import Registry, Stack, discover
from privacy.request import RunRequest
from privacy.results import Metric, RunRecord
from privacy.seats import Seats, never
from privacy.services.releases import Purse, Rehearsal
from privacy.spec import WorkloadSpec
from privacy.stacks import anyones, apart_in, code_of, options_of, params_of, resolve, spec_of
from privacy.transports.base import Transport
from privacy.workload import Account, Case, Findings, Round, Tell, Workload

if TYPE_CHECKING:
    from privacy.rooms.recording import Recording

__all__ = ["Opened", "attacks", "first_round", "opened", "quiet", "run"]

T = TypeVar("T")


def quiet(done: int, total: int, label: str) -> None:
    """Report no progress."""


@dataclass(frozen=True, repr=False)
class Opened:
    """A request whose data are open: the workload, its case, and the account that its rounds are charged to."""

    spec: WorkloadSpec
    workload: Workload
    case: Case
    account: Account
    consent: bool = True

    @property
    def stack(self) -> Stack:
        return self.case.stack

    def seats(self, registry: Registry, **more: Any) -> Seats:
        return Seats(registry, self.stack, Purse(self.account, consent=self.consent), **more)


def opened(request: RunRequest, registry: Registry, *, tell: Tell = quiet, private: Any = None) -> Opened:
    """Open a request. A VeilbenchError says what is wrong with its settings, its stack or its data."""
    spec = spec_of(request, registry)
    options, stack = options_of(request, registry), resolve(request, registry)
    workload = code_of(spec)
    pulse = Pulse(tell)
    case = patiently(
        lambda: workload.open(request, stack, options, tell=pulse, private=private), who=f"workload {spec.id!r}",
        pulse=pulse, builtin=registry.builtin(spec),
    )  # fmt: skip
    if not isinstance(case, Case):
        raise PluginError(f"workload {spec.id} opened a {type(case).__name__}, not a Case", where=spec.workload)
    return Opened(spec, workload, case, workload.account(case))


def run(
    request: RunRequest, *, registry: Registry | None = None, progress: Tell = quiet, private: Any = None,
    places: Mapping[str, Transport] | None = None, cancelled: Callable[[], bool] = never, consent: bool = True,
    recording: "Recording | None" = None, finished: Callable[[Round], None] = lambda _: None,
) -> RunRecord:  # fmt: skip
    """Run a request, every round and every attack, and return its record; of one that broke off, that of its failure.

    Raises a VeilbenchError with one sentence for anything wrong with the request. A run that was cut off goes on after
    its last finished round, where its workload leaves a state to go on from. `consent` as `first_round` has it. With a
    `recording` every round that makes a version is committed to its room once the round is kept. `finished` gets each
    round that has ended.
    """
    found = registry or discover()
    case = replace(opened(request, found, tell=progress, private=private), consent=consent)
    record, channel = _record(case, request, found), Channel()
    checkpoint = Checkpoint.of(case.case, found)
    pulse = Pulse(progress)
    rounds = [case.workload.round_class.from_json(one) for one in checkpoint.rounds]
    record.transcript = channel.transcript
    try:
        for one in rounds:
            _committed(one, recording, pulse)
        with _placed(case, found, places) as seated:
            seats = case.seats(found, channel=channel, places=seated, resume=checkpoint.state, cancelled=cancelled)
            for one in _rounds(case, seats, pulse):
                rounds.append(one)
                checkpoint.keep(one)
                _committed(one, recording, pulse)
                finished(one)
                pulse(len(rounds), len(rounds) + 1, f"round {one.index} under {request.stack}")
        channel.seal()
        pulse(0, 1, f"attacks on {request.stack}")
        findings = _attacks(case, seats, pulse)
    except (ProtocolAborted, MechanismError, WireError) as error:
        record.failure = str(error)
        return record
    finally:
        channel.seal()
    checkpoint.drop()
    if recording is not None:
        recording.end()
        record.settings["room"] = recording.as_dict()
    return _finished(record, rounds, findings, found)


@contextlib.contextmanager
def _placed(
    case: Opened, registry: Registry, places: Mapping[str, Transport] | None
) -> Iterator[Mapping[str, Transport] | None]:
    """Where the computing parties of real rounds sit: where it is said, and else apart where they must not collude."""
    apart = apart_in(case.stack, case.spec, registry) if places is None else frozenset()
    if not apart:
        yield places
        return
    from privacy.transports.spawned import Spawned

    with Spawned() as transport:
        yield dict.fromkeys(apart, transport)


def _committed(one: Round, recording: "Recording | None", pulse: Pulse) -> None:
    if recording is not None:
        pulse(0, 1, f"committing round {one.index} to {recording.room.name}")
        recording.take(one)


def _rounds(case: Opened, seats: Seats, pulse: Pulse) -> Iterator[Round]:
    """The rounds one by one, each within the time without a sign of life that a run may take."""
    rounds = iter(case.workload.rounds(case.case, seats))
    while True:
        seats.check()
        one: Round | None = _patiently(lambda: next(rounds, None), case, seats, pulse)
        if one is None:
            return
        yield one


def first_round(
    request: RunRequest, registry: Registry, *, private: Any = None, places: Mapping[str, Transport] | None = None,
    consent: bool = True,
) -> Round:  # fmt: skip
    """The first round alone, as pages show it. Any VeilbenchError is the caller's, BudgetError among them.

    Without `consent` nothing is spent of a person's own budget: where something would be, ConsentError says what.
    """
    case = replace(opened(request, registry, private=private), consent=consent)
    channel = Channel()
    try:
        with _placed(case, registry, places) as seated:
            found = next(_rounds(case, case.seats(registry, channel=channel, places=seated), Pulse()), None)
    finally:
        channel.seal()
    if found is None:
        raise MechanismError(f"{case.spec.id} has no round", then="fix the workload")
    return found


def attacks(request: RunRequest, registry: Registry, *, progress: Tell = quiet) -> Findings:
    """Accuracy and every attack, over many: made once for all requests that differ in the shown round alone."""
    case = opened(anyones(request, registry), registry, tell=progress)
    pulse = Pulse(progress)
    seats = Seats(registry, case.stack, Rehearsal())
    return _attacks(case, seats, pulse)


def _attacks(case: Opened, seats: Seats, pulse: Pulse) -> Findings:
    return _patiently(lambda: case.workload.attacks(case.case, seats.rehearsal(), tell=pulse), case, seats, pulse)


def _patiently(work: Callable[[], T], case: Opened, seats: Seats, pulse: Pulse) -> T:
    """What a step of a run returns, which shows signs of life by its `pulse`."""
    parts = [s for s in (case.spec, case.stack.carrier, case.stack.randomiser) if s is not None]
    builtin = all(seats.registry.builtin(one) for one in parts)
    return patiently(work, who=f"stack {case.stack.name!r}", pulse=pulse, builtin=builtin)


def _record(case: Opened, request: RunRequest, registry: Registry) -> RunRecord:
    return RunRecord(
        workload=case.spec.id,
        stack=request.stack,
        params=params_of(case.stack, case.spec, registry),
        seed=request.seed,
        data_hash=case.case.data_hash,
        guarantee=Guarantee(()),
        metrics=[],
        transcript=Channel().transcript,
        settings=dict(vars(case.case.options)),
        notes=list(case.case.notes),
        code=code_behind(case.spec, case.stack, registry),
    )


def _finished(record: RunRecord, rounds: list[Round], findings: Findings, registry: Registry) -> RunRecord:
    """The record of all rounds: figures of the last one that has each, over many where the attacks measured them."""
    metrics: dict[str, Metric] = {}
    for one in rounds:
        metrics |= {m.key: m for m in one.metrics}
        record.fallbacks |= one.fallbacks
        record.settings |= one.settings
        record.notes += [note for note in one.notes if note not in record.notes]
    if record.fallbacks and not any(one["id"] == "plain" for one in record.code):
        record.code += backends_behind(["plain"], registry)
    over_many = {m.key for m in findings.metrics}
    record.metrics = [m for m in metrics.values() if m.key not in over_many] + findings.metrics
    if rounds:
        record.guarantee, record.steps = rounds[-1].guarantee, rounds[-1].steps
        if len(rounds) > 1:
            record.guarantee = weakest({f"round {r.index}": r.guarantee for r in rounds})
        if rounds[-1].answer:
            record.settings = {"answer": rounds[-1].answer} | record.settings
    return record
