"""The check of wires that are altered on their way: not what their sender sent."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from privacy.boundary.channel import Channel
from privacy.boundary.party import Party
from privacy.boundary.transcript import Message, Transcript
from privacy.errors import IntegrityError, ProtocolAborted, VeilbenchError
from privacy.testing.bench import Bench, CheckResult, station

Alteration = Callable[[list[bytes], bytes], bytes]
"""What arrives, from the wires carried before and the wire that was sent."""

_HEADER_AT = 8
_TAG_BYTES = 32
_MANY = 24
_FEW = 5


class TamperingChannel(Channel):
    """A channel on which one wire arrives altered: the `target`-th that it carries after `arm`."""

    def __init__(self) -> None:
        super().__init__(transcript=Transcript(sample_bytes=None))
        self.carried: list[bytes] = []
        self._alter: Alteration | None = None
        self._target = -1

    def arm(self, target: int, alter: Alteration) -> None:
        """From now on count anew; `alter` gets what was carried since, and the wire."""
        self.carried, self._target, self._alter = [], target, alter

    def transport(self, sealed: bytes) -> bytes:
        index = len(self.carried)
        self.carried.append(sealed)
        if self._alter is None or index != self._target:
            return sealed
        return self._alter(self.carried[:-1], sealed)


def flip(sealed: bytes, place: int, bit: int = 0) -> bytes:
    altered = bytearray(sealed)
    altered[place] ^= 1 << bit
    return bytes(altered)


def check_envelope(bench: Bench) -> CheckResult:
    """A wire altered, cut, replayed or exchanged on its way is refused.

    All keys are gone afterwards; or, where its sender or receiver may drop out, that party alone is left out by name
    and the others go on.
    """
    title = "tampering on the way detected, keys discarded"
    if bench.droppable:
        title += " or its sender left out by name"
    session, setup = bench.published()
    foreign = TamperingChannel()
    bench.run(session, bench.case.x0, channel=foreign)
    sent = foreign.transcript.messages
    lasts = _lasts(bench)
    tamperings = [
        t for i in _targets(sent) for t in _tamperings(i, foreign.carried[i], ends(sent[i])) if t.alter or lasts
    ]
    # An odd step: each sort of wire meets another alteration.
    tamperings = tamperings[:: bench.some(1, remote=max(3, len(tamperings) // _FEW | 1))]
    found = [f"wire {t.target + 1}, {t.name}: {fault}" for t in tamperings for fault in _tampered_run(bench, t)]
    targets = _targets(setup.messages)[: bench.some(_MANY, remote=2)]
    for target in targets:
        found += [f"set-up wire {target + 1}, flipped bit: {fault}" for fault in _tampered_setup(bench, target)]
    tried = len(tamperings) + len(targets)
    if not tried:
        return CheckResult("envelope", title, None, "no wire is sent")
    fine = f"{tried} of {tried} alterations refused"
    fine += "" if bench.place.here else "; the keys of parties elsewhere are out of the kit's sight"
    return CheckResult("envelope", title, not found, "; ".join(found[:8]) or fine)


def _targets(messages: Sequence[Message]) -> list[int]:
    """Places of the wires to alter: all, or where there are many the first and the last of each sort."""
    if len(messages) <= _MANY:
        return list(range(len(messages)))
    sorts: dict[tuple[object, ...], list[int]] = {}
    for place, m in enumerate(messages):
        sorts.setdefault((m.sender.role, m.receiver.role, m.via, m.kind, m.round), []).append(place)
    return sorted({place for places in sorts.values() for place in (places[0], places[-1])})


def _lasts(bench: Bench) -> bool:
    """Whether seats serve a second run: else there is no earlier one to replay."""
    session, _ = bench.published()
    bench.run(session, bench.case.x0)
    try:
        bench.run(session, bench.case.x0)
    except ProtocolAborted:
        return False
    return True


def ends(message: Message) -> frozenset[Party]:
    """Those whom a wire that goes wrong may cost their part: its sender and its receiver."""
    return frozenset({message.sender, message.receiver})


@dataclass(frozen=True)
class Tampering:
    """What happens to the wire at `target`. Without `alter`, the wire of an earlier run takes its place."""

    name: str
    target: int
    alter: Alteration | None
    ends: frozenset[Party]


def _tamperings(target: int, foreign: bytes, ends: frozenset[Party]) -> Iterator[Tampering]:
    yield Tampering("flipped header bit", target, lambda _, s: flip(s, _HEADER_AT), ends)
    yield Tampering("flipped body bit", target, lambda _, s: flip(s, len(s) - _TAG_BYTES - 1), ends)
    yield Tampering("flipped tag bit", target, lambda _, s: flip(s, -1), ends)
    yield Tampering("cut short", target, lambda _, s: s[:-1], ends)
    yield Tampering("emptied", target, lambda _, s: b"", ends)
    yield Tampering("wire of another session", target, lambda _, s: foreign, ends)
    yield Tampering("wire of an earlier run", target, None, ends)
    if target:
        yield Tampering("the previous wire again", target, lambda past, _: past[-1], ends)


def _tampered_run(bench: Bench, tampering: Tampering) -> list[str]:
    session, channel = bench.session(), TamperingChannel()
    session.publish(channel)
    alter = tampering.alter
    if alter is None:
        channel.arm(-1, lambda _, s: s)
        bench.run(session, bench.case.x0, channel=channel)
        earlier = channel.carried[tampering.target]
        alter = lambda _, s: earlier  # noqa: E731
    channel.arm(tampering.target, alter)
    try:
        outcome = bench.drive(session, bench.case.x1, channel=channel)
    except IntegrityError:
        seen = [p for p in session.endpoints if bench.visible(session, p)]
        left = [p.name for p in seen if station(session, p).role.seat.keys.material()]
        return [f"refused, but {', '.join(left)} still holds keys"] if left else []
    except VeilbenchError as error:
        return [f"{type(error).__name__} instead of IntegrityError"]
    if not bench.named(outcome) & bench.droppable & tampering.ends:
        return ["accepted"]
    return [] if bench.right(outcome.output, bench.case.x1) else ["its sender is left out and the sum is wrong"]


def _tampered_setup(bench: Bench, target: int) -> list[str]:
    channel = TamperingChannel()
    channel.arm(target, lambda _, sealed: flip(sealed, len(sealed) // 2))
    try:
        bench.session().publish(channel)
    except IntegrityError:
        return []
    return ["accepted"]
