"""The check of parties who fall silent or come late: the sum of the rest, or an abort that says why."""

from collections.abc import Iterator
from dataclasses import dataclass

from privacy.boundary.party import Party
from privacy.deadline import within
from privacy.errors import ProtocolAborted, VeilbenchError
from privacy.protocol import Faults, Outcome
from privacy.testing.bench import Bench, CheckResult

_MIXED = 12
_FEW = 2
_LATE_BY = 100


@dataclass(frozen=True)
class Trial:
    """Who goes wrong in which round. `must` says how it ends: "sum", "abort", or "either"."""

    name: str
    faults: Faults
    must: str


def check_dropouts(bench: Bench) -> CheckResult:
    """With dropouts up to the threshold in any round the output is that of the rest; past it the run aborts.

    Too few contributions are never released, whether their owners fell silent or came late.
    """
    title = "dropouts up to the threshold survived, past it an abort"
    if not bench.droppable:
        return CheckResult("dropouts", title, None, "no party of this primitive may drop out")
    threshold, minimum = bench.mechanism.threshold(bench.case.task), getattr(bench.case.task, "minimum", 0)
    found, aborted, tried = [], 0, 0
    if threshold < minimum:
        found.append(f"{threshold} contributors are enough for it, {minimum} for the task")
    for trial in _trials(bench, threshold, minimum):
        ended, fault = _ended(bench, trial, threshold, minimum)
        aborted, tried = aborted + ended, tried + 1
        found += [f"{trial.name}: {fault}"] if fault else []
    fine = f"{tried - aborted} runs with dropouts right, {aborted} aborted with a reason"
    return CheckResult("dropouts", title, not found, "; ".join(found[:8]) or fine)


def _trials(bench: Bench, threshold: int, minimum: int) -> Iterator[Trial]:
    parties = sorted(bench.droppable)
    rounds = range(1, bench.mechanism.rounds(bench.case.task) + 1)
    spare = max(0, len(parties) - threshold)

    def some(count: int) -> list[Party]:
        return [parties[i] for i in bench.rng.permutation(len(parties))[:count]]

    for round_ in rounds:
        for count in sorted({min(1, spare), spare})[-bench.some(2, remote=1) :]:
            yield Trial(f"{count} silent from round {round_}", Faults(dict.fromkeys(some(count), round_)), "sum")
        if round_ > 1 and not bench.place.here:
            continue
        past = Faults(dict.fromkeys(some(spare + 1), round_))
        yield Trial(f"{spare + 1} silent from round {round_}", past, "abort" if round_ == 1 else "either")
        late = {(p, round_): _LATE_BY for p in some(len(parties) - minimum + 1)}
        yield Trial(f"{len(late)} late from round {round_}", Faults(delays=late), "either")
    for i in range(bench.some(_MIXED, remote=_FEW)):
        who = some(int(bench.rng.integers(1, spare, endpoint=True)) if spare else 0)
        mixed = {p: int(bench.rng.integers(1, len(rounds), endpoint=True)) for p in who}
        yield Trial(f"mixed dropouts {i + 1}", Faults(mixed), "sum")


def _ended(bench: Bench, trial: Trial, threshold: int, minimum: int) -> tuple[bool, str]:
    """Whether the run aborted, and what is wrong with how it ended; empty if nothing."""
    session, _ = bench.published()
    value = bench.case.x0
    try:
        outcome = within(bench.patience, lambda: bench.drive(session, value, faults=trial.faults))
    except ProtocolAborted as error:
        if not error.what.strip():
            return True, "aborted without a reason"
        return True, f"aborted ({error})" if trial.must == "sum" else ""
    except (VeilbenchError, TimeoutError) as error:
        return False, f"{type(error).__name__} ({error})"
    if trial.must == "abort":
        return False, f"an output, where {threshold} contributors are needed"
    return False, _wrong(bench, trial, outcome, minimum)


def _wrong(bench: Bench, trial: Trial, outcome: Outcome, minimum: int) -> str:
    output, value = outcome.output, bench.case.x0
    if not bench.right(output, value):
        return f"off by {bench.distance(output, value):g} from what it says is in it"
    left_out = bench.case.left_out(output)
    if len(bench.case.holders) - len(left_out) < minimum:
        return f"an output of {len(bench.case.holders) - len(left_out)} contributions, {minimum} are needed"
    faulty = {p for p, _ in trial.faults.delays} | set(trial.faults.drops)
    silent = sorted(p.name for p in left_out - faulty)
    if silent:
        return f"{', '.join(silent)} left out though they stayed"
    first = {p for p, round_ in trial.faults.drops.items() if round_ == 1}
    here = sorted(p.name for p in first - left_out)
    return f"{', '.join(here)} in it though they never spoke" if here else ""
