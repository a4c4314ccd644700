"""Where pieces of a server's work run: what an engine is stands in `privacy.primitives.shards`."""
