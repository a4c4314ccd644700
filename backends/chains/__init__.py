"""Chain adapters: the embedded chain of this device, and any node by JSON-RPC."""
