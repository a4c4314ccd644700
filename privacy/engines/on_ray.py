"""Pieces on a Ray cluster: one actor for each, built again where it is lost.

Ray is imported where it is called, as only a server that was started with it needs it. It gets numbers, texts, bytes
and arrays, which it moves in a format of its own; a piece's class is looked up by its name in the worker.
"""

import contextlib
import logging
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from privacy.errors import ProtocolAborted, ServiceError
from privacy.primitives.shards import Array, Piece
from privacy.transports.worker import find
from privacy.web.serving import loopback

TRIES = 3
"""How often a piece is asked before a query is given up."""
_STORE_BYTES = 1 << 30
"""What Ray may keep of slices, queries and answers in shared memory; every party maps all of it."""
_NAMESPACE = "veilbench"
_TOKEN = "RAY_AUTH_TOKEN"
_log = logging.getLogger("veilbench")


@dataclass(frozen=True)
class RayEngine:
    """A cluster (`host:port` of its head), the most pieces of one server, and the token that the cluster asks for."""

    address: str
    shards: int
    token: str = field(default="", repr=False)

    def start(self, pieces: Sequence[Piece]) -> "RayPieces":
        """Connect this process, and build every piece; ServiceError where the cluster does not answer."""
        ray = _ray(self.token, alone=loopback(self.address.rpartition(":")[0]))
        if not ray.is_initialized():  # it is in the process that started the cluster
            _connect(ray, address=self.address)
        cores = float(ray.cluster_resources().get("CPU", 1))
        return RayPieces(ray, pieces, threads=max(1, int(cores / len(pieces))))


class Host:
    """Runs in a worker of Ray: one piece."""

    def __init__(self, kind: str, given: Mapping[str, Any], threads: int) -> None:
        self._piece = find(kind)(**given, threads=threads)

    def pid(self) -> int:
        return os.getpid()

    def answer(self, question: Array) -> Array:
        answer: Array = self._piece.answer(question)
        return answer


class RayPieces:
    """Pieces in actors, which end with the process that built them. A lost one is built again from its piece."""

    def __init__(self, ray: Any, pieces: Sequence[Piece], *, threads: int) -> None:
        self._ray, self._pieces, self._threads = ray, pieces, threads
        # No core is held for an actor: several sessions share them. Spread, so that each machine gets its part.
        self._host = ray.remote(Host).options(num_cpus=0, scheduling_strategy="SPREAD", max_restarts=0)
        self._actors = [self._built(piece) for piece in pieces]
        pids = self._each(lambda actor: actor.pid.remote())
        print(f"Shards ready, in processes: {', '.join(map(str, pids))}", file=sys.stderr, flush=True)

    def ask(self, question: Array) -> list[Array]:
        """One answer of each piece, in order; a piece that was lost is built again and asked again."""
        shared = self._ray.put(question)
        return self._each(lambda actor: actor.answer.remote(shared))

    def _each(self, call: Callable[[Any], Any]) -> list[Any]:
        waiting = [call(actor) for actor in self._actors]  # all at once
        return [self._result(place, one, call) for place, one in enumerate(waiting)]

    def _result(self, place: int, waiting: Any, call: Callable[[Any], Any]) -> Any:
        name = f"shard {place + 1} of {len(self._pieces)}"
        for last in [False] * (TRIES - 1) + [True]:
            try:
                return self._ray.get(waiting)
            except (self._ray.exceptions.RayActorError, self._ray.exceptions.ObjectLostError) as error:
                if last:
                    break
                _log.warning("%s was lost (%s); it is built again and asked again", name, type(error).__name__)
                self._actors[place] = self._built(self._pieces[place])
                waiting = call(self._actors[place])
        raise ProtocolAborted(
            f"{name} was lost {TRIES} times in a row", then="give its machine more memory, or serve with more shards"
        )

    def _built(self, piece: Piece) -> Any:
        return self._host.remote(piece.kind, dict(piece.given), self._threads)


@contextlib.contextmanager
def cluster(*, shards: int, address: str = "") -> Iterator[RayEngine]:
    """The engine of the cluster at `address`; without one, of a cluster of this machine that ends with the block.

    That one listens on loopback alone, under a fresh token. ServiceError where Ray is not installed or does not start.
    """
    if address:
        token = os.environ.get(_TOKEN, "")
        ray = _ray(token, alone=loopback(address.rpartition(":")[0]))
        _connect(ray, address=address)
        try:
            yield RayEngine(str(ray.get_runtime_context().gcs_address), shards, token)
        finally:
            ray.shutdown()
        return
    token = secrets.token_urlsafe(32)
    ray = _ray(token, alone=True)
    folder = tempfile.mkdtemp(prefix="vb-ray-")
    try:
        _connect(ray, address="local", object_store_memory=_STORE_BYTES, _temp_dir=folder)
        yield RayEngine(str(ray.get_runtime_context().gcs_address), shards, token)
    finally:
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


def _ray(token: str, *, alone: bool) -> Any:
    """Ray itself, with what it reads from the environment as it is imported set before.

    `alone` is a cluster without other machines: what is started listens on 127.0.0.1, which else is never an address.
    """
    if alone:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"  # or it warns of a change to come
    if token:
        os.environ |= {"RAY_AUTH_MODE": "token", _TOKEN: token}
    try:
        import ray
    except ImportError:
        raise ServiceError(
            "Ray is not installed here", then="make ray, then start .venv-ray/bin/veilbench serve with these options"
        ) from None
    return ray


def _connect(ray: Any, *, address: str, **settings: Any) -> None:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR, "namespace": _NAMESPACE}
    if address == "local":
        settings |= {"include_dashboard": False}
    try:
        ray.init(address=address, **quiet, **settings)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        where = "no Ray starts on this machine" if address == "local" else f"no Ray cluster answers at {address}"
        raise ServiceError(
            f"{where} ({type(error).__name__})", then="see its logs, or name another --ray-address"
        ) from error
