"""The check of bad private inputs: refused on the device, before anything that depends on them has left it."""

from collections.abc import Mapping
from typing import Any

from privacy.boundary.channel import Channel
from privacy.boundary.party import Party
from privacy.boundary.secret import Secret
from privacy.errors import MechanismError, VeilbenchError
from privacy.testing.bench import Bench, CheckResult, whole_channel

_FEW = 2
"""Bad inputs that are tried elsewhere than in process: who refuses them is the device in any case."""


def check_bad_input(bench: Bench) -> CheckResult:
    """A bad private input is refused with a typed error on its device, before a wire that may depend on it leaves."""
    title = "bad private input refused with a typed error"
    found = []
    refusing = _refused if len(bench.case.holders) == 1 else _dropped
    every = list(bench.case.bad.items())
    bad = dict(every[:: bench.some(1, remote=-(-len(every) // _FEW))])
    for name, value in bad.items():
        found += [f"{name}: {fault}" for fault in refusing(bench, value)]
    # The words of a refusal are the device's: wherever the servers are, it says the same.
    found += _telling_reasons(bench, bad) if bench.place.here else []
    edges = bench.case.edges[: bench.some(len(bench.case.edges), remote=1)]
    for i, value in enumerate(edges, start=1):
        session, _ = bench.published()
        try:
            output, _ = bench.run(session, value)
            found += [] if bench.right(output, value) else [f"admitted edge {i}: accepted, with a wrong output"]
        except MechanismError as error:
            found.append(f"admitted edge {i}: {error}")
        except VeilbenchError:
            continue
    words = ", in words that do not depend on their values" if bench.place.here else ""
    fine = f"{len(bad)} bad inputs refused{words}; "
    fine += f"{len(edges)} admitted edges right or refused"
    return CheckResult("bad-input", title, not found, "; ".join(found) or fine)


def _telling_reasons(bench: Bench, bad: Mapping[str, Any]) -> list[str]:
    """Kinds of bad input whose refusal says other words where other values are bad in the same way."""
    if bench.case.spoil is None:
        return []
    (other,) = bench.secrets(1)
    row = other if len(bench.case.holders) == 1 else other[0]
    spoiled = {name: value for name, value in bench.case.spoil(row).items() if name in bad}
    found = []
    for name, value in spoiled.items():
        words = {_reason(bench, one) for one in (bad[name], value)}
        # What differs by itself, run by run, tells nothing of the values.
        if len(words) > 1 and _reason(bench, value) in words:
            found.append(f"{name}: the reason that is given depends on the values: {sorted(words)[0][:80]!r}")
    return found


def _reason(bench: Bench, value: object) -> str:
    """The words of a refusal, to whoever gets them."""
    session, holder = bench.published()[0], _holder(bench)
    given = bench.case.given(bench.case.x0) if len(bench.case.holders) > 1 else {}
    secrets: dict[Party, Secret[Any]] = {p: Secret(v, owner=p) for p, v in {**given, holder: value}.items()}
    try:
        outcome = session.run(secrets, whole_channel())
    except VeilbenchError as error:
        return str(error)
    return f"{outcome.reasons.get(holder, '')} {outcome.output[2] if len(given) else ''}"


def _holder(bench: Bench) -> Party:
    """Who has the bad input: the client, or a contributor in the middle."""
    return bench.case.holders[len(bench.case.holders) // 3]


def _refused(bench: Bench, value: object) -> list[str]:
    """Faults where one client has the only input: a refusal ends the run, and no wire has left."""
    session, _ = bench.published()
    channel = whole_channel()
    try:
        bench.run(session, value, channel=channel)
    except MechanismError as error:
        return [str(error)]
    except VeilbenchError:
        sent = [m for m in channel.transcript.messages if m.sender in bench.case.holders]
        return [f"refused after {len(sent)} wires had left"] if sent else []
    return ["accepted"]


class Watched(Secret[Any]):
    """A private input that notes how many wires its owner had sent when it was first opened."""

    __slots__ = ("_channel", "before")

    def __init__(self, value: Any, *, owner: Party, channel: Channel) -> None:
        super().__init__(value, owner=owner)
        self._channel = channel
        self.before: int | None = None

    def moved_to(self, party: Party) -> Any:
        if self.before is None:
            self.before = sent_by(self._channel, self.owner)
        return super().moved_to(party)


def sent_by(channel: Channel, party: Party) -> int:
    """How many wires of `party` the channel has carried."""
    return sum(m.sender == party for m in channel.transcript.messages)


def _dropped(bench: Bench, value: object) -> list[str]:
    """Faults where one of many holders has a bad input: it drops out, if it may, with a reason, and the others go on.

    What it sent before it opened its input cannot depend on it: keys and shares. Once it has opened it, nothing
    leaves.
    """
    holder = _holder(bench)
    session, channel = bench.published()[0], whole_channel()
    given = bench.case.given(bench.case.x0)
    secrets: dict[Party, Secret[Any]] = {p: Secret(v, owner=p) for p, v in given.items()}
    secrets[holder] = watched = Watched(value, owner=holder, channel=channel)
    try:
        outcome = session.run(secrets, channel)
    except VeilbenchError as error:
        if holder in bench.droppable or isinstance(error, MechanismError):
            return [f"it ends the run of all: {error}"]
        return _left_after(watched, channel)
    if holder not in outcome.dropped:
        return ["accepted"]
    found = _left_after(watched, channel)
    found += [] if outcome.reasons.get(holder, "").strip() else ["refused without a reason"]
    if not bench.right(outcome.output, bench.case.x0) or bench.case.left_out(outcome.output) != {holder}:
        found.append("the sum is not that of all others")
    return found


def _left_after(watched: Watched, channel: Channel) -> list[str]:
    after = sent_by(channel, watched.owner) - (watched.before or 0)
    return [f"refused after {after} wires had left"] if after else []
