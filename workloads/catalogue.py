"""The catalogue of workloads: all that the lab, the command line and the pages need to know of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from privacy import stacks
from privacy.errors import UnknownNameError
from privacy.params import NoParams, build
from privacy.registry import Registry, Stack
from privacy.request import RunRequest
from privacy.results import Metric, RunRecord
from workloads.fyp import workload as fyp
from workloads.fyp.options import FypOptions
from workloads.survey import workload as tally
from workloads.survey.options import TallyOptions
from workloads.survey.round import PRIMITIVES as TALLY_PRIMITIVES


@dataclass(frozen=True)
class Workload:
    """One workload. `quality` and `cost` name its metrics in the order of tables; `accuracy` and `attack` are those of
    the trade-off plot. `options` is the dataclass of what a link may set; where `named` is true they are given by name
    in a request's `options`, otherwise by the request's own fields. `run` and `evaluate` are called by the lab;
    `simulated` is what its simulated parties are.
    """

    id: str
    title: str
    primitives: tuple[str, ...]
    run: Callable[..., RunRecord]
    evaluate: Callable[..., tuple[list[Metric], dict[str, Any]]]
    data_hash: Callable[[RunRequest], str]
    options: type[Any]
    quality: tuple[str, ...]
    cost: tuple[str, ...]
    accuracy: str
    attack: str
    steps: Mapping[str, str]
    named: bool = True
    simulated: str = "people"

    def offered(self, registry: Registry) -> list[str]:
        """The stacks that have at least one of its primitives."""
        return stacks.offered(registry, self.primitives)

    def resolve(self, request: RunRequest, registry: Registry) -> Stack:
        """The request's stack with its parameters; ParamError or UnknownNameError for what cannot run."""
        return stacks.resolve(request, registry, self.primitives)

    def params(self, stack: Stack, registry: Registry) -> dict[str, Any]:
        """The stack's parameters that are for this workload, by name."""
        return stacks.params_of(stack, registry, self.primitives)

    def settings(self, request: RunRequest) -> Any:
        """The request's `options`, checked and typed, as an instance of the dataclass."""
        return build(self.options if self.named else NoParams, request.options, owner=self.id)


def _fyp_data(request: RunRequest) -> str:
    return fyp.world_of(request).data_hash


def _fyp_evaluate(request: RunRequest, registry: Registry, **more: Any) -> tuple[list[Metric], dict[str, Any]]:
    metrics, found = fyp.evaluate(request, registry, **more)
    return metrics, found.readers


WORKLOADS: dict[str, Workload] = {
    "fyp": Workload(
        id="fyp",
        title="For you",
        primitives=fyp.PRIMITIVES,
        run=fyp.run,
        evaluate=_fyp_evaluate,
        data_hash=_fyp_data,
        options=FypOptions,
        quality=("top10_overlap", "ndcg_at_10", "recall_at_10", "attribute_advantage_scoring", "attribute_advantage"),
        cost=("client_seconds", "server_seconds", "bytes_up", "bytes_down", "bytes_setup"),
        accuracy="top10_overlap",
        attack="attribute_advantage",
        steps={"scoring": "Scoring", "lookup": "Fetch"},
        named=False,
    ),
    "tally": Workload(
        id="tally",
        title="Survey",
        primitives=TALLY_PRIMITIVES,
        run=tally.run,
        evaluate=tally.evaluate,
        data_hash=tally.data_hash,
        options=TallyOptions,
        quality=(
            "answer_accuracy",
            "sum_error",
            "included",
            "attack_aggregator",
            "attack_differencing",
            "attack_cohort_of_one",
            "attack_unanimous",
            "attack_disaggregation",
            "attack_disaggregation_fixed",
        ),
        cost=(
            "contributor_seconds",
            "aggregator_seconds",
            "collector_seconds",
            "bytes_up",
            "bytes_down",
            "bytes_setup",
        ),
        accuracy="answer_accuracy",
        attack="attack_differencing",
        steps={"aggregation": "Sum"},
        simulated="devices",
    ),
}


def workload_of(request: RunRequest) -> Workload:
    """The workload that a request names; UnknownNameError otherwise."""
    if request.workload not in WORKLOADS:
        raise UnknownNameError("workload", request.workload, WORKLOADS)
    return WORKLOADS[request.workload]
