"""Live servers for the tests: machines of each role, toys in their registry, and a proxy that counts bytes."""

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from privacy.params import NoParams
from privacy.plugin import (
    PLAINTEXT,
    AggregationTask,
    BackendSpec,
    OutputPrivacy,
    PrivacyCost,
    QueryMechanism,
    QueryServer,
    Seat,
    SumRandomiser,
    Wire,
    reply_to,
)
from privacy.registry import Entry, Registry, discover
from privacy.web.app import build_app
from privacy.web.limits import Limits
from privacy.web.serving import Live
from tests.support.toys import Asker, Fault, Toy

TOKEN = "a token that is only for tests".replace(" ", "-")
LIMITS = Limits(body_bytes=2**22, memory_bytes=2**30, parties=4, queue=8, operation_seconds=20.0)


class Hungry(Toy, QueryMechanism[Any]):
    """A server that does what it is asked to: take memory, time, or tell its process."""

    def client(self, seat: Seat[Any]) -> Asker:
        return Asker(seat)

    def server(self, seat: Seat[Any]) -> "HungryServer":
        return HungryServer(seat)


class HungryServer(QueryServer[Any]):
    order = 0

    def answer(self, query: Wire) -> Wire:
        self.order += 1
        if query.body == b"memory":
            np.zeros(2**27)  # 1 GiB, mapped and not touched
        if query.body == b"sleep":
            time.sleep(60)
        document = {"pid": os.getpid(), "asked": self.order}
        return Wire(reply_to(query), "answer", PLAINTEXT, json.dumps(document).encode())


@dataclass(frozen=True)
class Constant:
    """Not noise: a number that a test can tell."""

    shift: int

    def add(self, total: Any, seat: Seat[Any]) -> Any:
        return total + self.shift


class Shifting(SumRandomiser):
    """Not private: what an aggregator adds in the central model, so that a test can tell whether it did."""

    def carried(self, task: AggregationTask) -> AggregationTask:
        return replace(task, bound=task.bound + 1)

    def randomise(self, value: Any, seat: Seat[AggregationTask]) -> Any:
        return value

    def cost(self, task: AggregationTask) -> PrivacyCost:
        return PrivacyCost()

    def output(self, task: AggregationTask) -> OutputPrivacy:
        raise NotImplementedError

    def output_for(self, observer: str, task: AggregationTask) -> OutputPrivacy | None:
        return None

    def central(self, task: AggregationTask) -> Constant:
        return Constant(1)


def registry() -> Registry:
    """All that is installed, and the toys."""
    return Registry(
        [
            *discover().entries,
            _toy("shared", {"scoring": "tests.support.toys:SharedScoring"}),
            _toy("faulty", {"scoring": "tests.support.toys:Faulty"}, params=Fault),
            _toy("hungry", {"scoring": "tests.support.machines:Hungry"}),
            _toy("shifting", {"aggregation": "tests.support.machines:Shifting"}, kind="randomiser"),
        ]
    )


def _toy(name: str, implements: dict[str, str], *, params: type = NoParams, kind: Any = "carrier") -> Entry:
    spec = BackendSpec(id=name, title=name, summary="A toy.", implements=implements, params=params, kind=kind)
    return Entry(name, "tests", False, spec)


def machine(role: str = "scoring", *, limits: Limits = LIMITS, port: int = 0, **more: Any) -> Live:
    """A live server of a role, not yet started."""
    app = build_app(role, token=TOKEN, limits=limits, registry=registry(), **more)
    live = Live(app, limits=limits, port=port)
    live.parties = app.state.server
    return live


class CountingProxy:
    """Passes bytes between a client and `port`, and counts them. `cut_answers` are lost on their way back."""

    def __init__(self, port: int) -> None:
        self._to, self.bytes, self.cut_answers = port, 0, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads: list[threading.Thread] = []
        self._ends: list[socket.socket] = []
        self._start(self._accept)

    def _start(self, work: Any, *given: Any) -> None:
        self._threads.append(threading.Thread(target=work, args=given, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._ends += [near, far]
                self._start(self._pass, near, far, False)
                self._start(self._pass, far, near, True)

    def _pass(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if answers and self.cut_answers:
                    self.cut_answers -= 1
                    break
                self.bytes += len(data)
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> "CountingProxy":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for end in self._ends:
            end.close()


def raw(port: int, pieces: Iterable[bytes], *, pause: float = 0.0, patience: float = 10.0) -> bytes:
    """Send pieces as they are over one connection; everything that came back until it was closed or answered."""
    got = b""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.settimeout(patience)
        with contextlib.suppress(OSError):
            for piece in pieces:
                line.sendall(piece)
                time.sleep(pause)
        with contextlib.suppress(OSError):
            while data := line.recv(65_536):
                got += data
                if b"}" in data:
                    break
    return got
