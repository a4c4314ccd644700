"""Registers `mine`. This module is imported to list backends, so it imports nothing heavy."""

from privacy.plugin import BackendSpec, hookimpl


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="mine",
            title="Mine",
            summary="Two servers each add random-looking shares, and agree on whose; the collector joins the two sums.",
            implements={"aggregation": "veilbench_mine.mechanism:SharedSum"},
        )
    ]
