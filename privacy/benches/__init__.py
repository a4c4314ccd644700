"""Benches: what something costs, as ratios of things measured side by side in one run."""
