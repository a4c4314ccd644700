"""Registers `shares`. This module is imported to list backends, so it imports nothing heavy."""

from privacy.plugin import BackendSpec, hookimpl


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="shares",
            title="Shares",
            summary="Two servers each receive one random-looking share of the taste; neither alone learns anything.",
            implements={"scoring": "veilbench_shares.mechanism:SharedScoring"},
        )
    ]
