"""Steps for tests, each with one thing wrong, or nothing. Imported by the process that plays them, and by no test."""

import os
import time

import numpy as np

_random = np.random.default_rng()
_always = np.random.default_rng(7)
_once = _random.normal(0.0, 1.0, 16)
_same = np.zeros(16)
NUMBER = 3


def clipped(update):
    return update / max(1.0, float(np.linalg.norm(update)))


def gaussian(update, sigma=1.0):
    return clipped(update) + _random.normal(0.0, sigma, update.shape)


def laplace(update, scale=1.0):
    return update / max(1.0, float(np.abs(update).sum())) + _random.laplace(0.0, scale, update.shape)


def unclipped(update):
    return update + _random.normal(0.0, 1.0, update.shape)


def seeded(update):
    return clipped(update) + _always.normal(0.0, 5.0, update.shape)


def cached(update):
    return clipped(update) + _once


def bare_bias(arrays: list[np.ndarray]):
    shrink = max(1.0, float(np.sqrt(sum((one**2).sum() for one in arrays))))
    return [arrays[0] / shrink + _random.normal(0.0, 9.0, arrays[0].shape), arrays[1] / shrink]


def coarse(update):
    return clipped(update) + _random.integers(0, 16) / 4


def in_place(update):
    _same[:] = gaussian(update)
    return _same


def of_list(arrays: list[np.ndarray]):
    shrink = max(1.0, float(np.sqrt(sum((one**2).sum() for one in arrays))))
    return [one / shrink + _random.normal(0.0, 1.0, one.shape) for one in arrays]


def forgetful(arrays: list[np.ndarray]):
    return arrays[:1]


def of_dict(arrays: "dict[str, np.ndarray]"):
    whole = np.concatenate([one.ravel() for one in arrays.values()])
    return {k: v / max(1.0, float(np.linalg.norm(whole))) + _random.normal(0, 1, v.shape) for k, v in arrays.items()}


def together(updates):
    return updates / np.maximum(1.0, np.linalg.norm(updates, axis=1, keepdims=True)) + _random.normal(
        0, 1, updates.shape
    )


together.batch = True


class Filter:
    claims = {"epsilon": 4.0, "delta": 1e-5}  # noqa: RUF012

    def __init__(self, sigma=1.0):
        self.sigma = sigma

    def process(self, update):
        return gaussian(update, self.sigma)


class Odd(Filter):
    claims = {"epsilon": 4.0, "colour": "blue"}  # noqa: RUF012


def where(update):
    seen = float("VEILBENCH_TEST_SECRET" in os.environ)
    return np.array([os.getpid(), seen, *update[2:]], dtype=np.float64)


def short(update):
    return update[:3]


def not_a_number(update):
    return update * np.nan


def words(update):
    return update.astype(str)


def nothing(update):
    update += 1


def raises(update):
    raise ValueError("no more\nnoise today")


def leaves(update):
    os._exit(7)


def exits(update):
    raise SystemExit(0)


def hangs(update):
    time.sleep(600)


def slow(update):
    time.sleep(0.01)
    return gaussian(update)


def hungry(update):
    return np.zeros(2**40)


def talks(update):
    print("a step that prints")
    os.write(1, b"to descriptor 1")
    return gaussian(update)
