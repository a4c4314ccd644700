"""The book of rounds: every round that a page shows is run once, whoever wants it again and however often.

One that may be kept lies on this device under the state folder, for after a restart; others are held in memory alone,
as they hold what other people's devices hold.
"""

import contextlib
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from privacy import lab
from privacy.errors import StateError
from privacy.fingerprint import code_fingerprint
from privacy.home import guarded, room, write_atomic
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.services import datasets, servers
from privacy.services.releases import reset_demo
from privacy.spec import WorkloadSpec
from privacy.stacks import code_of, filled, options_of, resolve, spec_of
from privacy.workload import Round

_KEPT, _IN_MEMORY = 200, 100
_OWN_DATA, _OWN_INPUT = "own-data-", "own-input-"


class Private:
    """An input of one's own beside a request, and the bytes that tell it from another."""

    def __init__(self, value: object, fingerprint: bytes) -> None:
        self.value, self.fingerprint = value, fingerprint

    def __repr__(self) -> str:
        return "<Private>"


class RoundBook:
    """Rounds by request. A second wish for the same one waits for the first, and charges nothing anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._rounds: OrderedDict[str, Round] = OrderedDict()
        self.runs = 0

    def get(
        self, request: RunRequest, registry: Registry, *, private: Private | None = None, consent: bool = True
    ) -> Round:
        """The round of a request, from the book or run now, as by `lab.first_round`."""
        spec, key = spec_of(request, registry), self._key(request, registry, private)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            found = self._rounds.get(key) or self._load(key, spec)
            if found is None:
                with servers.placed(servers.configured(), registry) as places:
                    value = private.value if private else None
                    found = lab.first_round(request, registry, private=value, places=places, consent=consent)
                self.runs += 1
                if spec.kept:
                    self._save(key, found)
            with self._lock:
                self._rounds[key] = found
                self._rounds.move_to_end(key)
                while len(self._rounds) > _IN_MEMORY:
                    self._locks.pop(self._rounds.popitem(last=False)[0], None)
            return found

    def kept(self, request: RunRequest, registry: Registry, *, private: Private | None = None) -> Round | None:
        """The round of a request where it is in memory already; None where `get` has work to do."""
        return self._rounds.get(self._key(request, registry, private))

    def forget_own(self) -> None:
        """Drop every round of a person's own input, here and on disk: it holds what they gave."""
        self._drop(lambda key, found: key.removeprefix(_OWN_DATA).startswith(_OWN_INPUT))

    def forget_files(self) -> int:
        """Go back to the shipped data, forget the person's files, and drop every round of them; returns how many files.

        What a person chose among them names items by their place alone; it has a button of its own.
        """
        count = datasets.forget()
        self._drop(lambda key, found: key.startswith(_OWN_DATA))
        return count

    def reset_demo(self) -> None:
        """Forget what simulated people spent and released, and their noised rounds: the next wish charges anew."""
        reset_demo()
        self._drop(lambda key, found: found is None or (found.randomised and _OWN_INPUT not in key))

    def _drop(self, which: Callable[[str, Round | None], bool]) -> None:
        """Drop the rounds that `which` picks; on disk also those that nobody here reads."""
        with self._lock:
            for key in [k for k, found in self._rounds.items() if which(k, found)]:
                del self._rounds[key]
        for path in _folder().glob("*.json"):
            if which(path.stem, self._read(path)):
                guarded(lambda path=path: path.unlink(missing_ok=True), path)  # type: ignore[misc]

    def _key(self, request: RunRequest, registry: Registry, private: Private | None) -> str:
        """The settings, the data, the code, the servers in use, and the person's own input where there is one."""
        spec, stack, remote = spec_of(request, registry), resolve(request, registry), servers.configured()
        request = filled(request, registry)
        own = hashlib.sha256(private.fingerprint).hexdigest() if private else ""
        # A released value is fresh for one period: what was kept of an earlier one is not shown as of this.
        day = [datetime.now(UTC).date().isoformat()] if stack.randomiser and spec.kept else []
        where = remote.urls if remote else ()
        data = code_of(spec).data_hash(request, options_of(request, registry))
        key = request.key(data, own, code_fingerprint(stack, spec), *day, *where)
        return f"{_OWN_DATA if request.data else ''}{_OWN_INPUT if private else ''}{key}"

    def _load(self, key: str, spec: WorkloadSpec) -> Round | None:
        path = _folder() / f"{key}.json"
        if not spec.kept or not path.exists():
            return None
        return self._read(path, code_of(spec).round_class)

    def _read(self, path: Path, kind: type[Round] = Round) -> Round | None:
        try:
            return kind.from_json(guarded(path.read_bytes, path))
        except (ValueError, KeyError, TypeError):
            return None

    def _save(self, key: str, found: Round) -> None:
        # A round that cannot be saved is still a round: it is shown, and run again after a restart.
        with contextlib.suppress(StateError, OSError):
            path = _folder() / f"{key}.json"
            write_atomic(path, found.to_json())
            old = sorted(path.parent.glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True)[_KEPT:]
            for stale in old:
                stale.unlink(missing_ok=True)


def _folder() -> Path:
    return room("shown")
