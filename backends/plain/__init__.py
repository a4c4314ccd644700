"""No protection: the baseline for every other backend, and the tutorial for plugin authors."""
