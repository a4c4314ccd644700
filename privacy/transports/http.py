"""Parties on other machines, each behind a server that was started with `veilbench serve --role ...`.

What goes to a server is its party's own: the public task, the sealed wires addressed to it, its own input where this
device has it, and the session's key. No private input ever does: input parties stay on the device.
"""

import dataclasses
import hashlib
import json
import secrets
from collections.abc import Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import numpy as np

from privacy.boundary.party import Party
from privacy.boundary.seat import OsRandomness, Seat
from privacy.errors import BoundaryError, ParamError, PluginError, ServiceError
from privacy.mechanism import Mechanism
from privacy.registry import Registry, discover
from privacy.spec import API_VERSION
from privacy.transports import framing
from privacy.transports.http_endpoint import HttpEndpoint
from privacy.transports.http_frames import PROTOCOL, frame
from privacy.transports.http_line import Line, problem_of
from privacy.transports.station import MaterialCache

SEATS = {"server": "scoring", "aggregator": "aggregator", "collector": "collector"}
"""Which role of machine seats the parties of a role."""

NOTE = (
    "The servers computed on what this device sent them, a catalogue included; each reads what the wires of its party "
    "show it."
)


class SocketBytes(NamedTuple):
    """Bytes on the sockets, both ways: sealed wires, and all else (HTTP, frames, tasks, own inputs, outputs)."""

    payload: int
    overhead: int


def check_urls(urls: Sequence[str]) -> tuple[str, ...]:
    """Addresses without what follows the host; ParamError for one that is no HTTP address, or given twice."""
    found: list[str] = []
    for url in urls:
        parts = urlsplit(url.strip())
        try:
            ready = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            ready = False
        if not ready or parts.path not in ("", "/") or parts.query or parts.username or parts.fragment:
            raise ParamError(f"{url.strip()[:80]!r} is not an address of a server", then="write it as http://host:port")
        plain = f"{parts.scheme}://{parts.netloc}"
        if plain in found:
            raise ParamError(f"{plain} is named twice", then="name each server once")
        found.append(plain)
    if not found:
        raise ParamError("no server is named", then="write each as http://host:port, with commas between")
    return tuple(found)


class Http:
    """Places each party on the server of its role: of several, `aggregator-2` gets the second that was named.

    `token` is one for all servers, or one for each in the same order. `seconds` is how long an answer may take.
    """

    def __init__(
        self, urls: Sequence[str], *, token: str | Sequence[str | None] | None = None,
        registry: Registry | None = None, seconds: float = 150.0,
    ) -> None:  # fmt: skip
        self.urls = check_urls(urls)
        tokens = [token] * len(self.urls) if token is None or isinstance(token, str) else list(token)
        if len(tokens) != len(self.urls):
            raise ParamError(f"there are {len(tokens)} tokens for {len(self.urls)} servers", then="give one for each")
        self._tokens = dict(zip(self.urls, tokens, strict=True))
        self._registry, self._seconds = registry, seconds
        self._health: dict[str, dict[str, Any]] = {}
        self._lines: dict[str, Line] = {}
        self.placed: list[HttpEndpoint] = []

    def roles(self) -> dict[str, str]:
        """The role of each server, asked once. ServiceError for one that is down or speaks another version."""
        return {url: str(self._ask_health(url)["role"]) for url in self.urls}

    def check(self, url: str) -> str:
        """The role of one server that takes this token; ServiceError with the sentence that says why it does not."""
        role = str(self._ask_health(url)["role"])
        self._line(url).ask("GET", f"/api/inputs/{'0' * 64}")  # 404 behind the token's check
        return role

    def transports(self) -> dict[str, "Http"]:
        """This transport for every role of party that its servers seat."""
        offered = set(self.roles().values())
        return {party: self for party, role in SEATS.items() if role in offered}

    def _line(self, url: str) -> Line:
        if url not in self._lines:
            self._lines[url] = Line(url, token=self._tokens[url], seconds=self._seconds)
        return self._lines[url]

    def _ask_health(self, url: str) -> dict[str, Any]:
        if url not in self._health:
            status, body = self._line(url).ask("GET", "/api/health")
            words = problem_of(body) if status == 200 else {}
            if not {"role", "protocol"} <= words.keys() or not isinstance(words.get("body_bytes"), int):
                raise ServiceError(f"what answers at {url} is no server of Veilbench", then="check the address")
            if (words["protocol"], words.get("api")) != (PROTOCOL, API_VERSION):
                raise ServiceError(
                    f"the server at {url} is of version {str(words.get('version'))[:20]} and speaks otherwise",
                    then="install the same version on both machines",
                )
            self._health[url] = words
        return self._health[url]

    def _url_of(self, party: Party) -> str:
        role = SEATS.get(party.role)
        if role is None:
            raise BoundaryError(f"{party} has a private input and stays on this device", then="place it in process")
        fitting = [url for url, one in self.roles().items() if one == role]
        place = (party.index or 1) - 1
        if place < len(fitting):
            return fitting[place]
        have = f"{len(fitting)} of the servers named have" if fitting else "no server named has"
        raise ServiceError(
            f"{have} the role {role}, which {party} needs",
            then=f"start one with veilbench serve --role {role} and name it, or run without servers",
        )

    def keeping(self, label: str) -> "Keeping":
        """This transport for collectors whose sums stay on their machine, under `label`."""
        return Keeping(self, label)

    def place(
        self, mechanism: Mechanism[Any], seat: Seat[Any], *, cache: MaterialCache | None, keep: str = ""
    ) -> HttpEndpoint:
        """Seat a party on its server.

        Raises ServiceError where the server is down or refuses, BoundaryError for what may not leave this device,
        PluginError for a mechanism of no registered backend, and whatever the server's own registry says.
        """
        if not isinstance(seat.random, OsRandomness):
            raise BoundaryError("a seeded source of randomness stays in process", then="place this party in process")
        url = self._url_of(seat.party)
        line = Line(url, token=self._tokens[url], seconds=self._seconds)
        endpoint = HttpEndpoint(
            seat.party, line, name=secrets.token_urlsafe(24), most=int(self._health[url]["body_bytes"])
        )
        self.placed.append(endpoint)
        given, body = _own(seat.own)
        order = self._named(mechanism) | {"task": _fields(seat.task), "party": seat.party.name, "own": given}
        order["keep"] = keep
        endpoint.seat(json.dumps(order, default=_plain).encode(), digest=given if body else None, own=body)
        return endpoint

    def tab_origin(self, url: str) -> str:
        """The origin whose pages may ask this server straight from a browser's tab; empty for none."""
        return str(self._ask_health(url).get("tab_origin") or "")

    def seat_for_tabs(self, mechanism: Mechanism[Any], party: Party, task: Any, own: Any) -> tuple[str, str]:
        """Seat a server that a browser's tab asks by itself: its address, and the name under which it is asked.

        Raises as `place` does.
        """
        url, name = self._url_of(party), secrets.token_urlsafe(24)
        line = self._line(url)
        given, body = _own(own)
        if body is not None and line.ask("GET", f"/api/inputs/{given}")[0] == 404:
            line.ask("PUT", f"/api/inputs/{given}", body)
        order = self._named(mechanism) | {"task": _fields(task), "party": party.name, "own": given, "keep": ""}
        if line.ask("PUT", f"/api/tabs/{name}", json.dumps(order, default=_plain).encode())[0] == 404:
            raise ServiceError(f"the server at {url} seats none for tabs", then="install the same version there")
        return url, name

    def has_tab(self, url: str, name: str) -> bool:
        """Whether a server that was seated for tabs is still there."""
        return self._line(url).ask("GET", f"/api/tabs/{name}")[0] == 204

    def leave_tab(self, url: str, name: str) -> None:
        """End a server that was seated for tabs."""
        self._line(url).ask("DELETE", f"/api/tabs/{name}")

    def _named(self, mechanism: Mechanism[Any]) -> dict[str, Any]:
        """A mechanism by the names that a server's registry knows."""
        self._registry = self._registry or discover()
        wanted = framing.reference(type(mechanism))
        for spec in (e.spec for e in self._registry.entries if e.spec is not None):
            for primitive, reference in spec.implements.items():
                if reference == wanted:
                    params = {} if mechanism.params is None else _fields(mechanism.params)
                    return {"backend": spec.id, "primitive": primitive, "params": params}
        raise PluginError(f"{wanted} is of no registered backend", then="register it before asking a server for it")

    @property
    def socket_bytes(self) -> SocketBytes:
        """All bytes on all sockets of this transport."""
        payload = sum(e.payload for e in self.placed)
        total = sum(e.line.meter.bytes for e in self.placed) + sum(one.meter.bytes for one in self._lines.values())
        return SocketBytes(payload, total - payload)

    def close(self) -> None:
        """End every party that this transport placed, and its connections. What was counted stays."""
        for endpoint in self.placed:
            endpoint.close()
        for line in self._lines.values():
            line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Keeping:
    """Places collectors that hand no sum back: to its host, a sum kept there is empty but for its roll."""

    def __init__(self, http: Http, label: str) -> None:
        self._http, self._label = http, label

    def place(self, mechanism: Mechanism[Any], seat: Seat[Any], *, cache: MaterialCache | None) -> HttpEndpoint:
        return self._http.place(mechanism, seat, cache=cache, keep=self._label)

    def close(self) -> None:
        self._http.close()


def _own(own: Any) -> tuple[Any, bytes | None]:
    """How an own input is named, and the frame that goes to the server once, if any."""
    if own is None:
        return None, None
    if dataclasses.is_dataclass(own) and not isinstance(own, type):
        return {"class": framing.reference(type(own)), "fields": _fields(own)}, None
    body = frame(own)
    return hashlib.sha256(body).hexdigest(), body


def _fields(value: Any) -> dict[str, Any]:
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        raise BoundaryError(f"a {type(value).__name__} cannot move to a server", then="use a dataclass of plain values")
    return {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise BoundaryError(f"a {type(value).__name__} cannot move to a server", then="use numbers and text")
