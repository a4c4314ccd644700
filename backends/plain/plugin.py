"""Registers `plain`."""

from privacy.plugin import BackendSpec, hookimpl


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="plain",
            title="Plain",
            summary="No protection: the server reads the taste vector and the ids of what is shown.",
            rank=10,
            implements={
                "scoring": "backends.plain.mechanism:PlainScoring",
                "lookup": "backends.plain.mechanism:PlainLookup",
            },
        )
    ]
