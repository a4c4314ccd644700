"""Checkpoints: the finished rounds of a run that may be cut off, so that it goes on there and pays for none twice."""

import json
from pathlib import Path
from typing import Any

from privacy.errors import StateError
from privacy.fingerprint import code_of
from privacy.home import guarded, home, write_atomic
from privacy.registry import Registry
from privacy.workload import Case, Round


class Checkpoint:
    """What a run has finished: its rounds as JSON, and the state that the last one left. A round without a state is not
    kept, as nothing could go on from it."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.rounds: list[bytes] = []
        self.state: dict[str, Any] | None = None
        self._open()

    @classmethod
    def of(cls, case: Case, registry: Registry) -> "Checkpoint":
        """That of a case: the same settings, data and code are the same run."""
        specs = [s for s in (case.stack.carrier, case.stack.randomiser) if s is not None]
        code = code_of(registry.workload(case.request.workload), *specs)
        try:
            path = home() / "checkpoints" / f"{case.request.key(case.data_hash, code)}.json"
        except StateError:
            # A run that keeps nothing needs no state folder.
            return cls(None)
        return cls(path)

    def _open(self) -> None:
        if self._path is None:
            return
        try:
            kept = json.loads(self._path.read_bytes())
            rounds, state = [str(r).encode() for r in kept["rounds"]], kept["state"]
        except (OSError, ValueError, KeyError, TypeError):
            return
        self.rounds, self.state = rounds, state

    def keep(self, one: Round) -> None:
        """Keep a finished round. StateError if the disk does not take it: a long run must not go on in vain."""
        if one.state is None:
            return
        self.rounds.append(one.to_json())
        self.state = one.state
        kept = {"rounds": [r.decode() for r in self.rounds], "state": self.state}
        path = self._path or home()
        guarded(lambda: path.parent.mkdir(exist_ok=True, mode=0o700), path.parent)
        write_atomic(path, json.dumps(kept, ensure_ascii=False).encode())

    def drop(self) -> None:
        """The run is over."""
        if self._path is not None:
            path = self._path
            guarded(lambda: path.unlink(missing_ok=True), path)
