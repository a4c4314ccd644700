"""What the devices of many people release, drawn once whatever carries it: stacks under one randomiser share its noise.

Else two stacks would differ by luck alone, and one would seem to worsen the other. The noise is the operating system's,
never the seed's; what was drawn is kept beside the features, by all that it depends on.
"""

import hashlib
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np

from privacy.plugin import Stack
from privacy.plugin.host import cache_dir, code_fingerprint, locked
from privacy.plugin.running import Ints, Registry
from workloads.fyp.data.cache import read_arrays, write_arrays
from workloads.fyp.deployment import Deployment
from workloads.fyp.world import Taste


def released(
    deployment: Deployment, tastes: list[Taste], stack: Stack, registry: Registry, *, tell: Callable[[], None]
) -> list[Ints]:
    """What each of these people sends in place of the taste, int64 (d,): the taste itself without a randomiser.

    `tell` is called for each that is drawn.
    """
    if deployment.randomiser is None:
        return [taste.vector for taste in tastes]
    folder, key = cache_dir(), _key(deployment, tastes, stack, registry)
    with locked(folder / f"{key}.json") if folder else nullcontext():
        kept = read_arrays(folder, key) if folder else None
        rows = kept[0].get("released") if kept else None
        if rows is None or rows.shape != (len(tastes), len(tastes[0].vector)):
            rows = np.stack([_drawn(deployment, taste, tell) for taste in tastes])
            if folder:
                write_arrays(folder, key, {"released": rows}, [])
    return list(rows)


def _drawn(deployment: Deployment, taste: Taste, tell: Callable[[], None]) -> Ints:
    tell()
    return deployment.release(taste).astype(np.int64)


def _key(deployment: Deployment, tastes: list[Taste], stack: Stack, registry: Registry) -> str:
    """The people, the randomiser with its parameters and its code, and what it is told of the task."""
    randomiser: Any = stack.randomiser
    alone = registry.stack(randomiser.id)
    about = (randomiser.id, sorted(vars(stack.release_params).items()), deployment.tasks["scoring"])
    digest = hashlib.sha256(f"{about} {code_fingerprint(alone)}".encode())
    for taste in tastes:
        digest.update(taste.vector.tobytes())
    return f"released-{digest.hexdigest()}"
