"""The worker of a check: a backend's id in, progress out, and the report kept, or handed to whoever shared the check.

It finds the plugins by itself.
"""

import secrets
from typing import Any

from privacy.jobs.job import Report, work
from privacy.registry import discover
from privacy.services.checks import keep
from privacy.services.checks_shared import check_shared, worth_sharing
from privacy.testing.kit import PLACES, check_backend


def run(values: dict[str, Any], report: Report) -> dict[str, Any] | None:
    """Check one backend and keep the report. One who does a share of a check returns its report instead."""
    registry = discover()
    spec = registry.spec(values.pop("backend"))
    if values.pop("share", False):
        reply = getattr(report, "row", lambda values: None)
        return check_backend(
            spec, registry, progress=report, row=lambda primitive, found: reply([primitive, found.as_dict()]), **values
        ).as_dict()
    if worth_sharing(spec, PLACES):
        keep(check_shared(spec, seed=secrets.randbits(40), progress=report, **values), spec)
    else:
        keep(check_backend(spec, registry, progress=report, **values), spec)
    return None


if __name__ == "__main__":
    # What a plugin writes to descriptor 1, and what its processes inherit of it, goes the same way.
    work(run)
