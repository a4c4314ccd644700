"""The world of a For-You-Page: a catalogue, its features and records, and its people, simulated or real."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from threading import Lock
from typing import Any

import numpy as np

from privacy.plugin import DataError, LookupTask, ScoringTask, UnknownNameError
from privacy.plugin.host import cache_dir
from privacy.plugin.running import Ints, Records, quantise
from privacy.plugin.tables import Progress
from workloads.fyp.data import (
    Catalogue,
    Features,
    Histories,
    Persona,
    Profile,
    build_features,
    open_catalogue,
    personas,
    real_histories,
    real_personas,
    simulate_histories,
    stamps,
    taste_vector,
)
from workloads.fyp.data.histories import NAMES

SHOWN = 10
"""Items on a feed, and records in one fetch where the scores are exact."""

CANDIDATES = 200
"""Records in one fetch under a randomiser: the device ranks them again with the true taste, and tells nobody."""

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
_LONGEST = 500
_CHUNK = 4_096
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_KEPT_WORLDS, _KEPT_ITEMS = 4, 250_000
_APART = 1e-9
"""Vectors of unit length that differ by less are the same."""


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
        profiles = iter(self.catalogue.profiles)
        table = np.zeros((len(self.catalogue), 0), dtype=np.uint8)
        for start in range(0, len(table), _CHUNK):
            rows = [_record(p) for p in islice(profiles, _CHUNK)]
            width = -(-max(map(len, rows)) // 64) * 64
            if width > table.shape[1]:
                wider = np.empty((len(table), width), dtype=np.uint8)
                wider[:start, : table.shape[1]] = table[:start]
                wider[:start, table.shape[1] :] = ord(" ")
                table = wider
            chunk = b"".join(row.ljust(table.shape[1]) for row in rows)
            table[start : start + len(rows)] = np.frombuffer(chunk, dtype=np.uint8).reshape(len(rows), -1)
        return table

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each item is, by the id that its card shows; of several with one id, the first."""
        found: dict[str, int] = {}
        for place, profile in enumerate(self.catalogue.profiles):
            found.setdefault(str(profile.account_id), place)
        return found

    def table(self, *, vectors: bool) -> Records:
        """The records, with each item's quantised vector (2 bytes an entry) before it if `vectors`."""
        if not vectors:
            return self.records
        return np.hstack([np.ascontiguousarray(self.items.astype("<i2")).view(np.uint8), self.records])

    def vectors_in(self, records: Records) -> Ints:
        """The vectors that stand before fetched records, int64 (k, d)."""
        return np.ascontiguousarray(records[:, : 2 * self.items.shape[1]]).view("<i2").astype(np.int64)

    @cached_property
    def centres(self) -> tuple[tuple[int, ...], ...]:
        """One quantised unit-norm vector for each topic: the mean of its items. Public, as the catalogue is."""
        vectors, topics = self.features.vectors, self.features.topics
        means = np.stack([vectors[topics == t].mean(axis=0) for t in range(len(self.features.topic_labels))])
        norms = np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
        return tuple(tuple(int(x) for x in row) for row in quantise(means / norms))

    @cached_property
    def personas(self) -> tuple[Persona, ...]:
        people = self.catalogue.people
        if people is not None:
            return real_personas(self.features, people, seed=self.seed)
        return personas(self.features, seed=self.seed, fetched=CANDIDATES)

    @property
    def simulated(self) -> bool:
        """True where histories are made up, False where they are those of real people."""
        return self.catalogue.people is None

    @property
    def people_note(self) -> str:
        """The sentence that must stand beside every figure over people."""
        if self.simulated:
            return "Histories and people are simulated: accuracy is measured against what they like next."
        return "Histories are of real people under pseudonyms; accuracy is measured against what they liked next."

    @property
    def attribute(self) -> str:
        """What attribute 1 of a person means."""
        return self.catalogue.attribute

    def topic(self, item: int) -> str:
        """The label of the topic that an item belongs to, which is public."""
        return self.features.topic_labels[int(self.features.topics[item])]

    def histories(self, *, users: int) -> Histories:
        """`users` people, or as many as a data set of real people has: never more, and an even number."""
        people = self.catalogue.people
        if people is not None:
            return real_histories(self.features, people, users=users, seed=self.seed)
        return simulate_histories(self.features, users=users, seed=self.seed)

    @property
    def scoring_task(self) -> ScoringTask:
        return ScoringTask(items=self.items.shape[0], dims=self.items.shape[1], centres=self.centres)

    def lookup_task(self, *, candidates: bool) -> LookupTask:
        """A fetch of what is shown, or, with `candidates`, of whole records to rank again on the device."""
        items, width = self.table(vectors=candidates).shape
        return LookupTask(items=items, record_bytes=width, count=min(CANDIDATES, items) if candidates else SHOWN)

    def persona(self, user: str) -> Persona:
        """The persona named `user`; UnknownNameError otherwise.

        On a data set of real people the names of the simulated personas stand for its own, in the same order, so that
        a link and a default hold for any data.
        """
        for p in self.personas:
            if p.id == user:
                return p
        if not self.simulated and user in NAMES:
            place = NAMES.index(user)
            if place < len(self.personas):
                return self.personas[place]
        raise UnknownNameError("user", user, [p.id for p in self.personas])

    def taste(self, liked: Ints) -> Taste:
        """The taste of someone who likes the items `liked` (at least one)."""
        vectors, liked = self.features.vectors, np.asarray(liked, dtype=np.int64)
        counted = liked
        if len(liked) > 2 and np.linalg.norm(vectors[liked].mean(axis=0)) < 1e-9:
            counted = liked[:-1]  # likes that cancel each other out say something without the last
        return Taste(liked, quantise(taste_vector(vectors, counted)))


def _record(profile: Profile) -> bytes:
    fields: dict[str, Any] = {k: getattr(profile, k) for k in _CARD}
    # Every record is as long as the longest: one long text must not lengthen them all without bound.
    fields = {k: v[:_LONGEST] if isinstance(v, str) else v for k, v in fields.items()}
    if profile.facts:
        fields["facts"] = profile.facts
    return _ENCODE(fields).encode(errors="replace")


def card(record: Records) -> dict[str, Any]:
    """The fields of one fetched record, `facts` being names with values; DataError if it is not one."""
    try:
        fields = json.loads(record.tobytes())
    except ValueError:
        raise DataError("a fetched record is not readable") from None
    return {k: fields.get(k) for k in _CARD} | {"facts": fields.get("facts") or []}


class _Worlds:
    """The worlds used last, so that a change of stack does not read the data again; of large ones, fewer.

    Two askers for the same world wait for one another, so that it is made once.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._making: dict[tuple[Any, ...], Lock] = {}
        self._worlds: dict[tuple[Any, ...], World] = {}

    def get(self, key: tuple[Any, ...], make: Callable[[], World]) -> World:
        with self._lock:
            making = self._making.setdefault(key, Lock())
        with making:
            with self._lock:
                world = self._worlds.pop(key, None)
            world = world or make()
            with self._lock:
                self._worlds[key] = world
                self._making.pop(key, None)
                while len(self._worlds) > 1 and self._too_many():
                    del self._worlds[next(iter(self._worlds))]
        return world

    def _too_many(self) -> bool:
        items = sum(len(w.items) for w in self._worlds.values())
        return len(self._worlds) > _KEPT_WORLDS or items > _KEPT_ITEMS


_WORLDS = _Worlds()


def open_world(
    *, data: str | None, items: int | None, dims: int, seed: int, mapping: str | None = None,
    progress: Progress | None = None,
) -> World:  # fmt: skip
    """Load data (the shipped file by default), derive or fetch its features, and make its world; kept in memory.

    `data` is a CSV of the TikTok-profile schema, any CSV with the path of its `mapping`, or a MovieLens folder.
    """

    def make() -> World:
        catalogue = open_catalogue(data, mapping, items=items, seed=seed, progress=progress)
        features = build_features(catalogue, dims=dims, cache_dir=cache_dir(), progress=progress)
        if np.ptp(features.vectors, axis=0).max() < _APART:
            raise DataError(
                f"all {features.items:,} items are alike, so there is nothing to choose from",
                where=catalogue.name,
                then="map a column in which they differ, or choose another file",
            )
        return World(catalogue, features, seed=seed)

    return _WORLDS.get((data, mapping, stamps(data, mapping), items, dims, seed), make)
