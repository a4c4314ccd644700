"""Homomorphic encryption: CKKS scoring through SEAL, one ciphertext for each coordinate, no rotations."""
