"""Checks of a request: the stacks that a workload may run under, their parameters, and its options."""

import contextlib
import dataclasses
from collections.abc import Mapping
from typing import Any

from privacy.deadline import patiently
from privacy.errors import ParamError, PluginError, VeilbenchError
from privacy.params import build
from privacy.registry import Registry, Stack, load
from privacy.request import RunRequest
from privacy.spec import WorkloadSpec
from privacy.workload import Workload


def spec_of(request: RunRequest, registry: Registry) -> WorkloadSpec:
    """The workload that a request names; UnknownNameError otherwise."""
    return registry.workload(request.workload)


def code_of(spec: WorkloadSpec) -> Workload:
    """The code of a workload, loaded now. PluginError where it cannot be."""
    made = load(spec.workload, who=f"workload {spec.id}", hint=spec.install_hint)()
    if not isinstance(made, Workload):
        raise PluginError(f"workload {spec.id}'s class is not a Workload", where=spec.workload)
    return made


def fits(stack: Stack, spec: WorkloadSpec) -> bool:
    """Whether the stack's carrier, and its randomiser if it has one, has at least one of the workload's primitives."""
    members = [s for s in (stack.carrier, stack.randomiser) if s is not None]
    return all(set(one.implements) & set(spec.primitives) for one in members)


def offered(spec: WorkloadSpec, registry: Registry) -> list[str]:
    """The stacks that have at least one of the workload's primitives."""
    return [name for name in registry.stacks() if fits(registry.stack(name), spec)]


def resolve(request: RunRequest, registry: Registry) -> Stack:
    """The request's stack. ParamError if it has none of the workload's primitives, or for a parameter of no use."""
    spec = spec_of(request, registry)
    stack = registry.stack(request.stack, dict(request.params))
    names = ", ".join(spec.primitives)
    if not fits(stack, spec):
        raise ParamError(f"{stack.name} has none of {names}", then=f"choose another stack for {spec.id}")
    relevant = fields_of(request.stack, spec, registry)
    for name in request.params:
        if name not in relevant:
            has = f"it has {', '.join(relevant)}" if relevant else "leave it out"
            raise ParamError(f"{stack.name} has no parameter {name} for {names}", then=has)
    return stack


def fields_of(stack: str, spec: WorkloadSpec, registry: Registry) -> dict[str, type[Any]]:
    """The parameters of a stack that a workload has a use for, by name, each with the dataclass that has it."""
    return registry.fields(stack, primitives=spec.primitives)


def apart_in(stack: Stack, spec: WorkloadSpec, registry: Registry) -> frozenset[str]:
    """The roles whose parties must not collude, in what a stack's carrier has of a workload's primitives."""
    has = [p for p in spec.primitives if p in stack.carrier.implements]
    return frozenset[str]().union(*(registry.mechanism(stack.carrier, p, stack.params).apart for p in has))


def params_of(stack: Stack, spec: WorkloadSpec, registry: Registry) -> dict[str, Any]:
    """The stack's parameters by name, without those that are for other primitives."""
    relevant = fields_of(stack.name, spec, registry)
    return {name: value for name, value in stack.params_dict().items() if name in relevant}


def options_of(request: RunRequest, registry: Registry) -> Any:
    """The request's options, checked and typed, as an instance of the workload's dataclass."""
    spec = spec_of(request, registry)
    return build(spec.options, request.options, owner=spec.id)


def filled(request: RunRequest, registry: Registry) -> RunRequest:
    """The request with every option, checked and typed, under the workload's own id: the same settings are one request.

    ParamError or UnknownNameError for one that is not right.
    """
    options = dict(vars(options_of(request, registry)))
    return dataclasses.replace(request, workload=spec_of(request, registry).id, options=options)


def anyones(request: RunRequest, registry: Registry) -> RunRequest:
    """The request without what changes the shown round alone: attacks and accuracy over many depend on the rest."""
    found = filled(request, registry)
    fields = dataclasses.fields(spec_of(request, registry).options)
    usual = {f.name: f.default for f in fields if f.metadata.get("shown_only")}
    return dataclasses.replace(found, options={**found.options, **usual})


def read_request(values: Mapping[str, Any], registry: Registry) -> RunRequest:
    """A request from what was kept, also by the version before, where some options stood among its own settings."""
    spec = registry.workload(values["workload"])
    known = {f.name for f in dataclasses.fields(RunRequest)}
    bare = {k: values[k] for k in spec.bare if values.get(k) is not None}
    rest = {k: v for k, v in values.items() if k in known}
    return RunRequest.from_dict(rest | {"workload": spec.id, "options": bare | dict(values.get("options", {}))})


def preload(name: str, spec: WorkloadSpec, registry: Registry) -> None:
    """Import and warm the mechanisms of a stack for a workload, so that the first switch to it does not wait."""
    stack = registry.stack(name)
    for primitive in spec.primitives:
        if primitive in stack.carrier.implements:
            with contextlib.suppress(VeilbenchError):
                patiently(
                    lambda p=primitive: registry.mechanism(stack.carrier, p, stack.params).warm(),  # type: ignore[misc]
                    who=f"stack {name!r}",
                )
