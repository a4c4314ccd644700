"""Differential privacy in the local model: a private value is randomised on the device, before any carrier moves it."""
