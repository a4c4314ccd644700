"""Workloads: what there is to run, with the settings, stacks and figures of each."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from privacy.params import schema_of
from privacy.spec import WorkloadSpec
from privacy.stacks import offered
from privacy.web.rest.desk import Desk
from privacy.web.rest.models import Workload, Workloads
from privacy.web.rest.problems import documented

_FIGURE = ("key", "name", "unit", "better", "role", "control")


def router(desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["app"])

    @routes.get("/workloads", responses=documented())
    def every() -> Workloads:
        """Every workload that can be run here."""
        registry = desk.registry()
        return Workloads(workloads=[_shown(spec, offered(spec, registry)) for spec in registry.workloads.values()])

    return routes


def _shown(spec: WorkloadSpec, stacks: list[str]) -> Workload:
    figures: list[dict[str, Any]] = [{k: v for k, v in asdict(f).items() if k in _FIGURE} for f in spec.figures]
    return Workload(
        id=spec.id, title=spec.title, summary=spec.summary, primitives=list(spec.primitives), stacks=stacks,
        options=schema_of(spec.options), figures=figures,
    )  # fmt: skip
