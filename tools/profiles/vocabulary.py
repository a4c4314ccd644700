"""The word stock of the profile generator: twelve topics and eleven languages.

Each topic is a small text block. A line `#: ` lists its hashtags and `^: ` its emoji, both shared by every
language, so that topics separate more strongly than languages do. `en: ` lists biography lines and `en@: `
nickname patterns, parted by `|`; a repeated key extends the earlier one. `{n}` is a first name, `{s}` a small
and `{k}` a larger number, `{c}` a city. All lines were written for this project; the first names belong to
nobody in particular.
"""

from dataclasses import dataclass

from tools.profiles import words_arts, words_everyday, words_people, words_play

LANGUAGES: dict[str, float] = {
    "en": 0.42, "es": 0.12, "pt": 0.09, "fr": 0.07, "de": 0.06, "it": 0.05,
    "tr": 0.05, "ja": 0.04, "ar": 0.04, "ru": 0.04, "hi": 0.02,
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


TOPICS: tuple[Topic, ...] = tuple(
    _topic(name, text)
    for name, text in (words_everyday.BLOCKS | words_play.BLOCKS | words_arts.BLOCKS).items()
)
SPEECH: dict[str, Speech] = {code: _speech(text) for code, text in words_people.BLOCKS.items()}
