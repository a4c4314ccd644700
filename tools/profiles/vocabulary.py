"""The word stock of the profile generator: twelve topics and eleven languages.

Each topic of `words.txt` is a small text block. A line `#: ` lists its hashtags and `^: ` its emoji, both shared by
every language, so that topics separate more strongly than languages do. `en: ` lists biography lines and `en@: `
nickname patterns, parted by `|`; a repeated key extends the earlier one. `{n}` is a first name, `{s}` a small
and `{k}` a larger number, `{c}` a city. All lines were written for this project; the first names belong to
nobody in particular.
"""

import re
from dataclasses import dataclass
from pathlib import Path

WORDS = Path(__file__).with_name("words.txt")

LANGUAGES: dict[str, float] = {
    "en": 0.42,
    "es": 0.12,
    "pt": 0.09,
    "fr": 0.07,
    "de": 0.06,
    "it": 0.05,
    "tr": 0.05,
    "ja": 0.04,
    "ar": 0.04,
    "ru": 0.04,
    "hi": 0.02,
}
"""Share of the profiles written in each language; the shares add up to one."""


@dataclass(frozen=True)
class Topic:
    """What profiles of one planted topic are written from."""

    name: str
    hashtags: tuple[str, ...]
    emoji: tuple[str, ...]
    lines: dict[str, tuple[str, ...]]
    nicknames: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Speech:
    """What every profile of one language may use, whatever its topic."""

    names: tuple[str, ...]
    cities: tuple[str, ...]
    lines: tuple[str, ...]


def read_block(text: str) -> dict[str, tuple[str, ...]]:
    """Parse `key: a | b` lines; a repeated key extends the earlier one."""
    found: dict[str, tuple[str, ...]] = {}
    for line in text.strip().splitlines():
        key, _, rest = line.partition(": ")
        separator = None if key in {"#", "^"} else "|"
        parts = tuple(part.strip() for part in rest.split(separator) if part.strip())
        found[key.strip()] = found.get(key.strip(), ()) + parts
    return found


def _topic(name: str, text: str) -> Topic:
    block = read_block(text)
    return Topic(
        name=name,
        hashtags=block["#"],
        emoji=block["^"],
        lines={code: block[code] for code in LANGUAGES},
        nicknames={code: block[f"{code}@"] for code in LANGUAGES},
    )


def _speech(text: str) -> Speech:
    block = read_block(text)
    return Speech(names=block["names"], cities=block["cities"], lines=block["lines"])


def _sections(kind: str) -> dict[str, str]:
    """The text of every section of a kind, by name, in the order of the file."""
    found = re.split(r"^\[(\w+) ([^\]]+)\]$", WORDS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: text for sort, name, text in zip(found[1::3], found[2::3], found[3::3], strict=True) if sort == kind}


TOPICS: tuple[Topic, ...] = tuple(_topic(name, text) for name, text in _sections("topic").items())
SPEECH: dict[str, Speech] = {code: _speech(text) for code, text in _sections("speech").items()}
