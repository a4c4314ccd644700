"""Read a CSV of the TikTok-profile schema: any size, messy as the real file is, and no row lost.

Missing is the word null or an empty cell. Anything else in a numeric column that is no finite number of 0 or
more is refused with its column and row, as a spreadsheet numbers rows (the header is row 1).
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from privacy.plugin import DataError
from privacy.plugin.tables import MAX_ROWS, SHIPPED, Progress
from workloads.fyp.data.packed import Packed, packed_profiles, packed_texts
from workloads.fyp.data.people import People
from workloads.fyp.data.reader import Row, read_rows
from workloads.fyp.data.schema import COUNT_COLUMNS, LONGEST_TEXT, MIN_PROFILES, Profile
from workloads.fyp.data.sensitive import PLANTED

_NAMES = {"nickname": "nickname", "biography": "biography", "account_id": "handle"}


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The profiles of one file, in file order.

    `texts` holds nickname and biography of each, `numbers` is float64 (N, C), raw, with the columns
    `COUNT_COLUMNS`. `content_hash` covers what was read, never the path. `generated` is True for the shipped
    file alone, told by its bytes: of no other file can it be said here that its rows are not real people.
    `quiet` holds the words that are no topic's label, as they come from a column of countries or languages.
    `kind` is profiles, table (any CSV under a mapping) or movielens. `sensitive` is int64 (N,) of 0 and 1 where a
    column is mapped as sensitive, `attribute` says what 1 means of a person, and `people` holds real histories where
    the data has them.
    """

    profiles: Sequence[Profile]
    texts: Sequence[str]
    numbers: NDArray[np.float64]
    content_hash: str
    name: str
    generated: bool
    notes: tuple[str, ...]
    kind: Literal["profiles", "table", "movielens"] = "profiles"
    sensitive: NDArray[np.int64] | None = None
    attribute: str = PLANTED
    people: People | None = None
    quiet: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.profiles)


def load_default(*, items: int | None = None) -> Catalogue:
    """Load the generated profiles that the project ships."""
    return load_profiles(SHIPPED, items=items)


def load_profiles(
    path: str | Path, *, items: int | None = None, seed: int = 0, max_rows: int = MAX_ROWS,
    progress: Progress | None = None,
) -> Catalogue:  # fmt: skip
    """Load a file, or its first `items` rows; DataError says what is wrong with it and where.

    Of a file with more than `max_rows`, so many are sampled with `seed`, and a note says so.
    """
    if items is not None and items < MIN_PROFILES:
        raise DataError(f"{items} items are too few", then=f"at least {MIN_PROFILES} profiles are needed")
    path = Path(path)
    rows, notes = read_rows(path, items, seed=seed, max_rows=max_rows, progress=progress)
    numbers = _numbers(rows, notes)
    if not any(row.nickname or row.biography for row in rows) and not np.isfinite(numbers).any():
        raise DataError(
            "no row can be used: none has a nickname, a biography or a number",
            where=path.name,
            then="check that the columns hold values",
        )
    if len(rows) < MIN_PROFILES:
        found = f"the file has only {len(rows)} profile{'' if len(rows) == 1 else 's'}"
        raise DataError(found, where=path.name, then=f"at least {MIN_PROFILES} profiles are needed")
    if items is not None and items > len(rows):
        notes.append(f"{items} items were asked for and the file has {len(rows)}")
    notes.extend(_text_notes(rows))
    numbers = np.nan_to_num(numbers, nan=0.0)
    numbers.flags.writeable = False
    texts = packed_texts("\n".join(part for part in (row.nickname, row.biography) if part) for row in rows)
    profiles = packed_profiles(_profile(row, counts) for row, counts in zip(rows, numbers, strict=True))
    return Catalogue(
        profiles=profiles,
        texts=texts,
        numbers=numbers,
        content_hash=content_hash(profiles, texts, numbers),
        name=path.name,
        generated=_is_shipped(path),
        notes=tuple(notes),
    )


def _numbers(rows: Sequence[Row], notes: list[str]) -> NDArray[np.float64]:
    """Return (N, C) with NaN where a value is missing, and note how many are."""
    table = np.frombuffer(b"".join(row.counts.tobytes() for row in rows), dtype=np.float64)
    table = table.reshape(len(rows), len(COUNT_COLUMNS))
    for column, missing in zip(COUNT_COLUMNS, np.isnan(table).sum(axis=0).tolist(), strict=True):
        if missing:
            are = _counted(missing, f"value of {column}", f"values of {column}")
            notes.append(f"{are} missing and count as 0")
    return table


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one} is" if count == 1 else f"{count} {many} are"


def _text_notes(rows: Sequence[Row]) -> list[str]:
    notes = []
    for column, word in _NAMES.items():
        missing = sum(not getattr(row, column) for row in rows)
        if missing:
            plural = "biographies" if word == "biography" else f"{word}s"
            notes.append(f"{_counted(missing, word, plural)} missing")
    cut = sum(row.cut for row in rows)
    if cut:
        notes.append(f"{_counted(cut, 'text', 'texts')} cut to {LONGEST_TEXT:,} characters")
    handles = Counter(row.account_id for row in rows)
    repeated = sum(count > 1 for handle, count in handles.items() if handle)
    if repeated:
        notes.append(f"{_counted(repeated, 'handle', 'handles')} used by more than one row; all are kept")
    return notes


def _profile(row: Row, counts: NDArray[np.float64]) -> Profile:
    rate, _, followers, _, likes, videos = counts.tolist()  # in the order of COUNT_COLUMNS
    handle = row.account_id or f"row-{row.number}"
    return Profile(
        id=row.id or handle,
        account_id=handle,
        nickname=row.nickname or handle,
        biography=row.biography,
        followers=int(followers),
        likes=int(likes),
        videos_count=int(videos),
        engagement_rate=rate,
        is_verified=row.verified,
    )


def content_hash(
    profiles: Packed[Profile], texts: Packed[str], numbers: NDArray[np.float64], *more: NDArray[np.int64],
    names: tuple[str, ...] = (),
) -> str:  # fmt: skip
    """A digest of everything that a world is made from; `more` and `names` are what other kinds of data add."""
    digest = hashlib.sha256(f"{len(profiles)} profiles".encode())
    for part in (profiles, texts):
        # Where each item ends parts them beyond doubt, whatever they hold.
        digest.update(np.asarray(part.ends, dtype="<i8").tobytes())
        digest.update(part.blob)
    digest.update(np.ascontiguousarray(numbers, dtype="<f8").tobytes())
    if names:
        digest.update(repr((names, [array.shape for array in more])).encode("utf-8", errors="surrogatepass"))
    for array in more:
        digest.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
    return digest.hexdigest()


def _is_shipped(path: Path) -> bool:
    """Compare the bytes with those of the shipped file; the size settles most cases without reading."""
    try:
        if path.stat().st_size != SHIPPED.stat().st_size:
            return False
        return hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(SHIPPED.read_bytes()).digest()
    except OSError:
        return False
