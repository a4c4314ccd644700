"""Rolls: whose contributions are in a sum and whose were refused, as the aggregator tells the collector."""

import json
import re
import struct
from collections.abc import Mapping

from privacy.errors import WireError
from privacy.primitives.aggregation import AggregationTask

_HEAD = struct.Struct("<4sI")
_MAGIC = b"VBR1"
_NAME = re.compile(r"contributor-[1-9][0-9]{0,8}")
_MOST_REASON = 400


def pack_roll(included: tuple[int, ...], refused: Mapping[str, str], *, body: bytes = b"") -> bytes:
    """A roll and what belongs to it (a sum, a ciphertext), as the body of one wire."""
    kept = {name: reason[:_MOST_REASON] for name, reason in refused.items()}
    head = json.dumps({"included": list(included), "refused": kept}, separators=(",", ":")).encode()
    return _HEAD.pack(_MAGIC, len(head)) + head + body


def unpack_roll(data: bytes, task: AggregationTask) -> tuple[tuple[int, ...], dict[str, str], bytes]:
    """Included indices (ascending, of the roster), refusals by name, and the rest. WireError for anything else."""
    try:
        magic, size = _HEAD.unpack_from(data)
        head = json.loads(data[_HEAD.size : _HEAD.size + size])
        included, refused = tuple(head["included"]), head["refused"]
        named = all(isinstance(k, str) and _NAME.fullmatch(k) and isinstance(v, str) for k, v in refused.items())
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise WireError("a roll is malformed") from None
    if magic != _MAGIC or len(data) < _HEAD.size + size or not named or len(refused) > task.contributors:
        raise WireError("a roll is malformed")
    whole = all(type(i) is int and 1 <= i <= task.contributors for i in included)
    if not whole or list(included) != sorted(set(included)):
        raise WireError("a roll names contributors that are not of the roster, or one twice")
    return included, refused, data[_HEAD.size + size :]
