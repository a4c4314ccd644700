"""Charts of a workload's own: what makes one look as the others do."""

from privacy.plots.chart import INK, Chart, altair, finished, kept

__all__ = ["INK", "Chart", "altair", "finished", "kept"]
