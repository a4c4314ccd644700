"""Stacks and workloads on pages: their names as people read them, and the settings that a page begins with."""

import os
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from privacy.errors import VeilbenchError
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.spec import WorkloadSpec


def title(registry: Registry, stack: str) -> str:
    """A stack's name as a person reads it."""
    return " + ".join(one.title for one in registry.members(stack))


def usual_options(spec: WorkloadSpec) -> dict[str, Any]:
    """The workload's options that a page begins with: its defaults, or whole numbers from `VEILBENCH_<OPTION>`."""
    found = {f.name: f.default for f in fields(spec.options)}
    for name, value in found.items():
        text = os.environ.get(f"VEILBENCH_{name.upper()}", "")
        if isinstance(value, int) and not isinstance(value, bool) and text.isdecimal():
            found[name] = int(text)
    return found


def usual_request(spec: WorkloadSpec) -> RunRequest:
    """The request that a page of a workload begins with."""
    return RunRequest(workload=spec.id, options=usual_options(spec))


def mended(query: Mapping[str, str], registry: Registry) -> dict[str, str]:
    """An address of the version before as one of this: workloads by their new ids, options under `option.`."""
    found = dict(query)
    try:
        spec = registry.workload(found.get("workload", RunRequest.workload))
    except VeilbenchError:
        return found
    if "workload" in found:
        found["workload"] = spec.id
    for name in {f.name for f in fields(spec.options)} & set(found):
        found.setdefault(f"option.{name}", found.pop(name))
    sweep, sign, values = found.get("sweep", "").partition("=")
    if sign and sweep:
        found |= {"sweep": sweep, "values": values}
    return found
