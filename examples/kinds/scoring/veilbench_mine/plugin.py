"""Registers `mine`. This module is imported to list backends, so it imports nothing heavy."""

from privacy.plugin import BackendSpec, hookimpl


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="mine",
            title="Mine",
            summary="Two servers each get a random-looking share of the vector; only both together can read it.",
            implements={"scoring": "veilbench_mine.mechanism:SharedScoring"},
        )
    ]
