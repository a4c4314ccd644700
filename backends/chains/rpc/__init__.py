"""Any node of an Ethereum chain, by JSON-RPC over HTTP."""
