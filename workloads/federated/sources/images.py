"""Images of digits on devices that have few kinds each: scikit-learn's 1,797 scans of 8 x 8 pixels (NIST, 1998)."""

import numpy as np

from privacy.plugin import DataError
from workloads.federated.options import FederatedOptions
from workloads.federated.sources.found import Found, digest
from workloads.federated.tasks.digits import CLASSES, Digits

_HELD_OUT = 360
_UNEVEN = 0.3
"""The concentration of the Dirichlet law by which devices differ (Hsu et al. 2019): below 1 each has few digits."""


def digits(options: FederatedOptions, *, seed: int) -> Found:
    """The images, split among devices: each has its own share of digits."""
    from sklearn.datasets import load_digits

    found = load_digits()
    rows = np.column_stack([found.data / 16, found.target]).astype(np.float32)
    rows = rows[np.random.default_rng(1608).permutation(len(rows))]
    held, rest = rows[:_HELD_OUT], rows[_HELD_OUT:]
    most = len(rest) // options.devices
    if most < 1:
        text = f"{len(rest):,} images are too few for {options.devices:,} devices"
        raise DataError(text, then=f"take at most {len(rest):,}")
    devices = _split(rest, options, seed=seed, each=min(most, options.sentences))
    notes = (
        "Devices are simulated clients. Each gets scans of digits, mostly of a few kinds, and all train here.",
        f"Measured on {_HELD_OUT} scans that no device has.",
    )
    return Found(
        Digits(max(2, options.width // 6)), tuple(devices), held, None,
        tuple(f"device {at + 1}" for at in range(len(devices))),
        digest("digits", seed, options.devices, options.sentences), True, notes,
    )  # fmt: skip


def _split(rest: np.ndarray, options: FederatedOptions, *, seed: int, each: int) -> list[np.ndarray]:
    rng = np.random.default_rng([seed, 1609])
    waiting = [list(np.flatnonzero(rest[:, -1] == kind)) for kind in range(CLASSES)]
    devices = []
    for _ in range(options.devices):
        share = rng.dirichlet(np.full(CLASSES, _UNEVEN))
        taken: list[int] = []
        for _ in range(each):
            left = np.array([len(one) > 0 for one in waiting]) * (share + 1e-9)
            kind = int(rng.choice(CLASSES, p=left / left.sum()))
            taken.append(int(waiting[kind].pop()))
        devices.append(rest[taken])
    return devices
