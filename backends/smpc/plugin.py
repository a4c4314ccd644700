"""Registers `smpc`."""

from dataclasses import dataclass

from privacy.plugin import BackendSpec, hookimpl, param

AUTOMATIC, MASKS, TWO_SERVERS, PRIO3 = "automatic", "masks", "two servers", "prio3"


@dataclass(frozen=True)
class SmpcParams:
    """Parameters of the SMPC backend."""

    scheme: str = param(
        AUTOMATIC,
        help=(
            "masks: one aggregator adds vectors whose masks cancel out; two servers: each adds one share of every "
            "vector, and they must not collude; prio3: the same, and they refuse who sends what is not valid; "
            "automatic: prio3 for votes, and masks for all else."
        ),
        choices=(AUTOMATIC, MASKS, TWO_SERVERS, PRIO3),
        primitives=("aggregation",),
    )
    neighbours: int = param(
        0,
        help=(
            "Contributors with whom each one shares masks; 0 chooses: all of them below 100 contributors, above as "
            "few as the stated failure probabilities allow."
        ),
        low=0,
        high=1000,
        unit="contributors",
        primitives=("aggregation",),
    )


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="smpc",
            title="SMPC",
            summary=(
                "Contributors hide their vectors behind masks that cancel out in the sum, or split them between two "
                "servers that must not collude, which can also prove that each vector is valid (Prio3); the sum itself "
                "is read by those who release it."
            ),
            about={
                "scoring": "Two servers that must not collude each get one share of the taste vector, which alone is "
                "noise.",
                "lookup": "Two servers that must not collude each get a key that says nothing of which records are "
                "fetched.",
            },
            implements={
                "scoring": "backends.smpc.scoring.mechanism:SmpcScoring",
                "lookup": "backends.smpc.lookup.mechanism:SmpcLookup",
                "aggregation": "backends.smpc.mechanism:SmpcAggregation",
            },
            params=SmpcParams,
            modules=("cryptography", "Crypto", "numba"),
            install_hint=(
                "pip install cryptography pycryptodome numba (wheels for Linux, macOS and Windows; see README)"
            ),
            rank=30,
        )
    ]
