"""Registers `dp`."""

from dataclasses import dataclass

from privacy.plugin import BackendSpec, hookimpl, param


@dataclass(frozen=True)
class DpParams:
    """Parameters of the DP backend."""

    mechanism: str = param(
        "krr",
        help=(
            "krr releases one topic, most often the favourite (k-ary randomised response); gaussian and laplace add "
            "noise to the taste vector."
        ),
        choices=("krr", "gaussian", "laplace"),
    )
    epsilon: float = param(
        2.0,
        help="Privacy loss of one release: smaller hides more.",
        low=0.05,
        high=64.0,
        unit="per release",
        suggested=(0.05, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0),
    )
    delta: float = param(
        1e-5,
        help="Chance that a Gaussian release is not covered by epsilon; krr and laplace have none.",
        low=1e-9,
        high=1e-3,
        unit="per release",
        suggested=(1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3),
    )


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="dp",
            title="DP",
            summary=(
                "Local differential privacy: the device sends a randomised taste. "
                "What a server learns of the true one is bounded by epsilon, whoever the server is."
            ),
            implements={"scoring": "backends.dp.mechanism:ScoringRandomiser"},
            kind="randomiser",
            params=DpParams,
            modules=("opendp",),
            install_hint="pip install opendp (wheels exist for Linux, macOS and Windows; see README)",
            rank=40,
        )
    ]
