"""Lists that a page shows, logged on a chain: log one, verify it, look at those before."""
