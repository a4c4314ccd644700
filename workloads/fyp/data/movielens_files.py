"""The files of a MovieLens folder: which layout it has, and their rows, read as streams.

Every error names the file, the column and the row.
"""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from privacy.plugin import DataError
from privacy.plugin.tables import Progress, named, one_line, open_sheet, open_text
from workloads.fyp.data.people import Likes

LIKED_FROM = 4.0
MOST_RATINGS = 5_000_000
_LONGEST_FIELD = 1_000
_GENRES_100K = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
"""The flags of `u.item`, in order."""

Numbered = tuple[int, list[str]]
T = TypeVar("T", int, float)


@dataclass(frozen=True)
class Layout:
    """How a folder is laid out: its files, and the mark between their fields (None: CSV with a header)."""

    folder: Path
    movies: Path
    ratings: Path
    mark: str | None
    users: Path | None = None
    tags: Path | None = None
    movie_mark: str | None = None
    gender_place: int = 1

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
        return self._fields(self.ratings, ("userId", "movieId", "rating", "timestamp"), progress)

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
            for number, fields in _parted(path, self.mark, least=len(columns), progress=progress):
                yield number, fields[: len(columns)]
            return
        sheet = open_sheet(path)
        for column in columns:
            if sheet.columns.count(column) != 1:
                raise DataError(
                    f"the column {column} is not there once",
                    where=path.name,
                    then=f"its columns are {named(sheet.columns)}",
                )
        places = [sheet.columns.index(column) for column in columns]
        for number, cells in sheet.records(progress):
            yield number, [cells[place] for place in places]


def find_layout(folder: Path) -> Layout:
    """Tell the layout of a folder by its files; DataError names those that are looked for."""
    try:
        names = {p.name for p in folder.iterdir() if p.is_file()}
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not valid"
        raise DataError(f"the folder cannot be read: {reason}", where=str(folder), then="check the path") from None

    def there(name: str) -> Path | None:
        return folder / name if name in names else None

    if {"movies.csv", "ratings.csv"} <= names:
        return Layout(folder, folder / "movies.csv", folder / "ratings.csv", None, tags=there("tags.csv"))
    if {"movies.dat", "ratings.dat"} <= names:
        files = folder / "movies.dat", folder / "ratings.dat"
        return Layout(folder, *files, "::", users=there("users.dat"), tags=there("tags.dat"))
    if {"u.item", "u.data"} <= names:
        files = folder / "u.item", folder / "u.data"
        return Layout(folder, *files, "\t", users=there("u.user"), movie_mark="|", gender_place=2)
    raise DataError(
        "the folder holds no MovieLens data",
        where=str(folder),
        then="it needs movies.csv and ratings.csv, movies.dat and ratings.dat, or u.item and u.data; or name a file",
    )


def read_likes(
    layout: Layout, place: dict[str, int], progress: Progress | None, *, most: int = MOST_RATINGS
) -> tuple[list[str], Likes, list[str]]:
    """People's ids, what they liked of the known movies, and notes; the first `most` ratings are read."""
    people: dict[str, int] = {}
    person, item, time = array("q"), array("q"), array("q")
    unknown, count = 0, 0
    notes = []
    for number, (user, movie, rating, when) in layout.read_ratings(progress):
        if count == most:
            notes.append(f"The first {most:,} ratings are used.")
            break
        count += 1
        value = _value(rating, "rating", float, layout.ratings, number)
        if not 0 <= value <= 10:
            raise _bad("rating", f"is {value:g}, not between 0 and 10", layout.ratings, number)
        index = place.get(movie.strip())
        if index is None:
            unknown += 1
            continue
        who = people.setdefault(user.strip(), len(people))
        if value >= LIKED_FROM:
            person.append(who)
            item.append(index)
            time.append(_value(when, "timestamp", _whole, layout.ratings, number))
    if not count:
        raise DataError("the file has no ratings", where=layout.ratings.name, then="choose one with ratings")
    if unknown:
        notes.append(f"{unknown:,} of {count:,} ratings are of movies not in the catalogue, and are left out.")
    arrays = [np.frombuffer(a, dtype=np.int64) if a else np.zeros(0, np.int64) for a in (person, item, time)]
    return list(people), Likes(*arrays), notes


def _whole(text: str) -> int:
    value = int(text)
    if abs(value) >= 2**62:
        raise ValueError
    return value


def _value(text: str, column: str, read: Callable[[str], T], path: Path, number: int) -> T:
    try:
        value = read(text.strip())
    except ValueError:
        raise _bad(column, "is not a number", path, number) from None
    return value


def _bad(column: str, problem: str, path: Path, number: int) -> DataError:
    return DataError(f"a {column} {problem}", where=f"{path.name}, column {column}, row {number}", then="correct it")


def _ident(text: str, column: str, path: Path, number: int) -> str:
    ident = one_line(text, most=80)
    if not ident:
        raise _bad(column, "is missing", path, number)
    return ident


def _genres(text: str) -> list[str]:
    return [one_line(genre, most=60) for genre in text.split("|") if genre.strip()][:32]


def _parted(path: Path, mark: str, *, least: int, progress: Progress | None = None) -> Iterator[Numbered]:
    """Rows of a file without header, parted by a mark and without quotes."""
    for number, line in enumerate(open_text(path).lines(progress), 1):
        if not line.strip():
            continue
        fields = line.rstrip("\r\n").split(mark)
        if len(fields) < least:
            raise DataError(
                f"a row has {len(fields)} field{'' if len(fields) == 1 else 's'} of at least {least}",
                where=f"{path.name}, row {number}",
                then=f"fields are parted by {mark!r}",
            )
        yield number, [field[:_LONGEST_FIELD] for field in fields]
