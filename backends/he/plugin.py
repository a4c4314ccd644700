"""Registers `he`."""

from dataclasses import dataclass

from privacy.plugin import BackendSpec, hookimpl, param


@dataclass(frozen=True)
class HeParams:
    """Parameters of the HE backend."""

    preset: str = param(
        "compact",
        help="CKKS parameter set; each reaches 128-bit security by the Homomorphic Encryption Standard.",
        choices=("compact", "roomy"),
    )


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="he",
            title="HE",
            summary=(
                "CKKS: the server scores a taste vector that only the device can decrypt. "
                "The fetch of what is shown still goes by id."
            ),
            implements={"scoring": "backends.he.mechanism:HeScoring"},
            params=HeParams,
            modules=("tenseal", "pyarrow"),
            install_hint="pip install tenseal pyarrow (wheels exist for Linux, macOS and Windows; see README)",
            rank=30,
        )
    ]
