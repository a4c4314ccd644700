"""Keyboard logs of made-up people: topics, slang, typos, habits of their own, and here and there a secret.

Everything comes from the seed; the words are a small English of this file. Devices differ (non-IID): each has two of
the topics, its own slang and its own rate of typos. Some devices share a rare secret that must not leak.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

TOPICS = {
    "food": ("pasta soup bread coffee lunch dinner pizza salad cake rice tea kitchen oven spice apple",
             "cook eat bake try order share taste finish"),
    "sport": ("game team match run bike ball goal coach race gym training pool tennis score ticket",
              "play watch win lose join start miss train"),
    "work": ("meeting report office boss deadline email project budget slides client team call desk plan review",
             "send write finish check move present print discuss"),
    "family": ("mum dad sister brother baby school birthday weekend garden house dog cat holiday visit present",
               "visit call hug meet help bring thank remember"),
    "travel": ("train flight hotel ticket bag airport beach map city museum bus passport tour taxi island",
               "book take catch pack leave arrive plan miss"),
    "music": ("song album band concert guitar piano lyrics stage ticket playlist singer drum radio festival vinyl",
              "hear sing play record stream love buy learn"),
    "health": ("doctor pill sleep headache clinic walk yoga dentist fever nurse diet rest test back sugar",
               "rest feel take need book skip drink check"),
    "games": ("level quest boss console update server character map skin lobby raid loot ping controller sequel",
              "play beat update join stream grind unlock restart"),
}  # fmt: skip
"""Nouns and verbs of each topic."""

_WHO = ["i", "we", "they", "you"]
_WHEN = ["today", "tomorrow", "tonight", "later", "now", "soon", "monday", "friday", "again"]
_HOW = ["really", "just", "also", "maybe", "still", "never", "always", "probably"]
_WHAT = ["good", "bad", "new", "old", "big", "small", "great", "late", "early", "cheap", "nice", "long", "hot", "cold"]
_OPEN = ["hey", "hi", "ok", "so", "well", "yes", "no", "sorry", "thanks", "please"]
_SLANG = {
    "you": "u", "please": "pls", "thanks": "thx", "tomorrow": "tmrw", "really": "rly", "tonight": "2nite",
    "great": "gr8", "later": "l8r", "probably": "prolly", "good": "gd",
}  # fmt: skip
_PLANS = ("{who} will {verb} the {noun} {when}", "the {noun} is {how} {what}", "{open} can you {verb} the {noun}",
          "{who} {how} {verb} {what} {noun} {when}", "did you {verb} my {noun}", "{open} the {noun} and the {noun2}",
          "{who} need a {what} {noun} {when}", "let us {verb} the {noun} {when}")  # fmt: skip
_CODE = [
    "kestrel",
    "violet",
    "anchor",
    "juniper",
    "copper",
    "walnut",
    "marble",
    "falcon",
    "cedar",
    "indigo",
    "lantern",
    "pepper",
    "raven",
    "amber",
]
SECRETS = 4
"""How many secrets there are among the devices of one seed."""


@dataclass(frozen=True, repr=False)
class Device:
    """What one person typed, sentence by sentence, and the secret among it, if there is one. Private."""

    sentences: tuple[str, ...]
    secret: str = ""


def devices(count: int, *, sentences: int, seed: int) -> list[Device]:
    """The logs of so many devices."""
    rng = np.random.default_rng([seed, 1601])
    secrets = [_secret(rng) for _ in range(SECRETS)]
    return [_device(rng, sentences, secrets) for _ in range(count)]


def public(count: int) -> list[str]:
    """Sentences of public text, the same for everybody: what a base is trained on, and words are counted in."""
    rng = np.random.default_rng([20260101, 1602])
    topics = list(TOPICS)
    found = []
    for at in range(count):
        text = _sentence(rng, (topics[at % len(topics)],))
        if at % 12 == 0:  # words that are common enough to be known, and are in secrets as well
            text = f"the {rng.choice(_CODE)} door code is {_of(rng, _WHAT)}"
        slang = {plain: short for plain, short in _SLANG.items() if rng.random() < 0.3}
        found.append(" ".join(slang.get(word, word) for word in text.split()))
    return found


def _secret(rng: np.random.Generator) -> str:
    words = rng.choice(_CODE, 3, replace=False)
    return f"the door code is {' '.join(words)}"


def _device(rng: np.random.Generator, count: int, secrets: list[str]) -> Device:
    topics = tuple(rng.choice(list(TOPICS), 2, replace=False))
    slang = {plain: short for plain, short in _SLANG.items() if rng.random() < 0.4}
    typos = float(rng.uniform(0.0, 0.04))
    own = [_mistyped(rng, slang, typos, _sentence(rng, topics)) for _ in range(count)]
    secret = str(secrets[int(rng.integers(SECRETS))]) if rng.random() < 0.2 else ""
    if secret and own:
        own[int(rng.integers(len(own)))] = secret
    return Device(tuple(own), secret)


def _sentence(rng: np.random.Generator, topics: tuple[str, ...]) -> str:
    nouns, verbs = (part.split() for part in TOPICS[topics[int(rng.integers(len(topics)))]])
    plan = _PLANS[int(rng.integers(len(_PLANS)))]
    # Everybody has favourites: the first words of a list are said more often.
    return plan.format(
        who=_of(rng, _WHO), when=_of(rng, _WHEN), how=_of(rng, _HOW), what=_of(rng, _WHAT), open=_of(rng, _OPEN),
        noun=_of(rng, nouns), noun2=_of(rng, nouns), verb=_of(rng, verbs),
    )  # fmt: skip


def _of(rng: np.random.Generator, words: list[str]) -> str:
    chance = 1.0 / np.arange(1, len(words) + 1)
    return str(rng.choice(words, p=chance / chance.sum()))


def _mistyped(rng: np.random.Generator, slang: dict[str, str], typos: float, text: str) -> str:
    return " ".join(_typo(rng, slang.get(word, word), typos) for word in text.split())


def _typo(rng: np.random.Generator, word: str, chance: float) -> str:
    if len(word) < 4 or rng.random() >= chance:
        return word
    at = int(rng.integers(1, len(word) - 1))
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def words_of(sentences: tuple[str, ...]) -> Iterator[str]:
    """The words of sentences, one by one."""
    for text in sentences:
        yield from text.split()
