"""The worker of a check: a backend's id in, progress out, and the report kept, or written where it is asked for.

It finds the plugins by itself.
"""

import json
import secrets
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
    registry = discover()
    spec = registry.spec(values.pop("backend"))
    out = values.pop("out", None)
    if out:
        share = check_backend(spec, registry, progress=report, **values)
        write_atomic(Path(out), json.dumps(share.as_dict()).encode())
    elif worth_sharing(spec, PLACES):
        keep(check_shared(spec, seed=secrets.randbits(40), progress=report, **values), spec)
    else:
        keep(check_backend(spec, registry, progress=report, **values), spec)


if __name__ == "__main__":
    # What a plugin writes to descriptor 1, and what its processes inherit of it, goes the same way.
    work(run)
