"""Randomness that is kept: a SuperNode's part in a sum is played again from it, message by message.

Flower starts a new process for each message. So nothing of a role outlives its process but what is written down: the
random bytes that it has drawn and the wires that came, from which a new process makes the same role again.
"""

import secrets


class Tape:
    """The system's randomness, drawn once and kept in order."""

    seeded = False

    def __init__(self, kept: bytes = b"") -> None:
        self._drawn, self._at = bytearray(kept), 0

    @property
    def drawn(self) -> bytes:
        """All that was ever drawn. Secret: keys come of it."""
        return bytes(self._drawn)

    def bytes(self, count: int) -> bytes:
        """The next `count` bytes: those that were drawn there before, then fresh ones."""
        end = self._at + count
        if len(self._drawn) < end:
            self._drawn += secrets.token_bytes(end - len(self._drawn))
        found, self._at = bytes(self._drawn[self._at : end]), end
        return found
