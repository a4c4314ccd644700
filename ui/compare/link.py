"""What a link to a comparison may hold, and how each part of it is checked before it is used."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_type_hints

from privacy.compare.plan import Plan, parse_sweep
from privacy.errors import UnknownNameError, VeilbenchError
from privacy.export import plan_of
from privacy.params import build
from privacy.registry import Registry
from privacy.request import RunRequest
from ui.compare.options import first, owned, values_in, with_values
from workloads.catalogue import WORKLOADS, Workload
from workloads.fyp import workload as fyp

STACKS = {"fyp": ("plain", "local", "he"), "tally": ("plain", "dp", "smpc", "he", "dp+smpc")}
"""What is compared of a workload where no link says otherwise."""
SWEEPS = {"epsilon": "0.25, 0.5, 1, 2, 4, 8, 16"}
"""What is offered first for a parameter; any other starts from its default alone."""
PATHS = ("data", "mapping")
OPTION = "option."


def first_plan(workload: str, registry: Registry) -> Plan:
    """The plan that a workload begins with: of its usual stacks those that are there, else the first on offer."""
    offered = WORKLOADS[workload].offered(registry)
    usual = tuple(s for s in offered if s in STACKS.get(workload, ()))
    return Plan(first(workload), usual or tuple(offered[:3]))


def fields_of(plan: Plan, registry: Registry) -> dict[str, type[Any]]:
    """The parameters of the plan's stacks by name, each with the dataclass that it is a field of."""
    found: dict[str, type[Any]] = {}
    for stack in plan.stacks:
        for name, kind in registry.fields(stack, primitives=WORKLOADS[plan.base.workload].primitives).items():
            found.setdefault(name, kind)
    return found


def sweepable(plan: Plan, registry: Registry) -> list[str]:
    """The parameters of the plan's stacks that are numbers."""
    return [n for n, kind in fields_of(plan, registry).items() if get_type_hints(kind)[n] in (int, float)]


def first_values(name: str, plan: Plan, registry: Registry) -> str:
    """The values that the form offers for a parameter."""
    return SWEEPS.get(name) or f"{getattr(fields_of(plan, registry)[name], name):g}"


def values_of(
    name: str, text: str | None, old: tuple[float, ...], kind: type[Any]
) -> tuple[tuple[float, ...], list[str]]:  # fmt: skip
    """The values that a text lists, or the old ones and what is wrong with it."""
    if text is None:
        return old, []
    try:
        _, values = parse_sweep(f"{name}={text}")
        for value in values:
            build(kind, {name: value}, owner="the sweep")
    except VeilbenchError as error:
        return old, [str(error)]
    return values, []


def read(asked: Mapping[str, str], registry: Registry) -> tuple[Plan, list[str]]:
    """A plan from query parameters; each value that cannot be used is left at its default, with a sentence."""
    problems: list[str] = []
    workload = _workload(asked.get("workload", RunRequest.workload), problems)
    good = {"workload": workload.id}
    for name, text in asked.items():
        try:
            if name in PATHS:
                problems.append("A link names no file of this device: its data was left out.")
            elif name == "stacks":
                good[name] = ",".join(_stacks(text, workload, registry, problems))
            elif name != "workload":
                _check(name, text, workload)
                good[name] = text
        except VeilbenchError as error:
            problems.append(f"{error} The link's value was left out.")
    plan, usual = plan_of(good), first_plan(workload.id, registry)
    values = values_in(usual.base)
    for name, kind in owned(workload).items():
        text = good.get(_in_link(name, workload))
        if text is not None:
            values[name] = getattr(build(kind, {name: text}, owner="the link"), name)
    base = replace(with_values(usual.base, values), user=plan.base.user, params=plan.base.params)
    return _checked(replace(plan, base=base, stacks=plan.stacks or usual.stacks), registry, problems)


def _workload(name: str, problems: list[str]) -> Workload:
    if name not in WORKLOADS:
        problems.append(f"{UnknownNameError('workload', name[:40], WORKLOADS)} The link's value was left out.")
    return WORKLOADS.get(name, WORKLOADS[RunRequest.workload])


def _in_link(name: str, workload: Workload) -> str:
    """The name of a setting in a link: the options of a workload that has them by name stand under `option.`."""
    return f"{OPTION}{name}" if workload.named and name != "seed" else name


def _stacks(text: str, workload: Workload, registry: Registry, problems: list[str]) -> list[str]:
    """The stacks of a link that can be compared here, in the order in which they are offered."""
    found, offered = [], workload.offered(registry)
    for stack in dict.fromkeys(s.strip()[:40] for s in text[:400].split(",") if s.strip()):
        try:
            workload.resolve(replace(first(workload.id), stack=stack), registry)
            found.append(stack)
        except VeilbenchError as error:
            problems.append(f"{error} It was left out.")
    return [s for s in offered if s in found]


def _check(name: str, text: str, workload: Workload) -> None:
    """One setting of a link by itself; VeilbenchError for one that cannot be used."""
    kinds = {_in_link(one, workload): (one, kind) for one, kind in owned(workload).items()}
    if name in kinds:
        one, kind = kinds[name]
        build(kind, {one: text[:400]}, owner="the link")
    base = plan_of({"workload": workload.id, name: text[:400]}).base
    if name == "user" and not workload.named:
        fyp.world_of(RunRequest()).persona(base.user)


def _checked(plan: Plan, registry: Registry, problems: list[str]) -> tuple[Plan, list[str]]:
    """Parameters typed and within bounds, and only those that one of the stacks has."""
    known, params = fields_of(plan, registry), {}
    for name, raw in plan.base.params.items():
        if name in known and name != plan.sweep:
            try:
                params[name] = getattr(build(known[name], {name: raw}, owner="the link"), name)
            except VeilbenchError as error:
                problems.append(f"{error} The link's value was left out.")
        elif name not in known:
            problems.append(f"None of these stacks has a parameter {name[:40]!r}; it was left out.")
    plan = replace(plan, base=replace(plan.base, params=params))
    if plan.sweep:
        ok = plan.sweep in sweepable(plan, registry)
        said = [] if ok else [f"None of these stacks has a number {plan.sweep[:40]!r} to sweep."]
        if ok:
            text = ",".join(repr(v) for v in plan.values)
            _, said = values_of(plan.sweep, text, (), known[plan.sweep])
        if said:
            plan = replace(plan, sweep="", values=())
            problems += [f"{s} The sweep was left out." for s in said]
    return plan, problems
