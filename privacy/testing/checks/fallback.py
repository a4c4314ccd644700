"""The check of what a device does when it is answered badly: it must not then send what it hid before."""

import contextlib
import secrets
from collections import Counter
from collections.abc import Callable, Iterable

from privacy.boundary.party import Party
from privacy.boundary.transcript import Message, Transcript
from privacy.boundary.wire import Exposure, Wire
from privacy.deadline import within
from privacy.errors import VeilbenchError
from privacy.guarantees import Strength
from privacy.mechanism import Role
from privacy.testing.bench import Bench, CheckResult, station, whole_channel
from privacy.testing.game import Observer, Recorder, judge, toss
from privacy.testing.shadow import Shadow

Spoil = Callable[[list[Wire]], list[Wire]]
_PLAYS = 120


class Spoiling(Shadow):
    """A computing party whose wires to the holders are spoiled in every run; its set-up is left alone."""

    def __init__(self, inner: Role[object], spoil: Spoil) -> None:
        super().__init__(inner)
        self._spoil, self._ready = spoil, False

    def begin(self, secret: object) -> None:
        self._ready = True
        super().begin(secret)

    def sent(self, wires: Iterable[Wire]) -> list[Wire]:
        return self._spoil(list(wires)) if self._ready else list(wires)


def _bodies(change: Callable[[bytes], bytes]) -> Spoil:
    return lambda wires: [Wire(w.to, w.kind, w.exposure, change(w.body), via=w.via) for w in wires]


SPOILS: dict[str, Spoil] = {
    "an empty answer": _bodies(lambda b: b""),
    "a random answer": _bodies(lambda b: secrets.token_bytes(len(b))),
    "a cut answer": _bodies(lambda b: b[: len(b) // 2]),
    "no answer": lambda wires: [],
}


def check_fallback(bench: Bench) -> CheckResult:
    """Answered with nonsense or not at all, holders send nothing that they would not have sent.

    Where they do send more, it is hidden as well as the rest: the game is played on what the party then sees.
    """
    title = "nothing more is sent after a bad answer"
    guarded = [p for p in bench.computing if (c := bench.claim(p)) and c.strength > Strength.NONE]
    if not guarded:
        return CheckResult("fallback", title, None, "nothing is claimed that could be given up")
    usual = Counter(_shape(m) for m in _held(bench, bench.run(bench.published()[0], bench.case.x0)[1]))
    found, tried, longer = [], 0, list[str]()
    for party in guarded:
        for name, spoil in SPOILS.items():
            tried += 1
            more = _held(bench, _spoiled(bench, party, spoil, bench.case.x0))
            extra = Counter(_shape(m) for m in more) - usual
            if not extra:
                continue
            longer.append(name)
            plain = [m for m in more if m.exposure == Exposure.PLAINTEXT and m.receiver in guarded]
            if plain:
                found.append(
                    f"after {name} {plain[0].sender} sends {plain[0].kind!r} to {plain[0].receiver} in the clear"
                )
    if longer and not found:
        found = [fault for p in guarded for fault in _played(bench, p, SPOILS[longer[0]])]
    fine = f"{tried} bad answers, and {'more was sent, hidden as well' if longer else 'nothing more was sent'}"
    return CheckResult("fallback", title, not found, "; ".join(found[:4]) or fine)


def _shape(message: Message) -> tuple[object, ...]:
    return (message.sender, message.receiver, message.kind, message.exposure, message.body_bytes)


def _held(bench: Bench, transcript: Transcript) -> list[Message]:
    return [m for m in transcript.messages if m.sender in bench.case.holders]


def _spoiled(bench: Bench, party: Party, spoil: Spoil, value: object) -> Transcript:
    """What the channel carried in a run in which `party` answers badly, however it ended."""
    session, _ = bench.published()
    seated = station(session, party)
    seated.role = Spoiling(seated.role, spoil)
    channel = whole_channel()
    with contextlib.suppress(VeilbenchError, TimeoutError):
        within(bench.patience, lambda: bench.drive(session, value, channel=channel))
    return channel.transcript


def _played(bench: Bench, party: Party, spoil: Spoil) -> list[str]:
    """The game on what `party` sees when it answers badly."""
    plays = max(40, min(bench.plays, _PLAYS))
    coins, recorder = toss(plays, seed=bench.seed), Recorder(plays=plays)
    for coin in coins:
        value = bench.case.x1 if coin else bench.case.x0
        recorder.add(_spoiled(bench, party, spoil, value).view({party}))
    result = judge(bench, Observer(party.name, frozenset({party}), bench.claim(party)), recorder, coins)
    if not result.beaten:
        return []
    return [f"{party}, who answers badly, tells inputs apart: advantage {result.advantage:.2f} in {result.n} guesses"]
