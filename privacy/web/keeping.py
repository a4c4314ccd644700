"""Sums that stay on the collector's machine: what goes back to the host is who is in them, and nothing of the sum."""

import io
import json
import logging
from typing import Any

import numpy as np

from privacy.home import room, write_atomic
from privacy.primitives.aggregation import Sum

FOLDER = "sums"
_LOG = logging.getLogger("veilbench")


def kept(answer: Any, label: str) -> Any:
    """The answer of a collector's step without its sum, which is written under `label` first.

    StateError if the disk does not take it: then the host gets neither.
    """
    wires, done, output, abort, refused = answer
    if not done or output is None:
        return answer
    found = Sum.of(output)
    folder = room(FOLDER)
    packed = io.BytesIO()
    np.save(packed, found.total, allow_pickle=False)
    write_atomic(folder / f"{label}.npy", packed.getvalue())
    roll = {"included": list(found.included), "refused": dict(found.refused)}
    write_atomic(folder / f"{label}.json", json.dumps(roll).encode())
    _LOG.warning("A sum of %d contributions is kept at %s.", len(found.included), folder / f"{label}.npy")
    return wires, done, (found.total[:0], found.included, dict(found.refused)), abort, refused
