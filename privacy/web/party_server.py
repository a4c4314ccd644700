"""The parties of one computing machine: each in a process of its own, with a cap on memory and time.

The process that listens handles frames alone. What a peer names is looked up in this machine's own registry and in
fixed tables; nothing is imported because a peer named it.
"""

import hashlib
import re
import threading
import time
from collections import OrderedDict
from typing import Any

from privacy import __version__
from privacy.errors import ProtocolAborted, UnknownNameError, VeilbenchError
from privacy.primitives.shards import Engine
from privacy.registry import Registry
from privacy.spec import API_VERSION
from privacy.transports.base import seat_for
from privacy.transports.http_frames import PROTOCOL, Operation, frame, read_operation, sealed_in, sealed_out
from privacy.transports.nursery import Nursery
from privacy.transports.spawned import Spawned, SpawnedEndpoint
from privacy.transports.worker import describe
from privacy.web.keeping import kept
from privacy.web.limits import Limits, Refused
from privacy.web.seating import ROLES, Seating, read_seating
from privacy.web.tab_seats import TabSeats

_NAME = re.compile(r"[A-Za-z0-9_-]{22,64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Inputs:
    """Own inputs by SHA-256, as the frames they came in; the ones used longest ago give way to new ones."""

    def __init__(self, *, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._held: OrderedDict[str, bytes] = OrderedDict()

    def put(self, digest: str, body: bytes) -> None:
        """Keep `body`; refused if it is not what its name says or too large."""
        if not _DIGEST.fullmatch(digest) or hashlib.sha256(body).hexdigest() != digest:
            raise Refused(422, "Malformed", "The input's SHA-256 is not the one in the address; send it again.")
        if len(body) > self._most:
            raise Refused(413, "Too large", f"This server keeps inputs of at most {self._most:,} bytes.")
        with self._lock:
            self._held[digest] = body
            self._held.move_to_end(digest)
            while sum(map(len, self._held.values())) > self._most:
                self._held.popitem(last=False)

    def get(self, digest: str) -> bytes:
        """The frame under `digest`; refused if it is not held."""
        with self._lock:
            if digest not in self._held:
                raise Refused(404, "No such input", "This server does not hold that input; send it first.")
            self._held.move_to_end(digest)
            return self._held[digest]


class Placed:
    """One seated party: its process, and the answer to the last operation, for a host that asks again."""

    def __init__(self, endpoint: SpawnedEndpoint, *, made_of: bytes, keep: str = "") -> None:
        self.endpoint, self.made_of, self.keep = endpoint, made_of, keep
        self.lock = threading.Lock()
        self.number, self.order, self.answer = 0, b"", b""
        self.used = time.monotonic()
        self.received = self.sent = 0

    def operate(self, number: int, body: bytes, *, seconds: float) -> bytes:
        """Carry out operation `number` unless it was; returns the frame that answers it.

        Each number is carried out once: the last one's answer is kept, and anything else is out of step.
        """
        order = read_operation(body)
        with self.lock:
            self.used = time.monotonic()
            digest = hashlib.sha256(body).digest()
            if number == self.number and digest == self.order:
                return self.answer
            if number != self.number + 1:
                raise Refused(409, "Out of step", f"Operation {number} came after {self.number}; open a new session.")
            answer = self._perform(order, seconds=seconds)
            self.number, self.order, self.answer = number, digest, answer
            self.used = time.monotonic()
            return answer

    def _perform(self, order: Operation, *, seconds: float) -> bytes:
        overran = threading.Event()

        def end() -> None:
            overran.set()
            self.endpoint.close()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            self.received += sealed_in(order)
            result = self.endpoint.ask(order.operation, **order.given)
            self.sent += sealed_out(order.operation, result)
            if self.keep and order.operation == "step":
                result = kept(result, self.keep)
            # What a party keeps is what its host has just sent: it does not go back.
            reply: dict[str, Any] = {"result": None if order.operation == "keep" else result}
            return frame(reply | {"seconds": self.endpoint.seconds})
        except VeilbenchError as error:
            reply = {"error": describe(_overran(self.endpoint, seconds) if overran.is_set() else error)}
            return frame(reply | {"seconds": self.endpoint.seconds})
        finally:
            timer.cancel()


def _overran(endpoint: SpawnedEndpoint, seconds: float) -> ProtocolAborted:
    text = f"{endpoint.party} took more than {seconds:g} seconds for one step and was ended"
    return ProtocolAborted(text, then="open a new session, or raise the server's time limit")


class PartyServer:
    """All parties of this machine, by the name that their host gave them.

    With an `engine`, the work of servers that splits is done there; with a `nursery`, parties are forked there.
    """

    def __init__(
        self, role: str, *, registry: Registry, limits: Limits, engine: Engine | None = None, tab_origin: str = "",
        nursery: Nursery | None = None,
    ) -> None:  # fmt: skip
        if role not in ROLES:
            raise UnknownNameError("role", role, ROLES)
        self.role, self.registry, self.limits = role, registry, limits
        self.inputs = Inputs(most=limits.inputs_bytes)
        self._spawned = Spawned(memory_bytes=limits.memory_bytes, engine=engine, nursery=nursery)
        self.tab_origin = tab_origin
        self.tabs = TabSeats(self._spawned, most=limits.parties, idle_seconds=limits.idle_seconds)
        self._lock = threading.Lock()
        self._parties: dict[str, Placed] = {}
        self._opening: set[str] = set()

    def health(self) -> dict[str, Any]:
        return {
            "role": self.role, "version": __version__, "api": API_VERSION, "protocol": PROTOCOL,
            "body_bytes": self.limits.body_bytes, "tab_origin": self.tab_origin,
        }  # fmt: skip

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of the parties seated here."""
        return self._spawned.pids

    def seat(self, name: str, body: bytes) -> dict[str, Any]:
        """Seat a party in a process of its own."""
        if not _NAME.fullmatch(name):
            raise Refused(422, "Malformed", "A party's name is 22 to 64 random letters, digits, '-' and '_'.")
        digest = hashlib.sha256(body).digest()
        with self._lock:
            known = self._parties.get(name)
            if known is not None and known.made_of == digest:
                return {"party": str(known.endpoint.party)}
            if known is not None or name in self._opening:
                raise Refused(409, "Name taken", "A party of that name is seated here; choose another name.")
            if len(self._parties) + len(self._opening) >= self.limits.parties:
                raise Refused(
                    503, "Busy", f"This server seats {self.limits.parties} parties and all seats are taken; "
                    "close a session, or try again later.", headers={"Retry-After": "2"},
                )  # fmt: skip
            self._opening.add(name)
        try:
            seating = read_seating(body, role=self.role)
            placed = Placed(self._start(seating), made_of=digest, keep=seating.keep)
            with self._lock:
                self._parties[name] = placed
        finally:
            with self._lock:
                self._opening.discard(name)
        return {"party": str(placed.endpoint.party)}

    def _start(self, seating: Seating) -> SpawnedEndpoint:
        mechanism, task = seating.mechanism(self.registry), seating.task
        own = seating.own(self.registry, self.inputs.get)
        return self._spawned.place(mechanism, seat_for(seating.party, task, own), cache={})

    def seat_for_tabs(self, name: str, body: bytes) -> None:
        """Seat a server that browsers ask themselves; refused where this machine was started without an origin."""
        if not self.tab_origin:
            raise Refused(403, "No tabs", "This server was started without --tab-origin: no page may ask it.")
        if not _NAME.fullmatch(name):
            raise Refused(422, "Malformed", "A server's name is 22 to 64 random letters, digits, '-' and '_'.")
        seating = read_seating(body, role=self.role)
        own = seating.own(self.registry, self.inputs.get)
        self.tabs.seat(name, seating, mechanism=seating.mechanism(self.registry), own=own)

    def operate(self, name: str, number: int, body: bytes) -> bytes:
        """Carry out one operation of a party."""
        return self._placed(name).operate(number, body, seconds=self.limits.operation_seconds)

    def status(self, name: str) -> dict[str, Any]:
        """Counts of one party."""
        placed = self._placed(name)
        return {"operations": placed.number, "received": placed.received, "sent": placed.sent}

    def leave(self, name: str) -> None:
        """End a party; one that is not here is as good as ended."""
        with self._lock:
            placed = self._parties.pop(name, None)
        if placed is not None:
            placed.endpoint.close()

    def reap(self) -> None:
        """End the parties that nobody has asked anything for too long."""
        before = time.monotonic() - self.limits.idle_seconds
        with self._lock:
            idle = [n for n, p in self._parties.items() if p.used < before and not p.lock.locked()]
        for name in idle:
            self.leave(name)
        self.tabs.reap()

    def close(self) -> None:
        """End every party."""
        with self._lock:
            names = list(self._parties)
        for name in names:
            self.leave(name)
        self.tabs.close()
        self._spawned.close()

    def _placed(self, name: str) -> Placed:
        with self._lock:
            placed = self._parties.get(name)
        if placed is None:
            raise Refused(
                404, "No such party", "This server seats no party of that name: it was started again, or closed a "
                "session that was idle; open a new session.",
            )  # fmt: skip
        return placed
