"""The model of the feed as bytes: the catalogue's quantised vectors, by the items' ids.

    b"veilbench catalogue 1\n", one line of JSON {"dims": d, "ids": [...]}, then int16 (N, d), little-endian

Whoever has the bytes, and a taste, can score every item as the servers did.
"""

import json

import numpy as np

from privacy.plugin import DataError
from privacy.plugin.running import Ints
from workloads.fyp.world import World

MAGIC = b"veilbench catalogue 1\n"


def model_bytes(world: World) -> bytes:
    """The model of a world; the same catalogue under the same settings has the same bytes."""
    ids = [str(one.account_id) for one in world.catalogue.profiles]
    head = json.dumps({"dims": int(world.items.shape[1]), "ids": ids}, ensure_ascii=True, separators=(",", ":"))
    return MAGIC + head.encode() + b"\n" + world.items.astype("<i2").tobytes()


def read_model(body: bytes) -> tuple[list[str], Ints]:
    """The ids and vectors of a model, int64 (N, d). DataError where the bytes are none."""
    try:
        if not body.startswith(MAGIC):
            raise ValueError("it begins otherwise")
        line, _, rest = body[len(MAGIC) :].partition(b"\n")
        head = json.loads(line)
        ids, dims = [str(one) for one in head["ids"]], int(head["dims"])
        vectors = np.frombuffer(rest, dtype="<i2").astype(np.int64).reshape(len(ids), dims)
    except (ValueError, KeyError, TypeError) as error:
        raise DataError("the bytes are no catalogue of vectors", then="fetch the model again by its CID") from error
    return ids, vectors
