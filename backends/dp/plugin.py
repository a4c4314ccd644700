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
            "krr releases one topic, most often the favourite (k-ary randomised response); gaussian and laplace add "
            "noise to the taste vector."
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
        help="Chance that a Gaussian release is not covered by epsilon; krr and laplace have none.",
        low=1e-9,
        high=1e-3,
        unit="per release",
        suggested=(1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3),
    )
    clip: float = param(
        1.0,
        help="The largest L2 norm of what one client adds to a sum: longer vectors are scaled down to it.",
        low=1e-6,
        high=1e9,
        unit="in the sum's unit",
        suggested=(0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 100.0),
        primitives=("aggregation",),
    )
    rounds: int = param(
        1,
        help="How many sums are released: epsilon and delta are for all of them together.",
        low=1,
        high=10_000,
        suggested=(1, 5, 10, 20, 50, 100, 200, 500, 1000),
        primitives=("aggregation",),
    )
    sampling: float = param(
        1.0,
        help=(
            "The chance that a client takes part in a round, each drawn alone (Poisson). Below 1 it amplifies privacy, "
            "towards those alone who are not told who took part."
        ),
        low=1e-4,
        high=1.0,
        suggested=(0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0),
        primitives=("aggregation",),
    )
    population: int = param(
        0,
        help="How many clients the rounds draw from; 0 takes the roster for it.",
        low=0,
        high=1_000_000_000,
        suggested=(0, 100, 1000, 10_000, 100_000),
        primitives=("aggregation",),
    )
    colluders: int = param(
        0,
        help="How many contributors may tell the others their share of the noise: it is not counted on.",
        low=0,
        high=100_000,
        suggested=(0, 1, 2, 5, 10, 20),
        primitives=("aggregation",),
    )
    sum_noise: str = param(
        AUTOMATIC,
        help=(
            "The noise of a sum. gaussian: vectors are clipped, and discrete Gaussian noise covers one client; krr: "
            "each vote is randomised on its device; laplace: the aggregator adds discrete Laplace noise to a tally of "
            "votes; automatic: krr for votes, and gaussian for all else."
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
                "Differential privacy. Of a taste the device sends a randomised value: epsilon bounds what a server "
                "learns of the true one. Of a sum, noise bounds what it tells of one client."
            ),
            about={
                "scoring": "Local differential privacy: the device sends a randomised taste, and epsilon bounds what "
                "the server learns of the true one.",
                "aggregation": "Differential privacy of the sum: noise bounds what the released sum tells of one "
                "client. Who reads single vectors before that is up to the carrier.",
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
