"""The book of feeds: every feed is run once, whoever asks again and however often, and kept on this device."""

import contextlib
import hashlib
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from privacy.deadline import patiently
from privacy.errors import StateError
from privacy.fingerprint import code_fingerprint
from privacy.home import guarded, home, write_atomic
from privacy.registry import Registry
from privacy.request import OWN, RunRequest
from privacy.services import datasets, servers
from privacy.services.releases import period_start, release, reset_demo
from privacy.services.servers import Servers
from privacy.transports.base import Transport
from workloads.fyp import workload as fyp
from workloads.fyp.feed import FeedRun
from workloads.fyp.tastes import own_taste
from workloads.fyp.world import Taste

_KEPT = 200
_OWN_DATA = "own-data-"


def _run(
    request: RunRequest, registry: Registry, own: Taste | None, transports: Mapping[str, Transport] | None
) -> FeedRun:
    """One feed, or MechanismError where its backend hangs."""
    work = partial(fyp.feed, request, registry, own=own, release=release, transports=transports)
    return patiently(work, who=request.stack)[0]


class FeedBook:
    """Feeds by request: in memory, and in `$VEILBENCH_HOME/feeds` for after a restart.

    A second ask for the same feed, from a double click, a reload or another tab, waits for the first and gets its
    result.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._feeds: dict[str, FeedRun] = {}
        self.runs = 0

    def get(self, request: RunRequest, registry: Registry) -> FeedRun:
        """The feed of a request, from the book or run now. Any VeilbenchError of the run is the caller's."""
        key, own, elsewhere = self._asked(request, registry)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            found = self._feeds.get(key) or self._load(key)
            if found is None:
                with servers.placed(elsewhere, registry) as transports:
                    found = _run(request, registry, own, transports)
                self.runs += 1
                self._save(key, found)
            self._feeds[key] = found
            return found

    def kept(self, request: RunRequest, registry: Registry) -> FeedRun | None:
        """The feed of a request where it is in memory already; None where `get` has work to do."""
        return self._feeds.get(self._asked(request, registry)[0])

    def forget_own(self) -> None:
        """Drop every feed of a person's own taste, here and on disk: it holds what they like."""
        self._drop(lambda key, feed: feed.user == OWN)

    def forget_files(self) -> int:
        """Go back to the shipped data, forget the person's files, and drop every feed of them; returns how many files.

        The taste that a person chose among them names items by their place alone; it has a button of its own.
        """
        count = datasets.forget()
        self._drop(lambda key, feed: key.startswith(_OWN_DATA))
        return count

    def reset_demo(self) -> None:
        """Forget what personas spent and released, and their feeds under randomisers: the next ask charges anew."""
        reset_demo()
        self._drop(lambda key, feed: feed.randomised and feed.user != OWN)

    def _drop(self, which: Callable[[str, FeedRun], bool]) -> None:
        """Drop the feeds that `which` picks, and on disk those that cannot be read as well."""
        with self._lock:
            for key in [k for k, feed in self._feeds.items() if which(k, feed)]:
                del self._feeds[key]
        for path in self._path("any").parent.glob("*.json"):
            feed = self._load(path.stem)
            if feed is None or which(path.stem, feed):
                guarded(lambda path=path: path.unlink(missing_ok=True), path)  # type: ignore[misc]

    def _asked(self, request: RunRequest, registry: Registry) -> tuple[str, Taste | None, Servers | None]:
        """The key of a request, and what it depends on beside it: the person's own taste, and the servers in use."""
        own = own_taste(fyp.world_of(request)) if request.user == OWN else None
        elsewhere = servers.configured()
        return self._key(request, own, registry, elsewhere), own, elsewhere

    def _key(self, request: RunRequest, own: Taste | None, registry: Registry, elsewhere: Servers | None) -> str:
        stack = fyp.resolve(request, registry)
        taste = hashlib.sha256(own.liked.tobytes()).hexdigest() if own else ""
        # A released value is fresh for one period: what was kept of an earlier one is not shown as of this.
        period = [str(period_start(request.user))] if stack.randomiser else []
        where = elsewhere.urls if elsewhere else ()
        key = request.key(fyp.world_of(request).data_hash, taste, code_fingerprint(stack), *period, *where)
        return f"{_OWN_DATA if request.data else ''}{key}"

    def _path(self, key: str) -> Path:
        folder = home() / "feeds"
        guarded(lambda: folder.mkdir(exist_ok=True, mode=0o700), folder)
        return folder / f"{key}.json"

    def _load(self, key: str) -> FeedRun | None:
        path = self._path(key)
        if not path.exists():
            return None
        try:
            return FeedRun.from_json(guarded(path.read_bytes, path))
        except (ValueError, KeyError, TypeError):
            return None

    def _save(self, key: str, feed: FeedRun) -> None:
        # A feed that cannot be saved is still a feed: it is shown, and run again after a restart.
        with contextlib.suppress(StateError, OSError):
            path = self._path(key)
            write_atomic(path, feed.to_json())
            old = sorted(path.parent.glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True)[_KEPT:]
            for stale in old:
                stale.unlink(missing_ok=True)
