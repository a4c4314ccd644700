"""The worker of one run: a request in, progress out, and the record in the run's file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from privacy import lab
from privacy.home import write_atomic
from privacy.jobs.job import Report, work
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.rooms.opening import in_room, recorded
from privacy.rooms.recording import Committed
from privacy.services.run_jobs import latest_of
from privacy.workload import Round


def run(values: dict[str, Any], report: Report) -> None:
    """Run the request and keep what became of it."""
    request, names = RunRequest.from_dict(values["request"]), in_room(values.get("room"))
    path = Path(values["path"])

    def keep(one: Round, committed: Sequence[Committed] = ()) -> None:
        kept = {"index": one.index, "settings": one.settings, "committed": [c.as_dict() for c in committed]}
        write_atomic(latest_of(path), json.dumps(kept, ensure_ascii=False, default=str).encode())

    if names is None:
        found = lab.run(request, progress=report, finished=keep)
    else:
        registry = discover()
        with recorded(request, names, registry) as (placed, recording):
            found = lab.run(
                placed, registry=registry, progress=report, recording=recording,
                finished=lambda one: keep(one, recording.committed),
            )  # fmt: skip
    record = found.as_dict()
    failure = record["failure"] or ""
    kept = {
        "id": values["id"], "request": values["request"], "error": failure, "record": record,
        "room": values.get("room") or {},
    }  # fmt: skip
    state = {"state": "failed" if failure else "done"}
    write_atomic(path, json.dumps(kept | state, ensure_ascii=False, allow_nan=False).encode())


if __name__ == "__main__":
    work(run)
