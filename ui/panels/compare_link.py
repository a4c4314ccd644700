"""What a link to a comparison may hold, and how each part of it is checked before it is used."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, get_type_hints

from privacy.comparison import Plan, parse_sweep
from privacy.errors import UnknownNameError, VeilbenchError
from privacy.export import plan_of
from privacy.params import build, param
from privacy.registry import Registry
from privacy.workloads import fyp
from privacy.workloads.options import FypOptions
from privacy.workloads.request import RunRequest
from ui import resources

STACKS = ("plain", "local", "he")
"""What is compared where no link says otherwise."""
SWEEPS = {"epsilon": "0.25, 0.5, 1, 2, 4, 8, 16"}
"""What is offered first for a parameter; any other starts from its default alone."""
PATHS = ("data", "mapping")


@dataclass(frozen=True)
class CompareOptions(FypOptions):
    """The workload's options and the size of the cohort."""

    cohort: int = param(
        200, low=20, high=2000, unit="people",
        help="Held-out simulated people that accuracy and attacks are measured on; as many more teach the attacker.",
    )  # fmt: skip


OPTIONS = tuple(f.name for f in fields(CompareOptions))


def fields_of(plan: Plan, registry: Registry) -> dict[str, type[Any]]:
    """The parameters of the plan's stacks by name, each with the dataclass that it is a field of."""
    found: dict[str, type[Any]] = {}
    for stack in plan.stacks:
        for name, kind in registry.fields(stack).items():
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
    good: dict[str, str] = {}
    problems: list[str] = []
    for name, text in asked.items():
        try:
            if name in PATHS:
                problems.append("A link names no file of this device: its data was left out.")
            elif name == "stacks":
                good[name] = ",".join(_stacks(text, registry, problems))
            else:
                _check(name, text)
                good[name] = text
        except VeilbenchError as error:
            problems.append(f"{error} The link's value was left out.")
    plan = plan_of(good)
    options = {n: int(good[n]) for n in OPTIONS if n in good}
    cohort = options.pop("cohort", resources.cohort())
    items = options.pop("items", None)
    base = replace(plan.base, cohort=cohort, items=None if items == CompareOptions.items else items)
    return _checked(replace(plan, base=base, stacks=plan.stacks or STACKS), registry, problems)


def _stacks(text: str, registry: Registry, problems: list[str]) -> list[str]:
    """The stacks of a link that can be compared here, in the order in which they are offered."""
    found = []
    for stack in dict.fromkeys(s.strip()[:40] for s in text[:400].split(",") if s.strip()):
        try:
            registry.stack(stack)
            found.append(stack)
        except VeilbenchError as error:
            problems.append(f"{error} It was left out.")
    return [s for s in fyp.offered(registry) if s in found]


def _check(name: str, text: str) -> None:
    """One setting of a link by itself; VeilbenchError for one that cannot be used."""
    if name in OPTIONS:
        build(CompareOptions, {name: text[:80]}, owner="the link")
    base = plan_of({name: text[:400]}).base
    if name == "user":
        fyp.world_of(RunRequest()).persona(base.user)
    elif name == "workload" and base.workload != RunRequest.workload:
        raise UnknownNameError("workload", base.workload[:40], [RunRequest.workload])


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
