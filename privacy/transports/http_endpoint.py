"""The host's end of a party on a server: every operation of an endpoint, numbered so that none runs twice."""

import contextlib
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from privacy.boundary.party import Party
from privacy.boundary.secret import Secret
from privacy.boundary.wire import Wire
from privacy.errors import BoundaryError, ProtocolAborted, ServiceError, VeilbenchError, WireError
from privacy.transports.http_frames import Operation, frame, parse, sealed_in, sealed_out
from privacy.transports.http_line import Line, problem_of
from privacy.transports.spawned import raised, sealed
from privacy.transports.station import Reply, RunKey, content_hash
from privacy.transports.worker import wire_fields

_MOST_TOLD = 1000
"""Characters of a server's own words that are shown."""


class HttpEndpoint:
    """One party on a server. `payload` counts the bytes of sealed wires that went either way."""

    def __init__(self, party: Party, line: Line, *, name: str, most: int) -> None:
        self.party, self.line, self.seconds, self.payload = party, line, 0.0, 0
        self._name, self._most, self._number = name, most, 0
        self._key, self._offered = RunKey("", 0, b""), list[Wire]()
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._ahead: tuple[int, tuple[bytes, ...], Future[Any]] | None = None
        self._gone = False

    def seat(self, order: bytes, *, digest: str | None, own: bytes | None) -> None:
        """Ask the server to seat the party, whose own input goes there first unless the server holds it."""
        for _ in range(2):  # an input may have given way to others in between
            if digest is not None and own is not None:
                status, _ = self.line.ask("GET", f"/api/inputs/{digest}")
                if status == 404:
                    self._fits(own)
                    self.line.ask("PUT", f"/api/inputs/{digest}", own)
            self._fits(order)
            status, body = self.line.ask("PUT", f"/api/parties/{self._name}", order)
            if status != 404:
                return
        raise ServiceError(f"the server at {self.line.url} says: {problem_of(body).get('detail', 'not found')}")

    def connect(self, key: RunKey) -> None:
        self._key = key
        self._ask("connect", **vars(key))

    def publish(self, *, offer: bool) -> list[bytes]:
        return sealed(self._ask("publish", offer=offer))

    def want(self, offers: Sequence[bytes]) -> list[bytes]:
        """A party elsewhere keeps nothing between sessions: it wants all that is offered."""
        self._offered = self._open(offers)
        return sealed(self._ask("want", offers=list(offers)))

    def fulfil(self, wants: Sequence[bytes]) -> list[bytes]:
        return sealed(self._ask("fulfil", wants=list(wants)))

    def keep(self, material: Sequence[bytes]) -> list[Wire]:
        self._ask("keep", material=list(material))
        wires = self._open(material)
        held = {content_hash(w): w for w in wires}
        if self._offered:
            return [replace(held[w.body], to=w.to, sender=w.sender) for w in self._offered if w.body in held]
        return wires

    def admit(self, newcomers: Sequence[Party], material: Sequence[bytes], *, held: Sequence[Wire]) -> None:
        named, wires = [p.name for p in newcomers], [wire_fields(w) for w in held]
        self._ask("admit", newcomers=named, material=list(material), held=wires)

    def begin(self, key: RunKey, secret: Secret[Any] | None) -> None:
        """Start a run. BoundaryError if there is a private input: none leaves for another machine."""
        if secret is not None:
            raise BoundaryError(f"a private input of {secret.owner} does not move to a server", then="send a wire")
        self._key = key
        self._ask("begin", **vars(key))

    def announce(self, round_: int, inbox: Sequence[bytes]) -> None:
        """Start the step, so that this server computes while other parties do."""
        self._settle()
        self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix=f"ahead of {self.party}")
        given = tuple(inbox)
        self._ahead = round_, given, self._pool.submit(self._ask, "step", round_=round_, inbox=list(given))

    def step(self, round_: int, inbox: Sequence[bytes]) -> Reply:
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[:2] == (round_, tuple(inbox)):
            return _reply(ahead[2].result())
        if ahead is not None:
            _wait(ahead[2])
        return _reply(self._ask("step", round_=round_, inbox=list(inbox)))

    def take(self, sealed: bytes) -> bool:
        return bool(self._ask("take", sealed=sealed))

    def forget(self) -> None:
        """Drop the party's keys; where it cannot be told to, by ending its process."""
        self._settle()
        if not self._gone:
            try:
                self._ask("forget")
            except (ServiceError, ProtocolAborted):
                self.close()

    def close(self) -> None:
        """End the party's process, and the connection."""
        if self._gone:
            return
        self._settle()
        self._gone = True
        if self._pool is not None:
            self._pool.shutdown()
        with contextlib.suppress(VeilbenchError):
            self.line.ask("DELETE", f"/api/parties/{self._name}", tries=1)
        self.line.close()

    def _settle(self) -> None:
        """Wait for a step that was begun ahead and that nobody asked for since."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            _wait(ahead[2])

    def _open(self, sealed: Sequence[bytes]) -> list[Wire]:
        envelope = self._key.envelope()
        return [envelope.open(one)[1] for one in sealed]

    def _fits(self, body: bytes) -> None:
        if len(body) > self._most:
            text = f"{self.party} needs {len(body):,} bytes at once; the server at {self.line.url} takes {self._most:,}"
            raise ServiceError(text, then="raise its limit, or make the task smaller")

    def _ask(self, operation: str, **given: Any) -> Any:
        """One operation, carried out once however often it has to be sent."""
        body = frame((operation, given))
        self._fits(body)
        with self._lock:
            if self._gone:
                raise ProtocolAborted(f"the session of {self.party} has ended", then="open a new session")
            status, answer = self.line.ask("POST", f"/api/parties/{self._name}/{self._number + 1}", body)
            if status == 404:
                text = f"the server at {self.line.url} no longer knows {self.party}: it was restarted, or left idle"
                raise ProtocolAborted(text, then="open a new session and run it again")
            self._number += 1  # an operation that was refused was not carried out: its number is free
            return self._read(operation, given, answer)

    def _read(self, operation: str, given: dict[str, Any], answer: bytes) -> Any:
        words = parse(answer)
        self.payload += sealed_in(Operation(operation, given))
        try:
            self.seconds = max(self.seconds, float(words["seconds"]))
            if "error" in words:
                raise raised({name: str(text)[:_MOST_TOLD] for name, text in words["error"].items()})
            result = words["result"]
            self.payload += sealed_out(operation, result)
        except (TypeError, ValueError, KeyError, IndexError):
            raise WireError(f"the server at {self.line.url} gave a malformed answer") from None
        return result


def _wait(future: Future[Any]) -> None:
    """Wait for a step whose result nobody wants any more."""
    with contextlib.suppress(VeilbenchError):
        future.result()


def _reply(answer: Any) -> Reply:
    try:
        wires, done, output, abort, refused = answer
        left_out = tuple(int(place) for place in refused)
        return Reply(tuple(sealed(wires)), bool(done), output, None if abort is None else str(abort)[:500], left_out)
    except (TypeError, ValueError):
        raise WireError("a server gave a malformed answer") from None
