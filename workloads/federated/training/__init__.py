"""Training: the model, one device's step, and the processes that do it."""
