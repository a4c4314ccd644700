"""Registers `dp`."""

from dataclasses import dataclass

from privacy.plugin import BackendSpec, hookimpl, param

AUTOMATIC, GAUSSIAN, KRR, LAPLACE = "automatic", "gaussian", "krr", "laplace"


@dataclass(frozen=True)
class DpParams:
    """Parameters of the DP backend."""

    mechanism: str = param(
        "krr",
        help=(
            "Noise of a taste. krr (k-ary randomised response) releases one topic, most often the favourite; "
            "gaussian and laplace add noise to the taste vector."
        ),
        choices=("krr", "gaussian", "laplace"),
        primitives=("scoring",),
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
        help="Chance that epsilon does not cover a Gaussian release; krr and laplace have no delta.",
        low=1e-9,
        high=1e-3,
        unit="per release",
        suggested=(1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3),
    )
    clip: float = param(
        1.0,
        help="Largest L2 norm of what one client adds to a sum. Longer vectors are scaled down to it.",
        low=1e-6,
        high=1e9,
        unit="in the sum's unit",
        suggested=(0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 100.0),
        primitives=("aggregation",),
    )
    rounds: int = param(
        1,
        help="Number of sums that are released. Epsilon and delta cover all of them together.",
        low=1,
        high=10_000,
        suggested=(1, 5, 10, 20, 50, 100, 200, 500, 1000),
        primitives=("aggregation",),
    )
    sampling: float = param(
        1.0,
        help=(
            "Chance that a client takes part in a round, drawn for each client (Poisson). Below 1 it "
            "amplifies privacy, but only towards those who are not told who took part."
        ),
        low=1e-4,
        high=1.0,
        suggested=(0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0),
        primitives=("aggregation",),
    )
    population: int = param(
        0,
        help="Number of clients that the rounds draw from. 0: the roster.",
        low=0,
        high=1_000_000_000,
        suggested=(0, 100, 1000, 10_000, 100_000),
        primitives=("aggregation",),
    )
    colluders: int = param(
        0,
        help="Number of contributors that may reveal their share of the noise. The guarantee does not rely on those "
        "shares.",
        low=0,
        high=100_000,
        suggested=(0, 1, 2, 5, 10, 20),
        primitives=("aggregation",),
    )
    sum_noise: str = param(
        AUTOMATIC,
        help=(
            "Noise of a sum. gaussian: clipped vectors, with discrete Gaussian noise that covers one client. krr: "
            "each device randomises its vote. laplace: the aggregator adds discrete Laplace noise to a tally of "
            "votes. automatic: krr for votes, gaussian for everything else."
        ),
        choices=(AUTOMATIC, GAUSSIAN, KRR, LAPLACE),
        primitives=("aggregation",),
    )


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="dp",
            title="DP",
            summary=(
                "Differential privacy (DP). The device sends a randomised value instead of its taste; epsilon bounds "
                "what a server learns about the true one. In a sum, noise bounds what the sum tells about one client."
            ),
            about={
                "scoring": "Local differential privacy: the device sends a randomised taste. Epsilon bounds what the "
                "server learns about the true one.",
                "aggregation": "Differential privacy of the sum: noise bounds what the released sum tells about one "
                "client. The carrier decides who reads single vectors before that.",
            },
            implements={
                "scoring": "backends.dp.scoring.mechanism:ScoringRandomiser",
                "aggregation": "backends.dp.aggregation.release:SumRelease",
            },
            kind="randomiser",
            params=DpParams,
            modules=("opendp",),
            install_hint="pip install opendp (wheels exist for Linux, macOS and Windows; see README)",
            rank=40,
        )
    ]
