"""Which stacks a workload may run under, and which of their parameters are for it."""

from collections.abc import Collection
from typing import Any

from privacy.errors import ParamError
from privacy.registry import Registry, Stack
from privacy.request import RunRequest


def fits(stack: Stack, primitives: Collection[str]) -> bool:
    """Whether the stack's carrier, and its randomiser if it has one, has at least one of the primitives."""
    specs = [s for s in (stack.carrier, stack.randomiser) if s is not None]
    return all(set(spec.implements) & set(primitives) for spec in specs)


def offered(registry: Registry, primitives: Collection[str]) -> list[str]:
    """The stacks that have at least one of the primitives."""
    return [name for name in registry.stacks() if fits(registry.stack(name), primitives)]


def resolve(request: RunRequest, registry: Registry, primitives: Collection[str]) -> Stack:
    """The request's stack. ParamError if it has none of the primitives, or for a parameter that is for none of them."""
    stack = registry.stack(request.stack, dict(request.params))
    names = ", ".join(primitives)
    if not fits(stack, primitives):
        raise ParamError(f"{stack.name} has none of {names}", then=f"choose another stack for {request.workload}")
    relevant = registry.fields(request.stack, primitives=primitives)
    for name in request.params:
        if name not in relevant:
            has = f"it has {', '.join(relevant)}" if relevant else "leave it out"
            raise ParamError(f"{stack.name} has no parameter {name} for {names}", then=has)
    return stack


def params_of(stack: Stack, registry: Registry, primitives: Collection[str]) -> dict[str, Any]:
    """The stack's parameters by name, without those that are for other primitives."""
    relevant = registry.fields(stack.name, primitives=primitives)
    return {name: value for name, value in stack.params_dict().items() if name in relevant}
