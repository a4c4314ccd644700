"""Registers `he`."""

from dataclasses import dataclass

from privacy.plugin import BackendSpec, hookimpl, param


@dataclass(frozen=True)
class HeParams:
    """Parameters of the HE backend."""

    preset: str = param(
        "exact",
        help="CKKS parameters, all of at least 128-bit security. Exact scores, or near ones for a quarter of the "
        "bytes.",
        choices=("exact", "fast"),
        primitives=("scoring",),
    )
    sum_scheme: str = param(
        "auto",
        help="Scheme of sums. BFV is exact, CKKS approximate; auto uses BFV wherever a sum fits.",
        choices=("auto", "bfv", "ckks"),
        primitives=("aggregation",),
    )
    flooding_bits: int = param(
        30,
        help="Statistical parameter of the noise that floods a CKKS sum before it is released.",
        low=20,
        high=60,
        unit="bits",
        primitives=("aggregation",),
    )
    sum_releases: int = param(
        16,
        help="Number of CKKS sums that one key may release. The flooding noise grows with its square root.",
        low=1,
        high=4096,
        unit="sums",
        primitives=("aggregation",),
    )


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="he",
            title="HE",
            summary=(
                "Homomorphic encryption (HE). The server scores a taste vector as CKKS ciphertexts, which only the "
                "device can decrypt, and answers fetches that it cannot read. The aggregator adds up BFV or CKKS "
                "ciphertexts, which only the collector can decrypt."
            ),
            about={
                "scoring": "CKKS: the server scores a taste vector that only the device can decrypt.",
                "lookup": "The server multiplies its table by a query that hides which records are fetched.",
                "aggregation": "The aggregator adds ciphertexts, by BFV or CKKS; only the collector can decrypt.",
            },
            implements={
                "scoring": "backends.he.scoring.mechanism:HeScoring",
                "lookup": "backends.he.lookup.mechanism:HeLookup",
                "aggregation": "backends.he.aggregation.mechanism:HeAggregation",
            },
            params=HeParams,
            modules=("tenseal", "pyarrow", "cryptography", "numba"),
            install_hint=(
                "pip install tenseal pyarrow cryptography numba (wheels for Linux, macOS and Windows; see README)"
            ),
            rank=30,
            browser=tuple(f"backends.he.browser:{name}.js" for name in ("ring", "scoring", "lookup")),
            benches={"scoring": "backends.he.benches:ScoringBench"},
        )
    ]
