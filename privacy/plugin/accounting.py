"""Accounting of noise: epsilon of Gaussian noise under sampling, over rounds."""

from privacy.accountant import epsilon_floor, epsilon_of

__all__ = ["epsilon_floor", "epsilon_of"]
