"""The channel: carries every wire between parties and records it."""

import secrets

from privacy.boundary.envelope import Envelope
from privacy.boundary.party import Party
from privacy.boundary.transcript import Transcript
from privacy.boundary.wire import Wire
from privacy.errors import BoundaryError, IntegrityError


class Channel:
    """One session's carrier: a session key, a transcript, and the envelopes of its runs.

    The host makes one channel for each session of a client. It carries sealed envelopes as they are: both the
    channel and the receiving endpoint verify them.
    """

    def __init__(self, *, transcript: Transcript | None = None) -> None:
        self.session = secrets.token_hex(8)
        self.key = secrets.token_bytes(32)
        self.transcript = transcript or Transcript()
        self._runs = 0

    def open_run(self) -> int:
        """Number the next run of this session."""
        self._runs += 1
        return self._runs

    def envelope(self, run: int) -> Envelope:
        """A fresh endpoint's envelope for `run`; every endpoint of the run has its own."""
        return Envelope(key=self.key, session=self.session, run=run)

    def carry(
        self, sealed: bytes, *, sender: Party, opener: Envelope, phase: str, gas: int = 0
    ) -> tuple[Wire, bytes]:
        """Verify and record one envelope from `sender`; return its wire, for routing, and what to deliver.

        `gas` is what a chain charged for what it answers with this wire.
        """
        binding, wire = opener.open(sealed)
        if binding.sender != sender:
            raise IntegrityError(f"{sender} sent a wire in the name of {binding.sender}")
        if wire.to == sender:
            raise BoundaryError(f"{sender} sent a wire to itself")
        self.transcript.record(binding, wire, phase=phase, size=len(sealed), key=self.key, gas=gas)
        return wire, self.transport(sealed)

    def transport(self, sealed: bytes) -> bytes:
        """Return the bytes that arrive for `sent` bytes: the same. The conformance kit overrides this to tamper."""
        return sealed

    def seal(self) -> Transcript:
        """End the session: no wire is carried after this. Returns the transcript."""
        return self.transcript.seal()
