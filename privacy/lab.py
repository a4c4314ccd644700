"""The lab: the door for runs. It resolves a request and hands it to its workload."""

from collections.abc import Callable, Mapping
from typing import Any

from privacy.registry import Registry, discover
from privacy.request import RunRequest
from privacy.results import RunRecord
from privacy.services.releases import release
from privacy.services.surveys import charge
from privacy.transports.base import Transport
from workloads.catalogue import WORKLOADS, workload_of
from workloads.fyp.evaluation import Progress
from workloads.fyp.world import Taste

__all__ = ["WORKLOADS", "quiet", "run"]

_RELEASES: Mapping[str, Callable[..., Any]] = {"fyp": release, "tally": charge}
"""What the host does, by workload, before a noised value is let out: it charges the budget first."""


def quiet(done: int, total: int, label: str) -> None:
    """Report no progress."""


def run(
    request: RunRequest, *, registry: Registry | None = None, progress: Progress = quiet, own: Taste | None = None,
    transports: Mapping[str, Transport] | None = None,
) -> RunRecord:  # fmt: skip
    """Run a request and return its record. Raises a VeilbenchError with one sentence for anything wrong with it."""
    workload = workload_of(request)
    workload.settings(request)
    return workload.run(
        request, registry or discover(), progress=progress, own=own, transports=transports,
        release=_RELEASES.get(workload.id),
    )  # fmt: skip
