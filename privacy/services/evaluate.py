"""The worker of an evaluation: a request on stdin, JSON lines of progress on stdout, the result in a file."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from privacy.errors import VeilbenchError
from privacy.home import write_atomic
from privacy.registry import discover
from privacy.services.evaluations import Evaluation, now
from privacy.workloads import fyp
from privacy.workloads.request import RunRequest


def _say(values: dict[str, Any]) -> None:
    try:
        print(json.dumps(values), flush=True)
    except BrokenPipeError:
        # Whoever asked is gone; so is the reason to go on.
        os._exit(1)


def main(target: str) -> int:
    """Evaluate the request on stdin and keep the result at `target`."""
    request = RunRequest.from_dict(json.load(sys.stdin))
    os.nice(5)
    try:
        metrics, found = fyp.evaluate(
            request,
            discover(),
            progress=lambda done, total, label: _say({"done": done, "total": total, "label": label}),
        )
        result = Evaluation(metrics, found.readers, now()).as_dict()
        write_atomic(Path(target), json.dumps(result).encode())
    except VeilbenchError as error:
        _say({"error": str(error)})
        return 2
    except Exception as error:
        _say(
            {"error": f"The evaluation failed inside Veilbench ({type(error).__name__}); see 'veilbench run --debug'."}
        )
        return 1
    _say({"result": result})
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
