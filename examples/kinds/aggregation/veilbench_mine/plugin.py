"""Registers `mine`. This module is imported to list backends, so it imports nothing heavy."""

from privacy.plugin import BackendSpec, hookimpl


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="mine",
            title="Mine",
            summary="A start that hides nothing: an aggregator reads every vector and hands on the sum.",
            implements={"aggregation": "veilbench_mine.mechanism:OpenSum"},
        )
    ]
