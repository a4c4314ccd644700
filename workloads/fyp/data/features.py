"""Item vectors and topics of a catalogue, computed once and kept by content hash.

A vector holds a latent part of the text (TF-IDF of words, hashtags, emoji and letter n-grams, then a
truncated singular value decomposition: latent semantic analysis, Deerwester et al. 1990) and, with a modest
weight, the principal components of the standardised log counts. Every random state is fixed: the seed of a
run does not move its catalogue.

A large catalogue learns its words, axes and topics from a part of its rows, drawn once and for all, and places the
others by them, chunk by chunk: so the memory taken does not grow with the length of the file.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from privacy.plugin import DataError
from privacy.plugin.tables import Progress
from workloads.fyp.data.cache import read_arrays, write_arrays
from workloads.fyp.data.loader import Catalogue
from workloads.fyp.options import MAX_DIMS, MIN_DIMS

FEATURES_VERSION = 2
TOPICS = 12
_COUNT_WEIGHT = 0.25
_ITEMS_PER_TOPIC = 10


@dataclass(frozen=True, eq=False)
class Features:
    """What the recommender works with.

    `vectors` is float64 (N, dims) with rows of length one, `topics` int64 (N,) the cluster of each item, and
    `topic_labels` names each cluster. `content_hash` covers the data, the dims and this module's version.
    `sensitive` is int64 (N,) of 0 and 1 where the catalogue marks its items; it is no part of the vectors.
    """

    vectors: NDArray[np.float64]
    topics: NDArray[np.int64]
    topic_labels: tuple[str, ...]
    content_hash: str
    sensitive: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        self.vectors.flags.writeable = False
        self.topics.flags.writeable = False

    @property
    def items(self) -> int:
        """How many items there are."""
        return int(self.vectors.shape[0])

    @property
    def dims(self) -> int:
        """The length of a vector."""
        return int(self.vectors.shape[1])


def build_features(
    catalogue: Catalogue, *, dims: int = 64, cache_dir: Path | None, progress: Progress | None = None
) -> Features:
    """Return the features of a catalogue, from the cache where it has them.

    A damaged cache entry is rebuilt, and a cache that cannot be written is done without. DataError for dims
    out of bounds.
    """
    if not MIN_DIMS <= dims <= MAX_DIMS:
        raise DataError(f"{dims} dims are out of bounds", then=f"choose {MIN_DIMS} to {MAX_DIMS}")
    key = f"{catalogue.content_hash} dims={dims} version={FEATURES_VERSION}"
    key += f" quiet={sorted(catalogue.quiet)}" if catalogue.quiet else ""
    content_hash = hashlib.sha256(key.encode()).hexdigest()
    kept = _cached(cache_dir, content_hash, (len(catalogue), dims))
    if kept is not None:
        return replace(kept, sensitive=catalogue.sensitive)
    features = _build(catalogue, dims, content_hash, progress)
    if cache_dir is not None:
        arrays = {"vectors": features.vectors, "topics": features.topics}
        write_arrays(cache_dir, content_hash, arrays, list(features.topic_labels))
    return features


def _cached(cache_dir: Path | None, content_hash: str, shape: tuple[int, int]) -> Features | None:
    found = read_arrays(cache_dir, content_hash) if cache_dir is not None else None
    if found is None:
        return None
    arrays, labels = found
    vectors, topics = arrays.get("vectors"), arrays.get("topics")
    if vectors is None or vectors.shape != shape or vectors.dtype != np.float64:
        return None
    if topics is None or topics.shape != shape[:1] or topics.dtype != np.int64:
        return None
    if not np.isfinite(vectors).all() or topics.min() < 0 or topics.max() >= len(labels):
        return None
    return Features(vectors, topics, tuple(labels), content_hash)


def _build(catalogue: Catalogue, dims: int, content_hash: str, progress: Progress | None) -> Features:
    from workloads.fyp.data.text import label_topics, latent_text, sample_rows, word_matrix

    count_dims = min(catalogue.numbers.shape[1], dims // 8)
    vectors = np.empty((len(catalogue), dims))
    vectors[:, : dims - count_dims] = latent_text(catalogue.texts, dims - count_dims, progress)
    vectors[:, dims - count_dims :] = _COUNT_WEIGHT * _latent_counts(catalogue.numbers, count_dims)
    _to_unit(vectors)
    clusters = max(2, min(TOPICS, len(catalogue) // _ITEMS_PER_TOPIC))
    rows = sample_rows(catalogue.texts)
    topics = _cluster(vectors, clusters, rows)
    matrix, tokens = word_matrix(tuple(catalogue.texts[i] for i in rows))
    labels = label_topics(matrix, tokens, topics[rows], int(topics.max()) + 1, quiet=catalogue.quiet)
    return Features(vectors, topics, labels, content_hash, catalogue.sensitive)


def _latent_counts(numbers: NDArray[np.float64], dims: int) -> NDArray[np.float64]:
    """Return (N, dims): log-scaled, standardised, on their principal axes, of mean row length one."""
    if dims == 0:
        return np.zeros((len(numbers), 0))
    # A rate of .05 and a count of 5,000 both spread out on this scale.
    scaled = np.log(np.maximum(numbers, 0.0) + 1e-3)
    for column in np.flatnonzero((numbers < 0).any(axis=0)):
        # Where values go below 0 too, the same on either side of it, in units of their middle size.
        middle = np.median(np.abs(numbers[:, column])) or 1.0
        scaled[:, column] = np.arcsinh(numbers[:, column] / middle)
    scaled -= scaled.mean(axis=0)
    spread = scaled.std(axis=0)
    scaled /= np.where(spread > 1e-9, spread, 1.0)
    # The principal axes, from the largest down; by the small matrix, as there may be many rows.
    axes = np.linalg.eigh(scaled.T @ scaled)[1].T[::-1]
    # An axis has no sign of its own: fix it, so that every machine agrees.
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    latent = scaled @ (axes * np.where(signs == 0, 1.0, signs)[:, None]).T[:, :dims]
    length = np.sqrt((latent**2).sum(axis=1).mean())
    return np.asarray(latent / length if length > 1e-9 else latent, dtype=np.float64)


def _to_unit(vectors: NDArray[np.float64]) -> None:
    """Scale rows to length one, in place; a row of zeros points the same way as every other such row."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors /= np.maximum(lengths, 1e-12)[:, None]
    vectors[lengths <= 1e-12] = 1.0 / np.sqrt(vectors.shape[1])


def _cluster(vectors: NDArray[np.float64], clusters: int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return int64 (N,), numbered 0 to K - 1 from the largest cluster down, without gaps; learnt from `rows`."""
    from sklearn.cluster import KMeans

    learnt = vectors if len(rows) == len(vectors) else vectors[rows]
    distinct = len(np.unique(learnt.round(9), axis=0))
    # Of many rows one start finds what another would.
    starts = 10 if learnt is vectors else 3
    model = KMeans(n_clusters=min(clusters, distinct), n_init=starts, random_state=0).fit(learnt)
    found = model.labels_ if learnt is vectors else model.predict(vectors)
    names, counts = np.unique(found, return_counts=True)
    rank = {int(name): place for place, name in enumerate(names[np.argsort(-counts, kind="stable")])}
    return np.array([rank[int(name)] for name in found], dtype=np.int64)
