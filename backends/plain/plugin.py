"""Registers `plain`."""

from privacy.plugin import BackendSpec, hookimpl


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="plain",
            title="Plain",
            summary="No protection: whoever computes reads every private input in the clear.",
            about={
                "scoring": "No protection: the server reads the taste in the clear and sees which items are fetched.",
                "aggregation": "No protection: the aggregator reads each device's own vector in the clear.",
            },
            rank=10,
            implements={
                "scoring": "backends.plain.mechanism:PlainScoring",
                "lookup": "backends.plain.mechanism:PlainLookup",
                "aggregation": "backends.plain.aggregation:PlainAggregation",
            },
        )
    ]
