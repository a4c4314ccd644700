"""The world of a For-You-Page: a catalogue, its features and records, and simulated people."""

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from privacy.data import (
    Catalogue,
    Features,
    Histories,
    Persona,
    Profile,
    build_features,
    load_default,
    load_profiles,
    personas,
    simulate_histories,
    taste_vector,
)
from privacy.errors import DataError, UnknownNameError
from privacy.home import cache_dir
from privacy.primitives.lookup import LookupTask, Records
from privacy.primitives.scoring import Ints, ScoringTask, quantise

SHOWN = 10
"""Items on a feed, and so records in one fetch."""

_CARD = (
    "id",
    "account_id",
    "nickname",
    "biography",
    "followers",
    "likes",
    "videos_count",
    "engagement_rate",
    "is_verified",
)


@dataclass(frozen=True, repr=False)
class Taste:
    """What one person likes: item indices, and the quantised unit-norm mean of their vectors, int64 (d,).

    It never leaves the device except as a mechanism sends it, and has no readable form.
    """

    liked: Ints
    vector: Ints

    def __repr__(self) -> str:
        return "<Taste>"


class World:
    """A catalogue as the parties hold it: the servers' quantised items and padded records, and who asks."""

    def __init__(self, catalogue: Catalogue, features: Features, *, seed: int) -> None:
        self.catalogue, self.features, self.seed = catalogue, features, seed
        self.items: Ints = quantise(features.vectors)
        self.data_hash = features.content_hash

    @cached_property
    def records(self) -> Records:
        """One padded JSON record for each item, uint8 (N, R): all that a card shows, at one length."""
        rows = [_record(p) for p in self.catalogue.profiles]
        width = -(-max(map(len, rows)) // 64) * 64
        table = np.full((len(rows), width), ord(" "), dtype=np.uint8)
        for i, row in enumerate(rows):
            table[i, : len(row)] = np.frombuffer(row, dtype=np.uint8)
        return table

    @cached_property
    def personas(self) -> tuple[Persona, ...]:
        return personas(self.features, seed=self.seed)

    def topic(self, item: int) -> str:
        """The label of the topic that an item belongs to, which is public."""
        return self.features.topic_labels[int(self.features.topics[item])]

    def histories(self, *, users: int) -> Histories:
        return simulate_histories(self.features, users=users, seed=self.seed)

    @property
    def scoring_task(self) -> ScoringTask:
        return ScoringTask(items=self.items.shape[0], dims=self.items.shape[1])

    @property
    def lookup_task(self) -> LookupTask:
        return LookupTask(items=self.records.shape[0], record_bytes=self.records.shape[1], count=SHOWN)

    def persona(self, user: str) -> Persona:
        """The simulated persona named `user`; UnknownNameError otherwise."""
        for p in self.personas:
            if p.id == user:
                return p
        raise UnknownNameError("user", user, [p.id for p in self.personas])

    def taste(self, liked: Ints) -> Taste:
        """The taste of someone who likes the items `liked` (at least one)."""
        return Taste(np.asarray(liked, dtype=np.int64), quantise(taste_vector(self.features.vectors, liked)))


def _record(profile: Profile) -> bytes:
    return json.dumps({k: getattr(profile, k) for k in _CARD}, ensure_ascii=False, separators=(",", ":")).encode()


def card(record: Records) -> dict[str, Any]:
    """The fields of one fetched record; DataError if it is not one."""
    try:
        fields = json.loads(record.tobytes())
    except ValueError:
        raise DataError("a fetched record is not readable") from None
    return {k: fields.get(k) for k in _CARD}


def open_world(*, data: str | None, items: int | None, dims: int, seed: int) -> World:
    """Load data (the shipped file by default), derive or fetch its features, and make its world; kept in memory."""
    path = Path(data).expanduser() if data else None
    stamp = (path.stat().st_mtime_ns, path.stat().st_size) if path and path.is_file() else (0, 0)
    return _world(str(path) if path else None, stamp, items, dims, seed)


@lru_cache(maxsize=4)
def _world(path: str | None, stamp: tuple[int, int], items: int | None, dims: int, seed: int) -> World:
    catalogue = load_profiles(path, items=items) if path else load_default(items=items)
    return World(catalogue, build_features(catalogue, dims=dims, cache_dir=cache_dir()), seed=seed)
