"""Blobs in a kubo daemon, which shares them with other IPFS nodes."""
