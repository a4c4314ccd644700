"""The worker of an evaluation: a request in, progress out, and the result in a file."""

import json
import sys
from pathlib import Path
from typing import Any

from privacy import lab
from privacy.home import write_atomic
from privacy.jobs.job import Report, work
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services.evaluations import Evaluation, now


def evaluate(values: dict[str, Any], report: Report) -> None:
    """Evaluate the request and keep the result at the path that the command line names."""
    found = lab.attacks(RunRequest.from_dict(values), discover(), progress=report)
    result = Evaluation(found.metrics, found.extra, now()).as_dict()
    write_atomic(Path(sys.argv[1]), json.dumps(result).encode())


if __name__ == "__main__":
    work(evaluate)
