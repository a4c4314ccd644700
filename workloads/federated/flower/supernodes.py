"""SuperNodes as contributors: the same mailboxes as those of contributors who come over HTTP, carried by Flower.

The host drives the rounds of the sum and aggregates. What it lays into a mailbox goes to the SuperNode as a message of
Flower, and what the SuperNode answers comes back. Where nothing was laid after the first round, nothing is sent.
"""

import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Protocol

from privacy.plugin import BoundaryError, Mechanism, ProtocolAborted, Seat, VeilbenchError
from privacy.plugin.elsewhere import Bundle, MailboxEndpoint, Mailboxes, MaterialCache, Refusal, RunKey
from workloads.federated.elsewhere import Order
from workloads.federated.flower.frames import of_bytes, to_bytes

ROUND_SECONDS = 90.0
"""How long a SuperNode has to answer one round of a sum: it looks for messages every three seconds, and trains."""
COME_SECONDS = 180.0
"""How long a round waits for enough SuperNodes to be there."""
_LOOK = 2.0
_HELLO = 15.0
"""How long a SuperNode that was silent has to answer a greeting."""


class Line(Protocol):
    """What carries frames to SuperNodes: `link.Link`."""

    def send(self, node: int, tag: str, frame: bytes, *, seconds: float) -> None: ...
    def nodes(self) -> list[int]: ...


class SuperNodes:
    """Places contributors on SuperNodes. `known` are the nodes of the deployment: the device of each, by its id.

    A node that is none of them gets no mail, and what it says is not heard.
    """

    def __init__(
        self, line: Line, known: Mapping[int, int], *, seconds: float = ROUND_SECONDS, come: float = COME_SECONDS
    ) -> None:
        self._line, self._known, self._seconds, self._come = line, dict(known), seconds, come
        self._sum: _Sum | None = None
        self._asked: _Asked | None = None
        self._silent: set[int] = set()

    def here(self, *, minimum: int) -> list[int]:
        """The devices whose SuperNodes are connected, but those that did not answer and have not come back."""
        until = time.monotonic() + self._come
        self._note_silent()
        while True:
            ids = [one for one in self._line.nodes() if one in self._known]
            if self._silent:
                self._silent -= self._answering([one for one in ids if one in self._silent])
            found = sorted(self._known[one] for one in ids if one not in self._silent)
            if len(found) >= minimum:
                return found
            if time.monotonic() > until:
                text = f"{len(found)} SuperNodes are there and {minimum} are needed"
                raise ProtocolAborted(text, then="start them again; committed rounds are kept")
            time.sleep(_LOOK)

    def _note_silent(self) -> None:
        if self._sum is not None:
            self._silent |= self._sum.silent()

    def _answering(self, ids: Sequence[int]) -> set[int]:
        """Of SuperNodes that were silent, those that answer a message now."""
        if not ids:
            return set()
        self._asked = asked = _Asked(ids)
        for one in ids:
            self._line.send(one, asked.tag, to_bytes({"hello": True}), seconds=_HELLO)
        return asked.answered(_HELLO)

    def begin(self, order: Order, places: Sequence[int], *, session: str) -> None:
        """Open a sum: contributor i of it is the SuperNode of the i-th of `places`."""
        self._note_silent()
        ids = {device: node for node, device in self._known.items()}
        nodes = {i: ids[place] for i, place in enumerate(places, start=1)}
        self._sum = _Sum(self._line, order, nodes, session=session, seconds=self._seconds)

    def hear(self, said: Mapping[str, Any]) -> None:
        """Take what the ServerApp says."""
        if self._asked is not None and said.get("tag") == self._asked.tag:
            self._asked.hear(said)
        elif self._sum is not None:
            self._sum.hear(said)

    def place(self, mechanism: Mechanism[Any], seat: Seat[Any], *, cache: MaterialCache | None) -> MailboxEndpoint:
        if self._sum is None:
            raise BoundaryError("no sum is open")
        return self._sum.place(seat)

    def close(self) -> None:
        """Nothing to end: SuperNodes are their owners'."""


class _Asked:
    """Who answers a greeting."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.tag = secrets.token_hex(8)
        self._ids, self._found, self._changed = set(ids), set[int](), threading.Condition()

    def hear(self, said: Mapping[str, Any]) -> None:
        with self._changed:
            if said["op"] == "reply":
                self._found |= {int(said["node"])} & self._ids
            self._changed.notify_all()

    def answered(self, seconds: float) -> set[int]:
        with self._changed:
            self._changed.wait_for(lambda: self._found == self._ids, timeout=seconds)
            return set(self._found)


class _Sum:
    """One sum's mail: the store behind its mailboxes."""

    def __init__(self, line: Line, order: Order, nodes: Mapping[int, int], *, session: str, seconds: float) -> None:
        self.id, self._line, self._order, self._nodes = secrets.token_hex(16), line, order, dict(nodes)
        self._session, self._seconds = session, seconds
        self._keys = {index: secrets.token_bytes(32) for index in nodes}
        self._runs: dict[int, list[int]] = {index: [] for index in nodes}
        self._bundles: dict[tuple[int, int], Bundle] = {}
        self._given_up: dict[tuple[int, int], str] = {}
        self._boxes = Mailboxes(self, self._keys, round_seconds=seconds)

    def place(self, seat: Seat[Any]) -> "_Endpoint":
        index = seat.party.index or 0
        if index not in self._keys:
            raise BoundaryError(f"there is no SuperNode for {seat.party}")
        return _Endpoint(seat, self._boxes, self._keys[index], self._runs[index])

    def silent(self) -> set[int]:
        """The nodes that did not answer in time."""
        return {self._nodes[index] for index, _ in self._given_up}

    # The store of the mailboxes

    def bundle(self, index: int, round_: int) -> Bundle | None:
        return self._bundles.get((index, round_))

    def given_up(self, index: int, round_: int) -> str | None:
        return self._given_up.get((index, round_))

    def give_up(self, index: int, round_: int, reason: str) -> None:
        self._given_up[index, round_] = reason

    def lay(self, index: int, round_: int, sealed: Sequence[bytes], *, material: int) -> None:
        if round_ > 1 and not sealed:
            self._bundles[index, round_] = Bundle()
            return
        mail: dict[str, Any] = {"sum": self.id, "round": round_, "inbox": list(sealed[material:])}
        if round_ == 1:
            o = self._order
            task = {one.name: getattr(o.task, one.name) for one in fields(o.task)}
            mail |= {
                "index": index, "session": self._session, "key": self._keys[index], "runs": self._runs[index],
                "material": list(sealed[:material]), "task": task, "stack": o.stack, "params": dict(o.params),
                "model": o.model, "version": o.version, "training": asdict(o.training),
            }  # fmt: skip
        self._line.send(self._nodes[index], f"{self.id} {index} {round_}", to_bytes(mail), seconds=self._seconds)

    def hear(self, said: Mapping[str, Any]) -> None:
        """Put an answer where the driver waits for it; one of another sum, or of another node, is dropped."""
        if said["op"] == "gone":
            for index in self._nodes:
                self._put(index, self._boxes.round, Bundle(end="abort", reason="Flower's server has ended"))
            return
        name, _, rest = str(said["tag"]).partition(" ")
        number, _, round_ = rest.partition(" ")
        if name != self.id or self._nodes.get(int(number)) != said["node"]:
            return
        self._put(int(number), int(round_), _bundle(said))

    def _put(self, index: int, round_: int, bundle: Bundle) -> None:
        def commit() -> None:
            self._bundles.setdefault((index, round_), bundle)

        try:
            self._boxes.accept(index, round_, commit)
        except Refusal:  # too late: the driver has gone on without it
            return


class _Endpoint(MailboxEndpoint):
    """A mailbox that notes which runs of the channel it takes part in, as its SuperNode has to know them."""

    def __init__(self, seat: Seat[Any], boxes: Mailboxes, key: bytes, runs: list[int]) -> None:
        super().__init__(seat.party, boxes, key)
        self._runs = runs

    def connect(self, key: RunKey) -> None:
        super().connect(key)
        self._runs.append(key.run)


def _bundle(said: Mapping[str, Any]) -> Bundle:
    if said["op"] != "reply":
        return Bundle(end="abort", reason=str(said.get("reason", "it failed")))
    try:
        found = of_bytes(bytes(said["frame"]))
        wires, end = tuple(bytes(one) for one in found["wires"]), str(found["end"])
        if end not in ("", "done", "abort"):
            raise ValueError
        return Bundle(wires, end, str(found["reason"])[:400], float(found["seconds"]))
    except (KeyError, TypeError, ValueError, VeilbenchError):
        return Bundle(end="abort", reason="its answer is malformed")
