"""What devices typed: made up from the seed, or one's own texts."""

import functools
import hashlib
import json
from pathlib import Path

from privacy.plugin import DataError
from privacy.plugin.running import Ints
from workloads.federated.options import FederatedOptions
from workloads.federated.sources.found import EVERY, Found, digest
from workloads.federated.tasks.words import Words
from workloads.federated.text import generator, own
from workloads.federated.text.vocabulary import BEGIN, PAD, Vocabulary

HELD_OUT = 40
"""Made-up people of whom no device learns: the model is measured on their sentences."""
COUNTED = 4000
"""Sentences of public text that words are counted in, however many a base is trained on."""


def generated(options: FederatedOptions, *, seed: int) -> Found:
    """Made-up devices."""
    found = generator.devices(options.devices, sentences=options.sentences, seed=seed)
    vocabulary = public_words(options.words)
    others = generator.devices(HELD_OUT, sentences=options.sentences, seed=seed + 1_000_003)
    held = vocabulary.encode([text for one in others for text in one.sentences])
    notes = (
        "Devices are simulated clients. The seed generates their sentences, and all train on this machine.",
        f"Measured on {HELD_OUT} other made-up people, whom no device trains on.",
    )
    return Found(
        Words(vocabulary, options.width), tuple(vocabulary.encode(one.sentences) for one in found), held,
        _public(vocabulary, options.public), tuple(f"device {at + 1}" for at in range(len(found))),
        digest("generated", seed, options.devices, options.sentences), True, notes,
    )  # fmt: skip


def read(path: Path, options: FederatedOptions) -> Found:
    """One's own texts. DataError for what cannot be trained on."""
    found = own.read(path, most=options.devices)
    if len(found) < 2:
        raise DataError("one device alone has nobody to hide among", where=path.name, then="give two or more")
    texts = [list(one.sentences) for one in found]
    vocabulary = Vocabulary.of((text for one in texts for text in one), most=options.words)
    held = vocabulary.encode([text for one in texts for text in one[EVERY - 1 :: EVERY]])
    trained = [[text for at, text in enumerate(one) if at % EVERY != EVERY - 1][: options.sentences] for one in texts]
    if not len(held):
        held = vocabulary.encode([one[-1] for one in texts])
    notes = (
        "The model's words are counted in the texts themselves, as if those counts were public.",
        f"Measured on each {EVERY}th sentence, which no device trains on.",
        "All devices train on this machine.",
    )
    hashed = hashlib.sha256(json.dumps(texts, ensure_ascii=True).encode()).hexdigest()
    return Found(
        Words(vocabulary, options.width), tuple(vocabulary.encode(one) for one in trained), held,
        _alike(vocabulary, options.public), tuple(f"text {at + 1}" for at in range(len(found))), hashed, False, notes,
    )  # fmt: skip


@functools.lru_cache(maxsize=8)
def public_words(most: int) -> Vocabulary:
    """The most common words of public text."""
    return Vocabulary.of(_sentences(COUNTED), most=most)


def _alike(vocabulary: Vocabulary, count: int) -> Ints | None:
    """Public text, where at least half of its words are known: a base trained on others would know nothing of use."""
    rows = _public(vocabulary, count)
    known = float((rows[:, 1:] > BEGIN).sum()) / max(1.0, float((rows[:, 1:] != PAD).sum()))
    return rows if known >= 0.5 else None


def _public(vocabulary: Vocabulary, count: int) -> Ints:
    return vocabulary.encode(_sentences(count))


@functools.lru_cache(maxsize=2)
def _sentences(count: int) -> tuple[str, ...]:
    return tuple(generator.public(count))
