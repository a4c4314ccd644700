"""The worker of one run: a request in, progress out, and the record in the run's file."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from privacy import lab
from privacy.home import write_atomic
from privacy.jobs import Report, work
from privacy.workloads.request import RunRequest


def run(values: dict[str, Any], _: Report) -> None:
    """Run the request and keep what became of it. What a plugin prints goes to stderr."""
    channel, sys.stdout = sys.stdout, sys.stderr

    def told(done: int, total: int, label: str) -> None:
        channel.write(json.dumps({"done": done, "total": total, "label": label}) + "\n")
        channel.flush()

    try:
        record = lab.run(RunRequest.from_dict(values["request"]), progress=told).as_dict()
    finally:
        sys.stdout = channel
    failure = record["failure"] or ""
    kept = {"id": values["id"], "request": values["request"], "error": failure, "record": record}
    state = {"state": "failed" if failure else "done"}
    write_atomic(Path(values["path"]), json.dumps(kept | state, ensure_ascii=False, allow_nan=False).encode())


if __name__ == "__main__":
    sys.stdout = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    status = work(run)
    sys.stdout.flush()
    # A plugin's thread that never ends must not keep the worker.
    os._exit(status)
