"""A contributor's side of a live round, on its own device: it fetches mail, answers, and learns how it ended."""

import random
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from privacy.boundary.secret import Secret
from privacy.boundary.wire import PLAINTEXT, RANDOMISED
from privacy.debugging import hear_from
from privacy.errors import ProtocolAborted, ServiceError, VeilbenchError
from privacy.guarantees import Guarantee
from privacy.live.plan import Definition, Plan, plan, weaker
from privacy.live.versioned import Blobs, no_blobs
from privacy.live.words import ANSWER_HEADERS, answered, lengths_of
from privacy.primitives.aggregation import contributor
from privacy.registry import Registry
from privacy.transports.base import role_of, seat_for
from privacy.transports.http_line import certificates
from privacy.transports.mailbox import MATERIAL_RUN, RUN
from privacy.transports.station import Reply, RunKey, Station

_AGAIN = frozenset({429, 500, 502, 503, 504})
_MOST_BODY = 2**31
_MOST_WIRES = 1_000_000
_SLOWEST = 2.0


class Began(Exception):
    """The run began again under fresh keys."""


class Over(Exception):
    """There is no more mail for this contributor."""


class Closed(Exception):
    """The cohort takes nobody any more; its text says when the next one opens."""


@dataclass(frozen=True)
class Mail:
    """One round's mail: what was published before the run, then the inbox."""

    session: str
    joined: int
    material: tuple[bytes, ...]
    inbox: tuple[bytes, ...]


class Server:
    """The aggregator's server. A request is sent again, slower and slower, while the server cannot be reached."""

    def __init__(self, url: str, token: str, *, patience: float = 60.0) -> None:
        self.url, self.patience = url.rstrip("/"), patience
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        timeout = httpx.Timeout(60.0, connect=5.0)
        self._client = httpx.Client(verify=certificates(self.url), headers=headers, timeout=timeout)

    def ask(self, method: str, path: str, *, most: int | None = None, **given: Any) -> httpx.Response:
        """Send a request until it is answered. ServiceError once the server was silent for `patience` seconds.

        With `most` no more bytes than those are read of an answer; a longer one is a ServiceError.
        """
        until, pause = time.monotonic() + self.patience, 0.1
        while True:
            try:
                response = self._send(method, f"{self.url}{path}", most, given)
                if response.status_code not in _AGAIN:
                    return response
                why = f"answers {response.status_code}"
            except httpx.TransportError as error:
                why = f"cannot be reached ({type(error).__name__})"
            except httpx.InvalidURL:
                raise ServiceError(f"{self.url[:100]} is not an address", then="write it as http://host:port") from None
            if time.monotonic() + pause > until:
                raise ServiceError(f"the server {why}", where=self.url, then="see whether it runs")
            time.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, _SLOWEST)

    def _send(self, method: str, url: str, most: int | None, given: dict[str, Any]) -> httpx.Response:
        if most is None:
            return self._client.request(method, url, **given)
        with self._client.stream(method, url, **given) as response:
            body = bytearray()
            for part in response.iter_bytes():
                body += part
                if len(body) > most:
                    raise ServiceError(f"the server's answer is longer than {most:,} bytes", where=self.url)
        return httpx.Response(response.status_code, content=bytes(body))

    def body(self, path: str, *, most: int) -> bytes:
        """The bytes of an answer; ServiceError, in the server's words, for a refusal, and for more than `most`."""
        response = self.ask("GET", path, most=most)
        if response.status_code != 200:
            raise ServiceError(_words(response), where=self.url)
        return response.content

    def document(self, path: str) -> Any:
        """A JSON answer; ServiceError, in the server's words, for a refusal."""
        return self.read(self.ask("GET", path))

    def read(self, response: httpx.Response) -> Any:
        if response.status_code >= 400:
            raise ServiceError(_words(response), where=self.url)
        try:
            return response.json()
        except ValueError:
            raise ServiceError("the server's answer is not JSON", where=self.url) from None

    def close(self) -> None:
        self._client.close()


class Seat:
    """One seat of a live round, from joining to its end."""

    def __init__(
        self, server: Server, name: str, definition: Definition, registry: Registry, *, blobs: Blobs = no_blobs
    ) -> None:
        self.definition, self._server, self._registry, self._blobs = definition, server, registry, blobs
        self._path, self._secret = f"/api/live/{name}", secrets.token_hex(32)
        self.index, self._key = 0, b""

    def join(self) -> None:
        """Take the seat. Closed if there is none left."""
        response = self._server.ask("POST", f"{self._path}/join", json={"secret": self._secret})
        if response.status_code == 409:
            raise Closed(_words(response))
        given = self._server.read(response)
        try:
            self.index, self._key = int(given["seat"]), bytes.fromhex(given["key"])
        except (KeyError, TypeError, ValueError):
            raise ServiceError("the server gave no seat", where=self._server.url) from None

    def take_part(self, value: Any, *, shown: Guarantee, tell: Callable[[str], None] = lambda text: None) -> Any:
        """Contribute `value`, whole steps (entries,), and wait for the end; returns how it ended."""
        released: list[Any] = []
        while True:
            session = ""
            try:
                mail = self._fetch(1, "")
                session = mail.session
                tell(f"{mail.joined} contributors joined")
                planned = self._planned(mail, shown)
                released = released or [self._released(planned, value, mail)]
                self._run(planned, mail, released[0])
            except Began:
                tell("the server restarted: answering again")
                continue
            except Over:
                pass
            except ProtocolAborted as error:
                tell(str(error))
                session = ""  # whatever begins again, this device takes no part
            try:
                return self._outcome(session)
            except Began:
                tell("the server restarted: answering again")

    def _planned(self, mail: Mail, shown: Guarantee) -> Plan:
        """The run as this device works it out; it gives up if less is guaranteed than was shown."""
        try:
            planned = plan(self.definition, self._registry, joined=mail.joined, blobs=self._blobs)
            more = mail.joined > self.definition.contributors
            less = "more joined than were asked" if more else weaker(shown, planned.guarantee)
        except VeilbenchError as error:
            less = str(error)
        if less:
            self._answer(1, mail.session, Reply(abort=f"the device gave up: {less}"), 0.0)
            raise ProtocolAborted(less, then="nothing was sent")
        return planned

    def _released(self, planned: Plan, value: Any, mail: Mail) -> Secret[Any]:
        """The value as the carrier gets it: randomised once, however often the run begins."""
        party = contributor(self.index)
        if planned.randomiser is None:
            return Secret(value, owner=party)
        try:
            noised = hear_from(planned.randomiser, "randomise", value, seat_for(party, planned.task, None))
        except VeilbenchError as error:
            self._answer(1, mail.session, Reply(abort=str(error)), 0.0)
            raise ProtocolAborted(str(error)) from error
        return Secret(noised, owner=party, exposure=RANDOMISED if planned.task.noise_shares else PLAINTEXT)

    def _run(self, planned: Plan, mail: Mail, secret: Secret[Any]) -> None:
        station = Station(role_of(planned.mechanism, seat_for(contributor(self.index), planned.carried, None)))
        session, round_ = mail.session, 1
        try:
            station.connect(RunKey(session, MATERIAL_RUN, self._key))
            station.keep(mail.material)
            station.begin(RunKey(session, RUN, self._key), secret)
            while True:
                before = station.seconds
                reply = station.step(round_, mail.inbox)
                self._answer(round_, session, reply, station.seconds - before)
                if reply.done or reply.abort is not None:
                    return
                round_ += 1
                mail = self._fetch(round_, session)
        except (Began, Over, ServiceError):
            raise
        except VeilbenchError as error:
            self._answer(round_, session, Reply(abort=str(error)), station.seconds)
            raise ProtocolAborted(str(error)) from error
        finally:
            station.forget()

    def _fetch(self, round_: int, session: str) -> Mail:
        headers = self._headers({ANSWER_HEADERS.session: session})
        while True:
            response = self._server.ask("GET", f"{self._path}/inbox/{round_}", headers=headers, params={"wait": "20"})
            if response.status_code == 204:
                continue
            if response.status_code == 410:
                raise Over
            if response.status_code == 409:
                raise Began
            if response.status_code != 200:
                raise ServiceError(_words(response), where=self._server.url)
            return _mail(response)

    def _answer(self, round_: int, session: str, reply: Reply, seconds: float) -> None:
        """Post an answer. Over if it is not taken, Began if the run did."""
        end = "done" if reply.done else "abort" if reply.abort is not None else ""
        head = answered(session, reply.wires, end=end, reason=reply.abort or "", seconds=seconds)
        response = self._server.ask(
            "POST", f"{self._path}/reply/{round_}", content=b"".join(reply.wires),
            headers=self._headers(head | {"Content-Type": "application/octet-stream"}),
        )  # fmt: skip
        if response.status_code == 409 and _problem(response).get("again"):
            raise Began
        if response.status_code >= 400:
            raise Over

    def _outcome(self, session: str) -> Any:
        """How it ended. Began if the run of `session` began again before its end."""
        headers = self._headers({ANSWER_HEADERS.session: session})
        while True:
            response = self._server.ask("GET", f"{self._path}/result", headers=headers, params={"wait": "20"})
            if response.status_code == 409:
                raise Began
            if response.status_code != 204:
                return self._server.read(response)

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        return {ANSWER_HEADERS.member: f"{self.index}:{self._secret}", **more}


def _mail(response: httpx.Response) -> Mail:
    """Read one round's mail; ServiceError for anything else."""
    body, headers = response.content, response.headers
    try:
        lengths = lengths_of(headers[ANSWER_HEADERS.wires], wires=_MOST_WIRES)
        material, joined = int(headers[ANSWER_HEADERS.material]), int(headers[ANSWER_HEADERS.joined])
        session = headers[ANSWER_HEADERS.session]
    except (KeyError, ValueError, VeilbenchError):
        raise ServiceError("the server's mail is malformed") from None
    if sum(lengths) != len(body) or not 0 <= material <= len(lengths) or len(body) > _MOST_BODY:
        raise ServiceError("the server's mail is malformed")
    wires, start = [], 0
    for length in lengths:
        wires.append(body[start : start + length])
        start += length
    return Mail(session, joined, tuple(wires[:material]), tuple(wires[material:]))


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _words(response: httpx.Response) -> str:
    """The sentence of a refusal."""
    return str(_problem(response).get("detail") or f"the server answers {response.status_code}")[:500]
