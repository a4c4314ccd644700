"""MovieLens' formats: a folder of movies and ratings, movies as items and ratings as the histories of real people.

Three layouts: `movies.csv` and `ratings.csv` (latest, 20M, 25M, 32M), `movies.dat` and `ratings.dat` (1M, 10M),
`u.item` and `u.data` (100K), each as it is or packed (.gz). No MovieLens row ships with this project.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from privacy.plugin import DataError
from privacy.plugin.tables import Progress, hashtag, one_line
from workloads.fyp.data.loader import Catalogue, content_hash
from workloads.fyp.data.movielens_files import Layout, find_layout, read_likes
from workloads.fyp.data.packed import Packed, packed_profiles, packed_texts
from workloads.fyp.data.people import People, choose_lengths, over_median, windows
from workloads.fyp.data.schema import MIN_PROFILES, Profile

_YEAR = re.compile(r"\s*\((\d{4})[^()]*\)\s*$")
_NO_GENRE = "(no genres listed)"
_MOST_MOVIES = 200_000
_TAGS = 10


def load_movielens(folder: str | Path, *, items: int | None = None, progress: Progress | None = None) -> Catalogue:
    """Load a MovieLens folder, or its first `items` movies; DataError names file, column and row of what is wrong."""
    if items is not None and items < MIN_PROFILES:
        raise DataError(f"{items} items are too few", then=f"at least {MIN_PROFILES} are needed")
    layout = find_layout(Path(folder))
    notes: list[str] = []
    movies = _movies(layout, min(items or _MOST_MOVIES, _MOST_MOVIES), notes)
    if len(movies) < MIN_PROFILES:
        what = f"the file has only {len(movies)} movie{'' if len(movies) == 1 else 's'}"
        raise DataError(what, where=layout.movies.name, then=f"at least {MIN_PROFILES} are needed")
    tags = _tags(layout, {ident for ident, _, _ in movies}, progress)
    profiles, texts, numbers = _catalogue(movies, tags, notes)
    people, attribute = _people(layout, movies, notes, progress)
    notes.extend(layout.told)
    return Catalogue(
        profiles=profiles,
        texts=texts,
        numbers=numbers,
        content_hash=content_hash(
            profiles, texts, numbers, people.liked, people.held_out, people.attribute, names=(attribute, *people.ids)
        ),
        name=layout.folder.name,
        generated=False,
        notes=tuple(notes),
        kind="movielens",
        attribute=attribute,
        people=people,
    )


def _movies(layout: Layout, most: int, notes: list[str]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Id, title and genres of each movie, in file order, the first of those with the same id."""
    found: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    repeated = 0
    for ident, title, genres in layout.read_movies():
        if ident in found:
            repeated += 1
            continue
        if len(found) == most:
            notes.append(f"The first {most:,} movies are used.")
            break
        found[ident] = (ident, title, tuple(g for g in genres if g and g != _NO_GENRE))
    if repeated:
        notes.append(f"{repeated:,} movies have the id of an earlier one and are left out.")
    return list(found.values())


def _tags(layout: Layout, known: set[str], progress: Progress | None) -> dict[str, list[str]]:
    """The most frequent tags of each movie, where the folder has a file of tags."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for movie, tag in layout.read_tags(progress):
        if movie in known:
            counts[movie][one_line(tag, most=60).lower()] += 1
    return {m: sorted(c, key=lambda tag: (-c[tag], tag))[:_TAGS] for m, c in counts.items()}


def _catalogue(
    movies: list[tuple[str, str, tuple[str, ...]]], tags: dict[str, list[str]], notes: list[str]
) -> tuple[Packed[Profile], Packed[str], NDArray[np.float64]]:
    """What cards show, the texts, and the years as numbers, the median for a movie without."""
    matches = [_YEAR.search(title) for _, title, _ in movies]
    present = [int(m[1]) for m in matches if m]
    middle = float(np.median(present)) if present else 0.0
    missing = len(movies) - len(present)
    if missing:
        notes.append(f"{missing:,} movies have no year in their title, counted as the median.")
    years = np.array([[float(m[1]) if m else middle] for m in matches])
    profiles, texts = [], []
    for (ident, title, genres), match in zip(movies, matches, strict=True):
        name = _YEAR.sub("", title) or title
        own = tags.get(ident, [])
        marks = [hashtag(word) for word in dict.fromkeys((*genres, *own))]
        texts.append("\n".join(part for part in (name, " ".join(marks)) if part)[:1000])
        shown = one_line(" · ".join((*genres, *own)), most=480)
        profiles.append(
            Profile(
                id=ident, account_id=ident, nickname=one_line(title, most=160) or ident, biography=shown,
                followers=0, likes=0, videos_count=0, engagement_rate=0.0, is_verified=False,
                facts=(("year", match[1]),) if match else (),
            )
        )  # fmt: skip
    years.flags.writeable = False
    return packed_profiles(profiles), packed_texts(texts), years


def _people(
    layout: Layout, movies: list[tuple[str, str, tuple[str, ...]]], notes: list[str], progress: Progress | None
) -> tuple[People, str]:
    """Whoever liked enough movies, and what their attribute is."""
    place = {ident: i for i, (ident, _, _) in enumerate(movies)}
    names, likes, more, liked_from = read_likes(layout, place, progress)
    notes.extend(more)
    mine = likes.by_person(len(names)) if names else []
    counts = np.array([len(m) for m in mine], dtype=np.int64)
    seen, held = choose_lengths(counts, items=len(movies))
    genders = layout.read_genders()
    if genders:
        mine = [m if names[u] in genders else m[:0] for u, m in enumerate(mine)]
    chosen, liked, held_out = windows(mine, seen=seen, held=held)
    if not len(chosen):
        then = f"each needs {seen + held} ratings of {liked_from:g} or more: choose a larger data set, or more items"
        raise DataError("nobody has enough high ratings", where=layout.ratings.name, then=then)
    ids = tuple(names[u] for u in chosen)
    notes.append(
        f"Real people under pseudonyms: {len(ids):,} with at least {seen + held} ratings of {liked_from:g} or more; "
        f"{len(names) - len(ids):,} with fewer are left out. {held} of each are held out, their last."
    )
    attribute, label = _attribute(ids, liked, movies, genders)
    notes.append(f"A person's attribute: {label}.")
    for array in (liked, held_out, attribute):
        array.flags.writeable = False
    return People(ids, liked, held_out, attribute), label


def _attribute(
    ids: tuple[str, ...], liked: NDArray[np.int64], movies: list[tuple[str, str, tuple[str, ...]]],
    genders: dict[str, str],
) -> tuple[NDArray[np.int64], str]:  # fmt: skip
    """The gender that a file of users states; without one, a genre that follows from the ratings, and says so."""
    if genders:
        one = min(set(genders.values()))
        label = f"gender {one} in the file of users"
        return np.array([genders[i] == one for i in ids], dtype=np.int64), label
    names = sorted({g for _, _, genres in movies for g in genres})
    if not names:
        return np.zeros(len(ids), dtype=np.int64), "none: the data states neither gender nor genre"
    marks = np.zeros((len(movies), len(names)), dtype=np.bool_)
    column = {name: i for i, name in enumerate(names)}
    for row, genre in _pairs(movies):
        marks[row, column[genre]] = True
    attribute, genre = over_median(liked, marks, names)
    return attribute, f"likes more {one_line(genre, most=40)} than the median person here (derived from the ratings)"


def _pairs(movies: list[tuple[str, str, tuple[str, ...]]]) -> Iterator[tuple[int, str]]:
    for row, (_, _, genres) in enumerate(movies):
        for genre in genres:
            yield row, genre
