"""Veilbench: swap the privacy technology under a running app; see what it costs, hides, and still leaks."""

__version__ = "0.1.0"
