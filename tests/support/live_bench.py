"""What tests of live rounds share: a server in a thread, contributors in threads, and posts by hand."""

import contextlib
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from privacy.boundary.envelope import Envelope
from privacy.boundary.wire import PLAINTEXT, Wire, pack
from privacy.live.client import Seat, Server
from privacy.live.plan import Definition, plan
from privacy.live.routes import doorkeeper, limits_for, router
from privacy.live.series import LiveService
from privacy.live.words import answered
from privacy.plugin import AGGREGATOR, contributor
from privacy.registry import discover
from privacy.transports.mailbox import RUN
from privacy.web.app import build_app
from privacy.web.limits import Limits
from privacy.web.serving import Live
from tests.support.waiting import files_in, wait_until

TOKEN, OURS = "a-token-of-the-host", "a-token-of-contributors"
VECTOR = {"kind": "vector", "length": 3, "bound": 1000}


class Place:
    """A server of live rounds that can be taken down and started again on the same port and folder."""

    def __init__(self, home: Path, *, count: int = 1, port: int = 0, **definition) -> None:
        plugins = home / "plugins"
        plugins.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(__file__).with_name("live_plugin.py"), plugins / "live round.py")
        self.registry = discover(plugins=plugins)
        query = {"question": VECTOR, "stack": "plain", "contributors": 3, "join_seconds": 30.0, "round_seconds": 8.0}
        self.definition = Definition(**(query | definition))
        self.folder, self.count, self.port, self.collector = home / "live", count, port, None
        self.keeper = None

    def up(self) -> "Place":
        self.service = LiveService(
            self.definition,
            self.registry,
            count=self.count,
            folder=self.folder,
            collector=self.collector,
            keeper=self.keeper,
            on_end=lambda one: None,
        )
        limits = limits_for(self.service, Limits())
        app = build_app(
            "aggregator", token=TOKEN, limits=limits, routers=[router(self.service)], registry=self.registry,
            accept=doorkeeper(OURS),
        )  # fmt: skip
        self.service.start()  # before anybody can ask, as a live round that is not loaded is unknown
        self.live = Live(app, limits=limits, port=self.port).start()
        self.port, self.url = self.live.port, self.live.url
        return self

    def down(self) -> None:
        self.service.close()
        self.live.stop()

    @property
    def now(self):
        return self.service.all()[-1]

    def result(self, number: int = 0) -> dict:
        """How the live round ended, once it has."""
        self.until(lambda: self.service.all()[number].result is not None)
        return self.service.all()[number].result

    def until(self, ready: Callable[[], bool]) -> None:
        wait_until(ready, progress=files_in(self.folder), every=0.01)


@contextlib.contextmanager
def place(home: Path, **given):
    made = Place(home, **given).up()
    try:
        yield made
    finally:
        made.down()


class Hand:
    """A contributor whose every request a test makes."""

    def __init__(self, where: Place, *, joined: bool = True) -> None:
        self.where, self.server = where, Server(where.url, OURS, patience=120)
        self.seat = Seat(self.server, where.now.id, where.definition, where.registry)
        if joined:
            self.seat.join()

    @property
    def party(self):
        return contributor(self.seat.index)

    def mail(self, round_: int = 1):
        found = self.seat._fetch(round_, "")
        self.envelope = Envelope(key=self.seat._key, session=found.session, run=RUN)
        self.session = found.session
        return found

    def sealed(self, vector, *, round_: int = 1, to=AGGREGATOR, key: bytes | None = None, sender=None) -> bytes:
        envelope = self.envelope if key is None else Envelope(key=key, session=self.session, run=RUN)
        wire = Wire(to, "vector", PLAINTEXT, pack(np.asarray(vector, np.int32)))
        return envelope.seal(wire, sender=sender or self.party, round_=round_)

    def post(self, *wires: bytes, round_: int = 1, end: str = "done", body: bytes | None = None, **headers: str):
        given = self.seat._headers(answered(self.session, wires, end=end, reason="", seconds=0) | headers)
        content = b"".join(wires) if body is None else body
        return self.server._client.post(
            f"{self.where.url}{self.seat._path}/reply/{round_}", content=content, headers=given
        )

    def __enter__(self) -> "Hand":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()


def value_of(number: int) -> np.ndarray:
    return np.array([number, -number, 1], dtype=np.int64)


class Crowd:
    """Contributors in threads; each contributes `value_of` its number."""

    def __init__(self, where: Place) -> None:
        self.where, self.pool = where, ThreadPoolExecutor(32)
        self.seats: dict[int, Seat] = {}
        self.value = value_of
        self._lock = threading.Lock()

    def send(self, number: int, *, seat: type[Seat] = Seat) -> Future:
        return self.pool.submit(self._one, number, seat)

    def _one(self, number: int, kind: type[Seat]):
        server = Server(self.where.url, OURS, patience=120)
        try:
            one = kind(server, self.where.now.id, self.where.definition, self.where.registry)
            one.join()
            with self._lock:
                self.seats[number] = one
            shown = plan(self.where.definition, self.where.registry, joined=self.where.definition.contributors)
            return one.take_part(self.value(number), shown=shown.guarantee)
        finally:
            server.close()

    def total(self, result: dict) -> np.ndarray:
        """The exact sum over those whom a result includes."""
        numbers = [n for n, seat in self.seats.items() if seat.index in result["included"]]
        return sum((value_of(n) for n in numbers), np.zeros(3, np.int64))

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown()


def kept_sum(where: Place, number: int = 0) -> np.ndarray:
    return np.load(where.service.all()[number].journal.folder / "sum.npy", allow_pickle=False)


def counting(bodies: dict[str, dict[int, int]]) -> type[Seat]:
    """Seats that count the bytes of the bodies that they send and fetch, by seat."""

    class Counting(Seat):
        def join(self) -> None:
            super().join()
            ask = self._server.ask

            def counted(method: str, path: str, **given):
                response = ask(method, path, **given)
                up, down = "/reply/" in path, "/inbox/" in path and response.status_code == 200
                if up or down:
                    kind, size = ("up", len(given["content"])) if up else ("down", len(response.content))
                    bodies[kind][self.index] = bodies[kind].get(self.index, 0) + size
                return response

            self._server.ask = counted

    return Counting
