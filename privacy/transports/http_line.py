"""One line from a host to a server: a kept-alive connection that counts its bytes, and errors in one sentence."""

import json
import ssl
import time
from collections.abc import Mapping
from typing import Any

import httpx

from privacy.errors import ProtocolAborted, ServiceError, VeilbenchError, WireError
from privacy.transports.spawned import raised

MOST_ANSWER = 1 * 2**30
_TRIES = 3
_CONNECT_SECONDS = 5.0


class Meter:
    """Bytes that went over the connections of one line, both ways: HTTP's own included, TLS' not."""

    def __init__(self) -> None:
        self.bytes = 0


class _Stream:
    """A connection that counts. It has the methods that httpcore calls on a network stream."""

    def __init__(self, stream: Any, meter: Meter) -> None:
        self._stream, self._meter = stream, meter

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data: bytes = self._stream.read(max_bytes, timeout)
        self._meter.bytes += len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)
        self._meter.bytes += len(buffer)

    def start_tls(self, *given: Any, **named: Any) -> "_Stream":
        return _Stream(self._stream.start_tls(*given, **named), self._meter)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend:
    """Opens connections that count; else the network of httpcore."""

    def __init__(self, inner: Any, meter: Meter) -> None:
        self._inner, self._meter = inner, meter

    def connect_tcp(self, *given: Any, **named: Any) -> _Stream:
        # The first connection's count is its line's, whatever httpcore wraps around it.
        return _Stream(self._inner.connect_tcp(*given, **named), self._meter)

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


def certificates(url: str) -> ssl.SSLContext | bool:
    """What httpx verifies a server by. Loading the system's certificates takes tens of milliseconds: only for TLS."""
    return True if url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Line:
    """Requests to one server, one at a time. `patience` is how long it waits for a server that is busy."""

    def __init__(self, url: str, *, token: str | None, seconds: float, patience: float = 15.0) -> None:
        self.url, self.meter, self._patience = url, Meter(), patience
        limits = httpx.Limits(max_connections=1, keepalive_expiry=30.0)
        transport = httpx.HTTPTransport(verify=certificates(url), limits=limits, trust_env=False)
        pool: Any = transport._pool
        pool._network_backend = _Backend(pool._network_backend, self.meter)
        self._http = httpx.Client(
            base_url=url, transport=transport, timeout=httpx.Timeout(seconds, connect=_CONNECT_SECONDS),
            headers={"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {token}"} if token else {}),
        )  # fmt: skip

    def ask(self, method: str, path: str, content: bytes | None = None, *, tries: int = _TRIES) -> tuple[int, bytes]:
        """Status and body of the answer; what is asked must be safe to ask again.

        Raises ServiceError if nothing answers, the server refuses, or stays busy, and the server's own error where it
        names one. A status of 404 is left to the caller.
        """
        until = time.monotonic() + self._patience
        while True:
            status, headers, body = self._once(method, path, content, tries=tries)
            busy = status in (429, 503)
            if busy and time.monotonic() < until:
                time.sleep(min(_seconds(headers), max(0.0, until - time.monotonic())))
                continue
            if 200 <= status < 300 or status == 404:
                return status, body
            raise self._refusal(status, body)

    def _once(
        self, method: str, path: str, content: bytes | None, *, tries: int
    ) -> tuple[int, Mapping[str, str], bytes]:
        for left in reversed(range(tries)):
            try:
                with self._http.stream(method, path, content=content) as response:
                    return response.status_code, response.headers, self._read(response)
            except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
                raise ServiceError(f"the server at {self.url} does not answer in time") from error
            except (httpx.TransportError, OSError) as error:
                if not left:
                    raise self.down() from error
                time.sleep(0.05 * 4 ** (tries - 1 - left))
        raise self.down()

    def _read(self, response: httpx.Response) -> bytes:
        parts, size = [], 0
        for part in response.iter_raw():
            size += len(part)
            if size > MOST_ANSWER:
                raise WireError(f"the server at {self.url} sends more than is allowed")
            parts.append(part)
        return b"".join(parts)

    def down(self) -> ServiceError:
        """The sentence for a server that is not there."""
        return ServiceError(
            f"nothing answers at {self.url}",
            then="start it with veilbench serve --role ... --port ..., or run without servers",
        )

    def _refusal(self, status: int, body: bytes) -> VeilbenchError:
        words = problem_of(body)
        detail = str(words.get("detail") or f"it answered with status {status}")[:500]
        if isinstance(words.get("error"), dict) and {"class", "what", "where", "then"} <= words["error"].keys():
            return raised(words["error"])
        if status == 401:
            return ServiceError(
                f"the server at {self.url} refuses this token", then="give the file that it printed with --token-file"
            )
        if status == 409:
            return ProtocolAborted(f"the server at {self.url} says: {detail}")
        return ServiceError(f"the server at {self.url} says: {detail}")

    def close(self) -> None:
        self._http.close()


def problem_of(body: bytes) -> dict[str, Any]:
    """A problem's members; none where the body is no problem."""
    try:
        words = json.loads(body[:65_536])
    except (ValueError, RecursionError):
        return {}
    return words if isinstance(words, dict) else {}


def _seconds(headers: Mapping[str, str]) -> float:
    """How long a busy server asks to wait."""
    try:
        return min(5.0, max(0.05, float(headers.get("Retry-After", "1"))))
    except ValueError:
        return 1.0
