"""The lab: the door for runs. It resolves a request and hands it to its workload."""

from collections.abc import Mapping

from privacy.errors import UnknownNameError
from privacy.registry import Registry, discover
from privacy.results import RunRecord
from privacy.services.releases import release
from privacy.transports.base import Transport
from privacy.workloads import fyp
from privacy.workloads.evaluation import Progress
from privacy.workloads.request import RunRequest
from privacy.workloads.world import Taste

WORKLOADS = {"fyp": fyp.run}


def quiet(done: int, total: int, label: str) -> None:
    """Report no progress."""


def run(
    request: RunRequest, *, registry: Registry | None = None, progress: Progress = quiet, own: Taste | None = None,
    transports: Mapping[str, Transport] | None = None,
) -> RunRecord:  # fmt: skip
    """Run a request and return its record. Raises a VeilbenchError with one sentence for anything wrong with it."""
    if request.workload not in WORKLOADS:
        raise UnknownNameError("workload", request.workload, WORKLOADS)
    run_workload = WORKLOADS[request.workload]
    return run_workload(
        request, registry or discover(), progress=progress, own=own, transports=transports, release=release
    )
