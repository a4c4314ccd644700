"""Registers `shares`. This module is imported to list backends, so it imports nothing heavy."""

from dataclasses import dataclass

from privacy.plugin import BackendSpec, hookimpl, param


@dataclass(frozen=True)
class Params:
    """The form on the page, `--param servers=3` and the record come from this."""

    servers: int = param(
        2, low=2, high=5, unit="servers", help="How many servers get a share: only all of them together learn anything."
    )


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="shares",
            title="Shares",
            summary="Several servers each get a random-looking share of what is asked; only all of them can read it.",
            params=Params,
            implements={
                "scoring": "veilbench_shares.scoring:SharedScoring",
                "lookup": "veilbench_shares.lookup:SharedLookup",
            },
        )
    ]
