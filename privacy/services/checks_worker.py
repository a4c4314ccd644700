"""The worker of a check: a backend's id in, progress out, and the report kept, or written where it is asked for.

It finds the plugins by itself. Whatever a plugin prints goes to stderr, or it would break the lines of progress.
"""

import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from privacy.home import write_atomic
from privacy.jobs import Report, work
from privacy.registry import discover
from privacy.services.checks import keep
from privacy.services.checks_shared import check_shared, worth_sharing
from privacy.testing.kit import PLACES, check_backend


def run(values: dict[str, Any], report: Report) -> None:
    """Check one backend and keep the report. One who does a share of a check writes its report to `out` instead."""
    channel, sys.stdout = sys.stdout, sys.stderr

    def told(done: int, total: int, label: str) -> None:
        channel.write(json.dumps({"done": done, "total": total, "label": label}) + "\n")
        channel.flush()

    try:
        registry = discover()
        spec = registry.spec(values.pop("backend"))
        out = values.pop("out", None)
        if out:
            report_of_share = check_backend(spec, registry, progress=told, **values)
            write_atomic(Path(out), json.dumps(report_of_share.as_dict()).encode())
        elif worth_sharing(spec, PLACES):
            keep(check_shared(spec, seed=secrets.randbits(40), progress=told, **values), spec)
        else:
            keep(check_backend(spec, registry, progress=told, **values), spec)
    finally:
        sys.stdout = channel


if __name__ == "__main__":
    # What a plugin writes to descriptor 1, and what its processes inherit of it, goes the same way.
    sys.stdout = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    status = work(run)
    sys.stdout.flush()
    # A plugin's thread that never ends must not keep the worker.
    os._exit(status)
