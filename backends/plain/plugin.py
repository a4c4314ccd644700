"""Registers `plain`."""

from privacy.plugin import BackendSpec, hookimpl


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="plain",
            title="Plain",
            summary="No protection: a server reads every private input in the clear.",
            rank=10,
            implements={
                "scoring": "backends.plain.mechanism:PlainScoring",
                "lookup": "backends.plain.mechanism:PlainLookup",
                "aggregation": "backends.plain.aggregation:PlainAggregation",
            },
        )
    ]
