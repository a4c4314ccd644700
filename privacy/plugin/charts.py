"""A workload's own charts: helpers that make them look like all others."""

from privacy.plots.chart import INK, Chart, altair, finished, kept

__all__ = ["INK", "Chart", "altair", "finished", "kept"]
