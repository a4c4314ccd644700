"""A workload's settings on the Compare page: those of a request by name, whichever way the request holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from privacy.export import filled
from privacy.params import owners, param
from privacy.request import RunRequest
from ui import resources
from workloads.catalogue import WORKLOADS, Workload
from workloads.fyp.options import FypOptions


@dataclass(frozen=True)
class CompareOptions(FypOptions):
    """The feed's options and the size of the cohort."""

    cohort: int = param(
        200, low=20, high=2000, unit="people",
        help="Held-out simulated people that accuracy and attacks are measured on; as many more teach the attacker.",
    )  # fmt: skip


@dataclass(frozen=True)
class SeedOption:
    """What every other workload has beside its own options."""

    seed: int = param(0, low=0, high=2**32 - 1, help="Drives data, devices and attacks; never keys or noise.")


def owned(workload: Workload) -> dict[str, type[Any]]:
    """The settings of a workload by name, each with the dataclass that it is a field of."""
    return owners(SeedOption, workload.options) if workload.named else owners(CompareOptions)


def values_in(base: RunRequest) -> dict[str, Any]:
    """The settings of a request by name; the whole catalogue is the default number of items."""
    workload = WORKLOADS[base.workload]
    if workload.named:
        return {"seed": base.seed, **vars(workload.settings(base))}
    items = CompareOptions.items if base.items is None else base.items
    return {"seed": base.seed, "items": items, "dims": base.dims, "cohort": base.cohort}


def with_values(base: RunRequest, values: Mapping[str, Any]) -> RunRequest:
    """The request with these settings."""
    if WORKLOADS[base.workload].named:
        return replace(base, seed=values["seed"], options={k: v for k, v in values.items() if k != "seed"})
    options = CompareOptions(**values)
    return replace(base, seed=options.seed, items=options.first_items, dims=options.dims, cohort=options.cohort)


def first(workload: str) -> RunRequest:
    """The request that a comparison of a workload begins with."""
    cohort = RunRequest.cohort if WORKLOADS[workload].named else resources.cohort()
    return filled(RunRequest(workload=workload, cohort=cohort))
