"""Generate profiles of the TikTok-profile schema: no row describes a real person.

Run `python -m tools.profiles.generator --rows 1000 --seed 20260101 --out profiles.csv`. Equal rows and seed
give equal bytes: all is drawn from `random.Random.random`, whose sequence Python keeps stable.
"""

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from privacy.errors import DataError, VeilbenchError
from tools.profiles.draws import Draws
from tools.profiles.vocabulary import LANGUAGES, SPEECH, TOPICS, Topic
from workloads.fyp.data.schema import COLUMNS, MISSING

if TYPE_CHECKING:
    import pandas as pd

MAX_NICKNAME = 30
MAX_BIOGRAPHY = 80
_FIRST = (
    "amber", "brisk", "cloud", "dapper", "ember", "fuzzy", "gentle", "hazel", "indigo", "jolly", "kind",
    "lunar", "mellow", "nimble", "olive", "paper", "quiet", "rusty", "silver", "tidy", "umber", "velvet",
    "windy", "zesty",
)
_SECOND = (
    "acorn", "badger", "comet", "daisy", "echo", "fern", "gecko", "heron", "islet", "juniper", "kettle",
    "lark", "maple", "newt", "otter", "pebble", "quill", "robin", "spoon", "teapot", "urchin", "vole",
    "walnut", "yarrow",
)


def generate_profiles(*, rows: int, seed: int) -> "pd.DataFrame":
    """Return `rows` profiles as string cells with the schema's columns, None where a value is missing.

    Raises DataError for fewer than one row or a negative seed.
    """
    import pandas as pd

    return pd.DataFrame([row for _, row in _rows(rows, seed)], columns=list(COLUMNS), dtype=object)


def planted_topics(*, rows: int, seed: int) -> tuple[str, ...]:
    """Return the topic that each row of `generate_profiles` was written for; no file holds it."""
    return tuple(topic.name for topic, _ in _rows(rows, seed))


def write_csv(frame: "pd.DataFrame", path: str | Path) -> None:
    """Write UTF-8 with every field quoted and a missing value as the word null, like the real file."""
    import pandas as pd

    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(frame.columns)
        for row in frame.itertuples(index=False):
            writer.writerow([MISSING if pd.isna(cell) else cell for cell in row])


def _rows(rows: int, seed: int) -> Iterator[tuple[Topic, list[str | None]]]:
    if rows < 1:
        raise DataError(f"cannot generate {rows} rows", then="ask for at least one")
    if seed < 0:
        raise DataError("the seed is negative", then="choose a seed of 0 or more")
    draws = Draws(Random(seed))
    for number in range(1, rows + 1):
        topic = draws.pick(TOPICS)
        language = draws.weighted(LANGUAGES)
        handle = f"demo.{draws.pick(_FIRST)}{draws.pick(_SECOND)}.{number:04d}"
        nickname = _nickname(draws, topic, language)
        biography = None if draws.chance(0.004) else _biography(draws, topic, language)
        cells = {"account_id": handle, "nickname": nickname, "biography": biography}
        cells |= _counts(draws) | _links(draws, handle)
        yield topic, [cells.get(column) for column in COLUMNS]


def _fill(draws: Draws, pattern: str, language: str) -> str:
    speech = SPEECH[language]
    if "{n}" in pattern:
        pattern = pattern.replace("{n}", draws.pick(speech.names))
    if "{c}" in pattern:
        pattern = pattern.replace("{c}", draws.pick(speech.cities))
    # Ranges in which each language's plural forms stay right.
    small = 3 + draws.below(2) if language == "ar" else 2 + draws.below(3)
    large = 5 + draws.below(6 if language == "ar" else 15)
    return pattern.replace("{s}", str(small)).replace("{k}", str(large))


def _nickname(draws: Draws, topic: Topic, language: str) -> str:
    plain = draws.chance(0.12)
    pattern = "{n}" if plain else draws.pick(topic.nicknames[language])
    name = _fill(draws, pattern, language)
    if draws.chance(0.45):
        name = f"{name} {draws.pick(topic.emoji)}"
    elif language == "en" and draws.chance(0.15):
        name = name.lower()
    return name[:MAX_NICKNAME].rstrip()


def _biography(draws: Draws, topic: Topic, language: str) -> str:
    """Join a few lines that fit: what the profile is about, where it is from, then its hashtags."""
    separator = draws.weighted({"\n": 0.5, " | ": 0.12, " · ": 0.14, " ": 0.18})
    about = draws.some(topic.lines[language], 2 if draws.chance(0.35) else 1)
    lines = [_fill(draws, line, language) for line in about]
    if draws.chance(0.4):
        lines[-1] = f"{lines[-1]} {draws.pick(topic.emoji)}"
    tags = draws.some(topic.hashtags, 1 + draws.below(3))
    if draws.chance(0.92):
        # The topic's own hashtag comes first most of the time, as people do.
        tags = [topic.hashtags[0], *(tag for tag in tags if tag != topic.hashtags[0])][: len(tags)]
        lines.append(" ".join(tags))
    if draws.chance(0.45):
        lines.insert(1, _fill(draws, draws.pick(SPEECH[language].lines), language))
    if separator == " ":
        lines = [f"{line}." if line[-1].isalnum() and line is not lines[-1] else line for line in lines]
    return _fitting(lines, separator)


def _fitting(lines: list[str], separator: str) -> str:
    """Leave out the second line, then the next, until the biography fits."""
    while len(separator.join(lines)) > MAX_BIOGRAPHY and len(lines) > 1:
        del lines[1 if len(lines) > 2 else 0]
    return separator.join(lines)[:MAX_BIOGRAPHY].rstrip()


def _counts(draws: Draws) -> dict[str, str | None]:
    followers = draws.log_normal(5_241, 2.3, low=1, high=14_500_000)
    likes = draws.log_normal(14 * followers, 1.1, low=3, high=863_500_000)
    rate = draws.log_normal(0.054, 2.17, low=1e-4, high=62)
    comment = round(min(rate * draws.log_normal(0.03, 0.9, low=0.001, high=0.5), 2.0), 9)
    like = round(rate - comment, 9)
    return {
        # The sum is what the real file holds: exactly comment + like.
        "awg_engagement_rate": repr(comment + like),
        "comment_engagement_rate": repr(comment),
        "like_engagement_rate": repr(like),
        "followers": str(int(followers)),
        "following": str(int(draws.log_normal(260, 1.6, low=0.5, high=10_000))),
        "likes": str(int(likes)),
        "videos_count": str(int(draws.log_normal(110, 1.3, low=1, high=5_394))),
    }


def _links(draws: Draws, handle: str) -> dict[str, str | None]:
    """Ids and addresses; every host lies under the reserved top-level domain `.example`."""
    identity = draws.digits(19)
    count = int(draws.log_normal(5, 0.8, low=1, high=35))
    videos = [f"https://video.example/@{handle}/video/{draws.digits(19)}" for _ in range(count)]
    shown = "undefined" if draws.chance(0.45) else handle
    return {
        "timestamp": f"2025-12-{1 + draws.below(28):02d}",
        "bio_link": f"https://{handle.split('.')[1]}.example" if draws.chance(0.19) else None,
        "is_verified": "true" if draws.chance(0.02) else "false",
        "id": identity,
        "top_videos": ",".join(videos),
        "url": f"https://video.example/@{shown}",
        "profile_pic_url": f"https://picture.example/{identity}.jpeg?x-expires=1767225600",
    }


def main(arguments: list[str] | None = None) -> int:
    """Write a generated file; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.profiles.generator", description=__doc__)
    parser.add_argument("--rows", type=int, default=1000, help="how many profiles (default 1000)")
    parser.add_argument("--seed", type=int, default=20260101, help="0 or more (default 20260101)")
    parser.add_argument("--out", type=Path, required=True, help="the CSV file to write")
    chosen = parser.parse_args(arguments)
    try:
        write_csv(generate_profiles(rows=chosen.rows, seed=chosen.seed), chosen.out)
    except VeilbenchError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"Cannot write {chosen.out}: {error.strerror}.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
