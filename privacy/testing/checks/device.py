"""The check of two devices: what one is answered, another cannot read. A key that every copy has would open it."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from privacy.boundary.channel import Channel
from privacy.boundary.envelope import Envelope
from privacy.boundary.party import Party
from privacy.boundary.transcript import Message, Transcript
from privacy.boundary.wire import Exposure
from privacy.deadline import within
from privacy.errors import VeilbenchError
from privacy.guarantees import Strength
from privacy.protocol import Session
from privacy.testing.bench import Bench, CheckResult, whole_channel
from privacy.transports.spawned import Spawned

Answers = dict[tuple[Party, str], list[bytes]]


class Swapped(Channel):
    """A channel on which ciphertexts for one party arrive as those of another session, in valid envelopes."""

    def __init__(self, reader: Party, answers: Answers) -> None:
        super().__init__(transcript=Transcript(sample_bytes=None))
        self._reader, self._left = reader, {key: list(bodies) for key, bodies in answers.items()}
        self._sealers: dict[int, Envelope] = {}
        self.swapped = 0

    def open_run(self) -> int:
        run = super().open_run()
        self._sealers[run] = self.envelope(run)
        return run

    def transport(self, sealed: bytes) -> bytes:
        run = max(self._sealers)
        binding, wire = self.envelope(run).open(sealed)
        waiting = self._left.get((binding.sender, wire.kind), [])
        if wire.to == self._reader and wire.exposure == Exposure.CIPHERTEXT and waiting:
            wire, self.swapped = replace(wire, body=waiting.pop(0)), self.swapped + 1
        # All wires of a run are sealed anew, so that their numbers stay in order.
        return self._sealers[run].seal(wire, sender=binding.sender, round_=binding.round)


def _answers(messages: tuple[Message, ...], reader: Party) -> Answers:
    found: Answers = defaultdict(list)
    for m in messages:
        if m.phase == "run" and m.receiver == reader and m.exposure == Exposure.CIPHERTEXT:
            found[m.sender, m.kind].append(m.sample)
    return dict(found)


@contextmanager
def _apart(bench: Bench, reader: Party) -> Iterator[Session[object]]:
    """Fresh seats, the reader in a process of its own."""
    with Spawned() as transport:
        yield bench.session(transports={reader.role: transport})


def check_device(bench: Bench) -> CheckResult:
    """An answer in ciphertext opens on the device that asked, and on no other: each in a process of its own.

    So no key is the same on two devices, and nobody without the key, a server included, opens it as a client would.
    """
    title = "an answer opens on its own device alone"
    mechanism, task = bench.mechanism, bench.case.task
    (reader, *more) = mechanism.result_parties(task)
    ciphers = any((c := bench.claim(p)) and c.strength == Strength.COMPUTATIONAL for p in bench.computing)
    if more or not (ciphers or mechanism.key_holder(task) == reader):
        return CheckResult("device", title, None, "no key is claimed that one party alone would have")
    mine, other = bench.secrets(2)
    with _apart(bench, reader) as session:
        session.publish(whole_channel())
        output, transcript = bench.run(session, mine)
    answers = _answers(transcript.messages, reader)
    if not bench.right(output, mine):
        return CheckResult("device", title, False, f"the output is wrong where {reader} sits in a process of its own")
    if not answers:
        return CheckResult("device", title, None, f"no answer to {reader} is declared ciphertext")
    if bench.right(output, other):
        return CheckResult("device", title, None, "within the declared tolerance all outputs are alike")
    with _apart(bench, reader) as session:
        session.publish(whole_channel())
        channel = Swapped(reader, answers)
        try:
            opened = within(bench.patience, lambda: bench.drive(session, other, channel=channel).output)
        except (VeilbenchError, TimeoutError) as error:
            return CheckResult("device", title, True, f"{reader} on another device refuses it: {error}")
    if not channel.swapped:
        return CheckResult("device", title, None, "the second device was asked for other wires")
    if bench.right(opened, mine):
        return CheckResult("device", title, False, f"a second {reader}, in another process, opens what the first got")
    return CheckResult("device", title, True, f"a second {reader}, in another process, reads nothing of it")
