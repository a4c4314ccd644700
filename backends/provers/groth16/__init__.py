"""Groth16 over BN254: proofs of 256 bytes that a contract checks by the precompiles of EIP-196 and EIP-197."""
