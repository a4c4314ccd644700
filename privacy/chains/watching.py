"""One look at a chain for all who look: a thread reads what is new while somebody does, and pages never wait for it."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from privacy.chains.chain import Chain
from privacy.chains.errors import BadAnswer
from privacy.chains.explorer import Action, Explorer
from privacy.chains.gas_used import GasUse
from privacy.chains.types import Block
from privacy.errors import VeilbenchError

_LINGER = 20.0
"""Seconds without anybody looking after which the thread ends."""

_EVERY, _EVERY_REMOTE, _AFTER_ERROR = 0.3, 2.0, 2.0
"""Seconds between two looks at a chain of this device, at one of others, and at one that failed."""

_AHEAD = 50
"""Events whose times are there before a page asks for them."""


@dataclass(frozen=True)
class View:
    """A chain as it was at its newest block. `contracts` are the names of ours by address, `names` those of addresses.

    `events` is how many there are; `measuring` says that the gas of more transactions will follow.
    """

    serial: int
    chain_id: int
    head: Block
    latest: Sequence[tuple[Block, Sequence[Action]]]
    contracts: Mapping[str, str]
    names: Mapping[str, str]
    events: int
    gas: Sequence[GasUse]
    measuring: bool


class Watch:
    """A chain under watch."""

    def __init__(self, chain: Chain) -> None:
        self.explorer = Explorer(chain)
        self._view: View | None = None
        self._error: VeilbenchError | None = None
        self._turn, self._first, self._stop = threading.Lock(), threading.Event(), threading.Event()
        self._looked = 0.0
        self._thread: threading.Thread | None = None

    def look(self, *, wait: float = 0.0) -> tuple[View | None, VeilbenchError | None]:
        """The newest view, and what is wrong with the chain now; neither while the first answer has not come.

        `wait` is how many seconds the first answer may take.
        """
        with self._turn:
            self._looked = time.monotonic()
            if self._thread is None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._watch, daemon=True, name="chain watch")
                self._thread.start()
        if wait:
            self._first.wait(wait)
        return self._view, self._error

    def end(self) -> None:
        """End the watch for good, after the look that it is at."""
        self._stop.set()

    def close(self) -> None:
        """End the watch, and wait for its last look."""
        self.end()
        with self._turn:
            running = self._thread
        if running is not None:
            running.join(5)

    def _watch(self) -> None:
        pause = _EVERY if self.explorer.chain.local else _EVERY_REMOTE
        while self._wanted():
            try:
                self._refresh()
                self._error = None
            except VeilbenchError as error:
                self._error = error
            except Exception as error:
                text = f"what the node answers cannot be read: {type(error).__name__}"
                self._error = BadAnswer(text, where=self.explorer.chain.name, then="name another node of the chain")
            self._first.set()
            self._stop.wait(_AFTER_ERROR if self._error else pause)

    def _wanted(self) -> bool:
        with self._turn:
            if self._stop.is_set() or time.monotonic() - self._looked > _LINGER:
                self._thread = None
                return False
            return True

    def _refresh(self) -> None:
        explorer, before = self.explorer, self._view
        moved = explorer.refresh() or before is None
        if not moved and before is not None and not before.measuring:
            return
        if moved:
            explorer.timed(explorer.book.newest(_AHEAD))  # so that no page has to wait for them
        latest = explorer.latest() if moved or before is None else before.latest
        # The gas of many transactions takes a while: the first view comes before it.
        measuring = True if before is None else explorer.look_at_gas()
        head = explorer.head
        assert head is not None
        self._view = View(
            0 if before is None else before.serial + 1, explorer.chain.chain_id, head, latest,
            {address: one.name for address, one in explorer.contracts.items()}, dict(explorer.names),
            len(explorer.book), explorer.gas(), measuring,
        )  # fmt: skip
