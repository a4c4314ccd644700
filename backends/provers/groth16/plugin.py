"""Registers the prover `groth16`."""

from privacy.plugin.provers import ProverSpec, hookimpl


@hookimpl
def register_provers() -> list[ProverSpec]:
    return [
        ProverSpec(
            id="groth16",
            title="Groth16",
            summary="Makes proofs of 256 bytes that a contract checks for some 300,000 gas, with a key for each "
            "model. Whoever made a key alone can forge proofs; a ceremony's key is sound if one of its "
            "makers was honest.",
            prover="backends.provers.groth16.groth16:Groth16",
            modules=("numba",),
            install_hint="pip install numba",
            rank=10,
        )
    ]
