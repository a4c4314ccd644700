"""Quantised catalogues and vectors for the tests of scoring under HE."""

import numpy as np


def quantise(values):
    unit = values / np.linalg.norm(values, axis=-1, keepdims=True)
    return np.rint(256 * unit).astype(np.int64)


def catalogue_of(items: int, dims: int, *, kind: str = "gauss", seed: int = 0):
    values = np.random.default_rng(seed).standard_normal((items, dims))
    decay = np.exp(-np.arange(dims) / 10)
    if kind == "skewed":
        values = values * decay + 0.3 * decay
    elif kind == "alike":
        values = 0.05 * values + 1
    elif kind == "sparse":
        values = np.where(np.abs(values) > 1.5, values, 0)
        values[:, 0] += 0.01
    return quantise(values)


def vector_of(dims: int, seed: int):
    return quantise(np.random.default_rng(seed).standard_normal(dims))
