"""Records of surveys made up for the tests of plots, exports and pages: of the right form, without a run."""

from typing import Any

from privacy.compare.plan import Comparison, Plan
from privacy.registry import Registry, discover
from privacy.request import RunRequest
from privacy.stacks import filled
from tests.support.saved import HASH, code, metric

REGISTRY = discover()
ATTACKS = {
    "attack_aggregator": "2 AUC - 1", "attack_differencing": "2 AUC - 1", "attack_cohort_of_one": "2 AUC - 1",
    "attack_unanimous": "share", "attack_disaggregation": "share", "attack_disaggregation_fixed": "share",
}  # fmt: skip


def request(**options: Any) -> RunRequest:
    """A survey with every option filled in."""
    return filled(RunRequest(workload="survey", options=options), REGISTRY)


def metrics(*, accuracy: float = 0.95, attack: float = 0.8) -> list[dict[str, Any]]:
    """One of each figure that a survey has."""
    rows = [
        metric("answer_accuracy", accuracy, low=accuracy - 0.02, high=min(accuracy + 0.02, 1.0), chance=0.4),
        metric("sum_error", 0.0, unit="units"),
        metric("included", 190, unit="contributions"),
    ]
    for key, unit in ATTACKS.items():
        rows.append(metric(key, attack, low=attack - 0.1, high=min(attack + 0.1, 1.0), unit=unit))
    rows += [metric(f"{who}_seconds", 2e-3, unit="s") for who in ("contributor", "aggregator", "collector")]
    return [*rows, *(metric(f"bytes_{way}", 971.0, unit="B") for way in ("up", "down", "setup"))]


def record(stack: str, query: RunRequest, *, output: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A run record of a survey."""
    towards = {
        "observer": "aggregator", "strength": "differential" if output else "none",
        "statement": f"What {stack} promises of a sum.", "assumption": "", "security_bits": None,
        "leaks": ["who took part"], "output": output, "collusion": 2,
    }  # fmt: skip
    guarantee = {"adversary": "semi-honest", "source": "declared", "towards": [towards]}
    return {
        "schema": 2, "workload": "survey", "stack": stack, "params": {}, "seed": query.seed,
        "settings": dict(query.options) | {"answer": [0.5]}, "versions": {"veilbench": "0.1.0", "numpy": "2.4.6"},
        "machine": {"system": "Linux", "arch": "x86_64", "cores": 2}, "code": code(stack), "answer": [],
        "made_at": "2026-11-21T09:00:00+0000", "data_hash": HASH, "guarantee": guarantee, "fallbacks": {},
        "steps": {"aggregation": guarantee}, "metrics": metrics(), "transcript": {"messages": []},
        "notes": ["devices are simulated"], "failure": None,
    } | more  # fmt: skip


def survey(registry: Registry, *stacks: str, **options: Any) -> Comparison:
    """A comparison of a survey, every cell of which has run."""
    query = request(**options)
    plan = Plan(query, stacks)
    cells = plan.cells(registry)
    found = [
        record(stack, query, metrics=metrics(accuracy=0.95 - i / 10, attack=0.8 - i / 5))
        for i, stack in enumerate(stacks)
    ]
    return Comparison(plan, cells, found)
