"""The live rounds of one server: those of before a restart, then one after another."""

import secrets
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from privacy.errors import ParamError, StateError, VeilbenchError
from privacy.home import home
from privacy.live.journal import Journal
from privacy.live.plan import Definition, plan
from privacy.live.rounds import LiveRound
from privacy.live.versioned import no_blobs
from privacy.live.words import over
from privacy.registry import Registry
from privacy.words import plain

if TYPE_CHECKING:
    from privacy.live.keeper import Keeper
    from privacy.transports.http import Http


def announce(one: LiveRound) -> None:
    """Say on the server's standard error how a live round ended."""
    result = one.result or {}
    words = over(len(result.get("included", ()))) if one.state == "done" else result.get("reason", "")
    if made := result.get("version"):
        words += f"; version {made['round']} of {one.definition.room['name']} is {made['model']}"
    elif "no_version" in result:
        words += f"; no version came of it: {result['no_version']} Start the server again to go on"
    where = one.journal.folder / "result.json"
    print(plain(f"live round {one.id}: {one.state}, {words} ({where})"), file=sys.stderr, flush=True)


class LiveService:
    """Opens `count` live rounds one after another (0: without end), and goes on with those that a restart cut short."""

    def __init__(
        self, definition: Definition, registry: Registry, *, count: int = 1, folder: Path | None = None,
        collector: "Http | None" = None, keeper: "Keeper | None" = None,
        on_end: Callable[[LiveRound], None] = announce,
    ) -> None:  # fmt: skip
        if keeper is not None and collector is not None:
            text = "a collector elsewhere keeps the sum to itself, and a version is made of it here"
            raise ParamError(text, then="leave --collector out")
        self._keeper, self._blobs = keeper, keeper.blob if keeper else no_blobs
        definition = keeper.begin(definition) if keeper else definition
        # A mistake is told at once.
        self.planned = plan(definition, registry, joined=definition.contributors, blobs=self._blobs)
        self.definition, self.count, self.collector = definition, count, collector
        self._registry, self._reply = registry, on_end
        self._folder = folder or home() / "live"
        self._lock, self._closing = threading.RLock(), False
        self._all: dict[str, LiveRound] = {}

    def start(self) -> "LiveService":
        """Go on with what is unfinished; open a live round unless one of this definition is."""
        with self._lock:
            for path in sorted(self._folder.glob("*/definition.json"), key=lambda p: p.stat().st_mtime):
                self._load(path.parent)
            unfinished = [one for one in self._all.values() if one.result is None]
            for one in self._all.values():
                one.start()
            if not any(one.definition.continues(self.definition) for one in unfinished):
                self._go_on()
        return self

    def _go_on(self) -> None:
        """Open the next live round of a series in a room that was cut short, or the first of a series."""
        mine = [one for one in self._all.values() if one.definition.continues(self.definition)]
        if self._keeper is not None and mine and not mine[-1].last:
            self._open(mine[-1].number + 1, self._keeper.after(mine[-1].definition, mine[-1].result or {}))
        else:
            self._open(1, self.definition)

    def close(self) -> None:
        """Stand still; what was acknowledged is in the journal."""
        with self._lock:
            self._closing = True
            everything = list(self._all.values())
        for one in everything:
            one.stop()

    def get(self, name: str) -> LiveRound | None:
        return self._all.get(name)

    def all(self) -> list[LiveRound]:
        """Oldest first."""
        with self._lock:
            return list(self._all.values())

    @property
    def ended(self) -> bool:
        """Whether no live round is open and none will be."""
        with self._lock:
            return all(one.result is not None for one in self._all.values())

    def _load(self, folder: Path) -> None:
        journal = Journal(folder)
        kept = journal.get("definition.json") or {}
        try:
            definition = Definition.read(kept["definition"])
            if definition.room and definition.room["id"] != self.definition.room.get("id"):
                return  # it goes on when its own room is served
            one = self._add(journal, definition, int(kept["number"]))
            if one.result is None:
                plan(one.definition, self._registry, joined=one.definition.contributors, blobs=self._blobs)
        except (VeilbenchError, KeyError, TypeError, ValueError) as error:
            text = f"live round {folder.name} cannot go on: {error}"
            raise StateError(text, where=str(folder), then="install what it needs, or move it away") from None

    def _open(self, number: int, definition: Definition) -> None:
        name = f"{number}-{secrets.token_hex(4)}"
        journal = Journal(self._folder / name)
        journal.put("definition.json", {"definition": definition.as_dict(), "number": number})
        self._add(journal, definition, number).start()

    def _add(self, journal: Journal, definition: Definition, number: int) -> LiveRound:
        last = bool(self.count) and number >= self.count
        then = "no further one is planned" if last else "the next one opens when this one has ended"
        one = LiveRound(
            journal, definition, self._registry, then=then, number=number, last=last, collector=self.collector,
            keeper=self._keeper, on_end=self._on_end,
        )  # fmt: skip
        self._all[one.id] = one
        return one

    def _on_end(self, one: LiveRound) -> None:
        result = one.result or {}
        with self._lock:
            if not self._closing and not one.last and "no_version" not in result:
                following = self._keeper.after(one.definition, result) if self._keeper else self.definition
                self._open(one.number + 1, following)
        self._reply(one)
