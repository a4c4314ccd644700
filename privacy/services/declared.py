"""What a backend declares of itself, asked of its mechanisms: they are imported for it, so never for a mere list."""

from typing import Any

from privacy.deadline import patiently
from privacy.errors import VeilbenchError
from privacy.guarantees import Guarantee
from privacy.outputs import hear
from privacy.primitives.aggregation import AggregationTask
from privacy.protocol import check_paid, cost_of
from privacy.randomiser import SumRandomiser, under, under_sum
from privacy.registry import Registry
from privacy.services.releases import Rehearsal
from privacy.spec import BackendSpec
from privacy.testing.cases import case_for, supported
from privacy.testing.randomiser_bench import randomised_case

PATIENCE = 10.0


def declared(spec: BackendSpec, registry: Registry, *, seconds: float = PATIENCE) -> dict[str, Guarantee | str]:
    """For each primitive the guarantee at default parameters, on the conformance kit's task; or why there is none.

    A differential claim without a cost is none: the host refuses to run it.
    """
    found: dict[str, Guarantee | str] = {}
    for primitive in spec.implements:
        try:
            found[primitive] = patiently(
                lambda p=primitive: _of(spec, registry, p),  # type: ignore[misc]
                who=f"backend {spec.id!r}",
                seconds=seconds,
                builtin=registry.builtin(spec),
            )
        except VeilbenchError as error:
            found[primitive] = str(error)
    return found


def _of(spec: BackendSpec, registry: Registry, primitive: str) -> Guarantee | str:
    if primitive not in supported():
        return f"There is no task of {primitive} to ask about yet."
    params = spec.params()
    if spec.kind == "randomiser":
        return _noised(spec, registry, primitive, params)
    mechanism, task = registry.mechanism(spec, primitive, params), case_for(primitive).task
    found = hear(lambda: mechanism.guarantee(task), who=spec.id, what="its guarantee")
    check_paid(mechanism, task, cost_of(mechanism, task), Rehearsal())
    return found


def _noised(spec: BackendSpec, registry: Registry, primitive: str, params: Any) -> Guarantee:
    """A randomiser's guarantee is that of what it is over: here plain, which hides nothing of itself."""
    randomiser, case = registry.randomiser(spec, primitive, params), randomised_case(primitive)
    carrier = registry.mechanism(registry.spec("plain"), primitive, None)
    if isinstance(randomiser, SumRandomiser) and isinstance(case.task, AggregationTask):
        task = case.task
        return under_sum(randomiser, task, carrier.guarantee(randomiser.carried(task)))
    return under(randomiser, case.task, carrier.guarantee(case.task))
