"""The files of a MovieLens folder: which layout it has, and their rows, read as streams.

Every error names the file, the column and the row.
"""

import datetime
import math
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.plugin import DataError
from privacy.plugin.tables import Progress, Sheet, is_missing, named, one_line, open_sheet, open_text
from workloads.fyp.data.people import Likes
from workloads.fyp.data.ratings import Scale, worth

MOST_RATINGS = 5_000_000
_LONGEST_FIELD = 1_000
_GENRES_100K = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
"""The flags of `u.item`, in order."""

Numbered = tuple[int, list[str]]

_RATING = ("userId", "movieId", "rating", "timestamp")
_ALSO = {
    "userId": ("userid", "user"),
    "movieId": ("movieid", "itemid", "item", "movie"),
    "rating": ("rating", "score", "plays", "playcount", "listens", "listencount", "views", "clicks", "liked", "like"),
    "timestamp": ("timestamp", "time", "date", "datetime"),
    "title": ("title", "name"),
    "genres": ("genres", "genre"),
    "tag": ("tag",),
}
"""How a column may be called, without signs and capitals."""


@dataclass(frozen=True)
class Layout:
    """How a folder is laid out: its files, and the mark between their fields (None: CSV with a header).

    `told` collects how the files that were read are written, and `called` what they call their columns.
    """

    folder: Path
    movies: Path
    ratings: Path
    mark: str | None
    users: Path | None = None
    tags: Path | None = None
    movie_mark: str | None = None
    gender_place: int = 1
    told: list[str] = field(default_factory=list, compare=False)
    called: dict[str, str] = field(default_factory=dict, compare=False)

    def read_movies(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Id, title, genres of each movie."""
        if self.movie_mark == "|":
            for number, fields in _parted(self.movies, "|", least=6):
                flags = fields[5:]
                genres = tuple(g for g, flag in zip(_GENRES_100K, flags, strict=False) if flag.strip() == "1")
                yield _ident(fields[0], "movie id", self.movies, number), fields[1].strip(), genres[:32]
            return
        for number, (ident, title, words) in self._fields(self.movies, ("movieId", "title", "genres"), None):
            yield _ident(ident, "movieId", self.movies, number), title.strip(), tuple(_genres(words))

    def read_ratings(self, progress: Progress | None) -> Iterator[Numbered]:
        """User, movie, rating and time of each rating, as text, with its row."""
        return self._fields(self.ratings, _RATING, progress)

    def read_tags(self, progress: Progress | None) -> Iterator[tuple[str, str]]:
        """Movie and tag."""
        if self.tags is None:
            return
        for _, (_, movie, tag, _) in self._fields(self.tags, ("userId", "movieId", "tag", "timestamp"), progress):
            if tag.strip():
                yield movie.strip(), tag

    def read_genders(self) -> dict[str, str]:
        """The gender that the file of users states for each; empty without such a file."""
        if self.users is None or self.mark is None:
            return {}
        mark = "|" if self.gender_place == 2 else self.mark
        rows = _parted(self.users, mark, least=self.gender_place + 1)
        found = {f[0].strip(): one_line(f[self.gender_place], most=20) for _, f in rows if f[self.gender_place].strip()}
        return found if len(set(found.values())) > 1 else {}

    def _fields(self, path: Path, columns: tuple[str, ...], progress: Progress | None) -> Iterator[Numbered]:
        if self.mark is not None:
            # The last column is the time, which may be left out.
            for number, fields in _parted(path, self.mark, least=len(columns), optional=1, progress=progress):
                yield number, [*fields, ""][: len(columns)]
            return
        sheet = open_sheet(path)
        found = self._places(sheet, columns)
        self.called.update(found)
        places = [sheet.columns.index(found[c]) if c in found else None for c in columns]
        for number, cells in sheet.records(progress):
            yield number, ["" if place is None else cells[place] for place in places]
        self.told.extend(f"{path.name}: {note}" for note in sheet.notes)

    def _places(self, sheet: Sheet, columns: tuple[str, ...]) -> dict[str, str]:
        """What the file calls each column; the time may be left out."""
        plain = {name: "".join(c for c in name.lower() if c.isalnum()) for name in reversed(sheet.columns)}
        found = {}
        for column in columns:
            fitting = [name for also in _ALSO[column] for name, short in plain.items() if short == also]
            if column in sheet.columns or fitting:
                found[column] = column if column in sheet.columns else fitting[0]
            elif column != "timestamp":
                then = f"its columns are {named(sheet.columns)}"
                raise DataError(f"the column {column} is not there", where=sheet.name, then=then)
        return found


def find_layout(folder: Path) -> Layout:
    """Tell the layout of a folder by its files; DataError names those that are looked for."""
    try:
        names = {p.name for p in folder.iterdir() if p.is_file()}
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not valid"
        raise DataError(f"the folder cannot be read: {reason}", where=str(folder), then="check the path") from None

    def there(name: str) -> Path | None:
        return next((folder / n for n in (name, f"{name}.gz") if n in names), None)

    for movies, ratings in (("movies.csv", "ratings.csv"), ("movies.dat", "ratings.dat"), ("u.item", "u.data")):
        files = there(movies), there(ratings)
        if files[0] is None or files[1] is None:
            continue
        if movies == "movies.csv":
            return Layout(folder, files[0], files[1], None, tags=there("tags.csv"))
        if movies == "movies.dat":
            return Layout(folder, files[0], files[1], "::", users=there("users.dat"), tags=there("tags.dat"))
        return Layout(folder, files[0], files[1], "\t", users=there("u.user"), movie_mark="|", gender_place=2)
    raise DataError(
        "the folder holds no MovieLens data",
        where=str(folder),
        then="it needs movies.csv and ratings.csv, movies.dat and ratings.dat, or u.item and u.data; or name a file",
    )


def read_likes(
    layout: Layout, place: dict[str, int], progress: Progress | None, *, most: int = MOST_RATINGS
) -> tuple[list[str], Likes, list[str], float]:
    """People's ids, what they liked of the known movies, notes, and from which rating on a movie is liked.

    The first `most` ratings are read.
    """
    people: dict[str, int] = {}
    person, item, time, values, scale = array("i"), array("i"), array("d"), array("f"), array("f")
    count, untimed = 0, 0
    notes = []
    for number, (user, movie, rating, when) in layout.read_ratings(progress):
        if count == most:
            notes.append(f"The first {most:,} ratings are used.")
            break
        count += 1
        value = _value(rating, "rating", worth, layout.ratings, number)
        scale.append(value)
        index = place.get(movie.strip())
        if index is None:
            continue
        person.append(people.setdefault(user.strip(), len(people)))
        item.append(index)
        values.append(value)
        if is_missing(when):
            untimed += 1
            time.append(-math.inf)
        else:
            time.append(_value(when, "timestamp", _time, layout.ratings, number))
    if not count:
        raise DataError("the file has no ratings", where=layout.ratings.name, then="choose one with ratings")
    if unknown := count - len(item):
        notes.append(f"{unknown:,} of {count:,} ratings are of movies not in the catalogue, and are left out.")
    if untimed == len(item) > 0:
        notes.append("The ratings have no time: they are taken in the order of the file.")
    elif untimed:
        notes.append(f"{untimed:,} of {count:,} ratings have no time and count as that person's first.")
    found = Scale.of(scale, column=layout.called.get("rating", "rating"))
    notes.append(found.note)
    liked = np.frombuffer(values, dtype=np.float32) >= np.float32(found.liked_from) if values else np.zeros(0, np.bool_)
    arrays: list[NDArray[Any]] = [
        np.frombuffer(a, dtype=kind)[liked] if a else np.zeros(0, kind)
        for a, kind in ((person, np.int32), (item, np.int32), (time, np.float64))
    ]
    likes = Likes(arrays[0].astype(np.int64), arrays[1].astype(np.int64), arrays[2])
    return list(people), likes, notes, found.liked_from


def _time(text: str) -> float:
    """Seconds, written as a number or as a date."""
    try:
        value = float(text)
    except ValueError:
        value = datetime.datetime.fromisoformat(text).timestamp()
    if not math.isfinite(value):
        raise ValueError
    return value


def _value(text: str, column: str, read: Callable[[str], float], path: Path, number: int) -> float:
    try:
        return read(text.strip())
    except (ValueError, OverflowError):
        problem = "is missing" if is_missing(text) else "is not a number"
        raise _bad(column, problem, path, number) from None


def _bad(column: str, problem: str, path: Path, number: int) -> DataError:
    return DataError(f"a {column} {problem}", where=f"{path.name}, column {column}, row {number}", then="correct it")


def _ident(text: str, column: str, path: Path, number: int) -> str:
    ident = one_line(text, most=80)
    if not ident:
        raise _bad(column, "is missing", path, number)
    return ident


def _genres(text: str) -> list[str]:
    return [one_line(genre, most=60) for genre in text.split("|") if genre.strip()][:32]


def _parted(
    path: Path, mark: str, *, least: int, optional: int = 0, progress: Progress | None = None
) -> Iterator[Numbered]:
    """Rows of a file without header, separated by a mark and without quotes. Either all rows have the last fields or
    none has."""
    for number, line in enumerate(open_text(path).lines(progress), 1):
        if not line.strip():
            continue
        fields = line.rstrip("\r\n").split(mark)
        if optional and len(fields) == least - optional:
            least = len(fields)
        optional = 0
        if len(fields) < least:
            raise DataError(
                f"a row has {len(fields)} field{'' if len(fields) == 1 else 's'} of at least {least}",
                where=f"{path.name}, row {number}",
                then=f"fields are separated by {mark!r}",
            )
        yield number, [field[:_LONGEST_FIELD] for field in fields]
