"""Generic statistics of bytes: what a distinguisher that knows no protocol looks at."""

import numpy as np

from privacy.primitives.scoring import Floats

HEAD = 256
WORDS = 64


def byte_features(body: bytes) -> Floats:
    """Float64 (F,) with a fixed F: length, byte histogram, first bytes, and the first words as numbers of each kind."""
    raw = np.frombuffer(body, dtype=np.uint8)
    histogram = np.bincount(raw, minlength=256) / max(len(body), 1)
    head = np.zeros(HEAD)
    head[: min(HEAD, len(raw))] = raw[:HEAD] / 255.0
    parts = [np.array([np.log1p(len(body))]), histogram, head]
    for kind in ("<f4", "<f8", "<i4", "<i8"):
        width = np.dtype(kind).itemsize
        words = np.frombuffer(body[: WORDS * width // 1], dtype=kind, count=min(WORDS, len(body) // width))
        values = np.zeros(WORDS)
        with np.errstate(all="ignore"):
            values[: len(words)] = np.clip(np.nan_to_num(words.astype(np.float64)), -1e6, 1e6)
        parts += [values, np.sort(values)]
    return np.concatenate(parts)
