"""Epsilon by arithmetic: of noise whose kind and size are declared, or measured on releases.

What is measured needs no plays by the million: the size of Gaussian noise and the distance of two inputs show after
some thousand releases, and give an epsilon that no counting of events could reach. It holds if the noise is of the kind
that it looks like; its shape is compared by Geary's ratio of mean to standard deviation (Biometrika 27, 1935).
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.accountant import epsilon_floor, epsilon_of
from privacy.attacks.audit_sum import gaussian_epsilon
from privacy.errors import ParamError
from privacy.foreign.claim import Claim
from privacy.foreign.finding import Charge, written

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

_SURE = 4.5
"""Standard errors that everything measured is moved by, against the charge: one in a hundred thousand for each."""
_GEARY = {"Gaussian": (math.sqrt(2 / math.pi), 0.213), "Laplace": (math.sqrt(0.5), 0.5)}
"""The ratio of each kind, and the standard error of an estimate of it from one value."""
_LEAST = 500


def declared(claim: Claim) -> tuple[Charge, ...]:
    """The charge of a declared sigma and clip; none where there is no sigma."""
    if claim.sigma is None:
        return ()
    ratio = claim.sensitivity / claim.sigma
    how = f"{claim.noise.capitalize()} noise of {claim.sigma:g} on inputs {claim.sensitivity:g} apart"
    if claim.noise == "laplace":
        whole = ratio * claim.releases
        if claim.delta == 0:
            return (Charge("declared", whole, how, most=whole),)
        return (Charge("declared", max(0.0, ratio + 2 * math.log1p(-claim.delta)), how, most=whole),)
    if claim.delta == 0:
        return (Charge("declared", math.inf, f"{how}, which has no pure epsilon"),)
    bounds = {"q": 1.0, "rounds": claim.releases, "delta": claim.delta}
    return (Charge("declared", epsilon_floor(1 / ratio, **bounds), how, most=epsilon_of(1 / ratio, **bounds)),)


def configured(values: Mapping[str, Any], claim: Claim) -> Charge:
    """The charge of a configuration of noised training: noise_multiplier, sample_rate, and steps, or epochs.

    ParamError for a number that is missing or out of range.
    """
    z, q = _of(values, "noise_multiplier", low=0.0, high=1e6), _of(values, "sample_rate", low=0.0, high=1.0)
    if "steps" in values:
        steps = _of(values, "steps", low=0.0, high=1e6)
    else:
        steps = math.ceil(_of(values, "epochs", low=0.0, high=1e6) / q)
    steps = int(steps)
    if claim.delta == 0:
        return Charge("declared", math.inf, "Gaussian noise, which has no pure epsilon")
    how = f"Gaussian noise {z:g} times the clip, Poisson sampling at {q:g}, {steps} steps"
    floor = epsilon_floor(z, q=q, rounds=steps, delta=claim.delta)
    most = epsilon_of(z, q=q, rounds=steps, delta=claim.delta)
    return Charge("declared", floor, how, most=most)


def measured(side0: Array, side1: Array, gap: Array, claim: Claim) -> tuple[Charge, ...]:
    """The charge of releases (n, d) of two inputs that differ by `gap` (d,); none where the noise is of no known kind.

    A quarter of them chooses where to look, the rest is measured.
    """
    floats = [side.astype(np.float64) for side in (side0, side1)]
    bare = np.logical_and(*((side == side[0]).all(axis=0) for side in floats))
    if (floats[0][0] != floats[1][0])[bare].any():
        where = "" if bare.all() else f" in {int(bare.sum())} of {len(bare)} entries"
        return (Charge("measured", math.inf, f"no noise{where}: every release of an input has the same value there"),)
    floats = [side[:, ~bare] for side in floats]
    gap = gap[~bare]
    if bare.all():
        return ()
    cut = min(map(len, floats)) // 4
    pilots, tests = [side[:cut] for side in floats], [side[cut:] for side in floats]
    if min(map(len, tests)) < _LEAST:
        return ()
    return tuple(c for c in (_gaussian(pilots, tests, gap, claim), _laplace(pilots, tests, claim)) if c is not None)


def _gaussian(pilots: list[Floats], tests: list[Floats], gap: Array, claim: Claim) -> Charge | None:
    means = pilots[1].mean(axis=0) - pilots[0].mean(axis=0)
    axes = [axis / np.linalg.norm(axis) for axis in (np.asarray(gap, dtype=np.float64), means) if axis.any()]
    if not axes or claim.delta == 0:
        return None
    axis = max(axes, key=lambda a: (means @ a) / max(float((pilots[0] @ a).std()), 1e-300))
    sides = [part @ axis for part in tests]
    apart, spread = float(sides[1].mean() - sides[0].mean()), _spread(sides, "Gaussian")
    # A sum of many entries looks Gaussian whatever they are: each by itself has to.
    entries = (_spread([part[:, i] for part in tests], "Gaussian") for i in range(tests[0].shape[1]))
    if spread is None or any(entry is None for entry in entries):
        return None
    n = min(map(len, sides))
    low = apart - _SURE * spread * math.sqrt(2 / n)
    high = spread * (1 + _SURE / math.sqrt(4 * n))
    if low <= 0:
        return None
    ratio = written(apart / spread)
    how = f"the noise has the shape of a Gaussian, and the inputs lie {ratio} standard deviations apart"
    return Charge("measured", gaussian_epsilon(low / high, delta=claim.delta), how)


def _laplace(pilots: list[Floats], tests: list[Floats], claim: Claim) -> Charge | None:
    means = pilots[1].mean(axis=0) - pilots[0].mean(axis=0)
    entry = int(np.abs(means).argmax())
    spread = _spread([part[:, entry] for part in tests], "Laplace")
    if spread is None:
        return None
    n = min(map(len, tests))
    scale = spread / math.sqrt(2) * (1 + _SURE / math.sqrt(n))
    apart = np.abs(tests[1].mean(axis=0) - tests[0].mean(axis=0))
    lows = np.maximum(apart - _SURE * spread * math.sqrt(2 / n), 0)
    # With a delta the curve of one entry is exact; what several give together is another one, and at least that.
    loss = float(lows.sum()) / scale if claim.delta == 0 else float(lows[entry]) / scale + 2 * math.log1p(-claim.delta)
    if loss <= 0:
        return None
    how = f"the noise has the shape of a Laplace distribution of scale {spread / math.sqrt(2):.3g}"
    return Charge("measured", loss, how)


def _spread(sides: list[Floats], kind: str) -> float | None:
    """The standard deviation of two sides alike; None where they are not alike, or of another kind."""
    centred = [side - side.mean() for side in sides]
    deviations = [float(side.std()) for side in centred]
    n, (ratio, error) = min(map(len, sides)), _GEARY[kind]
    if min(deviations) <= 0 or abs(math.log(deviations[1] / deviations[0])) > _SURE * math.sqrt(6 / n):
        return None
    shapes = [float(np.abs(side).mean()) / d for side, d in zip(centred, deviations, strict=True)]
    if any(abs(shape - ratio) > _SURE * error / math.sqrt(n) for shape in shapes):
        return None
    return math.hypot(*deviations) / math.sqrt(2)


def _of(values: Mapping[str, Any], name: str, *, low: float, high: float) -> float:
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low < value <= high:
        raise ParamError(
            f"the configuration's {name} is {value!r:.40}", then=f"give a number above {low:g} and up to {high:g}"
        )
    return float(value)
