"""The worker of one run: a request in, progress out, and the record in the run's file."""

import json
from pathlib import Path
from typing import Any

from privacy import lab
from privacy.home import write_atomic
from privacy.jobs.job import Report, work
from privacy.request import RunRequest


def run(values: dict[str, Any], report: Report) -> None:
    """Run the request and keep what became of it."""
    record = lab.run(RunRequest.from_dict(values["request"]), progress=report).as_dict()
    failure = record["failure"] or ""
    kept = {"id": values["id"], "request": values["request"], "error": failure, "record": record}
    state = {"state": "failed" if failure else "done"}
    write_atomic(Path(values["path"]), json.dumps(kept | state, ensure_ascii=False, allow_nan=False).encode())


if __name__ == "__main__":
    work(run)
