"""Registers `mine`. This module is imported to list backends, so it imports nothing heavy."""

from dataclasses import dataclass

from privacy.plugin import BackendSpec, hookimpl, param


@dataclass(frozen=True)
class Params:
    """The form on the page, `--param epsilon=1` and the record come from this."""

    epsilon: float = param(2.0, low=0.05, high=16.0, unit="per release", help="Privacy loss: smaller hides more.")


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="mine",
            title="Mine",
            summary="The device sends a topic, most often the closest to its vector: epsilon bounds what it tells.",
            params=Params,
            kind="randomiser",
            implements={"scoring": "veilbench_mine.mechanism:TopicResponse"},
        )
    ]
