"""What a training is: devices with their sentences, words, the model it begins from, and what it is measured on."""

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from privacy.plugin import DataError, RunRequest
from privacy.plugin.host import cache_dir, write_atomic
from privacy.plugin.running import Ints
from workloads.federated.options import FederatedOptions
from workloads.federated.text import generator, own
from workloads.federated.text.vocabulary import PAD, Vocabulary
from workloads.federated.training.how import Training
from workloads.federated.training.shape import Shape, Weights, begin
from workloads.federated.training.team import Team

HELD_OUT = 40
"""Made-up people of whom no device learns: the model is measured on their sentences."""

PUBLIC, PASSES = 4000, 3
"""Sentences of public text that a base is trained on, and how often it goes through them."""

_PUBLIC_TRAINING = Training(epochs=1, batch=16, rate=0.5)
_EVERY = 5
"""Of one's own texts each fifth sentence is kept for measuring."""


@dataclass(frozen=True, repr=False)
class Plan:
    """A training, read. `rows` are each device's sentences as numbers (private), `held_out` those it is measured on."""

    options: FederatedOptions
    rows: tuple[Ints, ...]
    held_out: Ints
    vocabulary: Vocabulary
    names: tuple[str, ...]
    data_hash: str
    simulated: bool
    notes: tuple[str, ...]

    @property
    def shape(self) -> Shape:
        return Shape(len(self.vocabulary), self.options.width)

    @property
    def training(self) -> Training:
        """How each device trains in a round."""
        return Training(self.options.epochs, self.options.batch, self.options.rate)

    @property
    def devices(self) -> int:
        return len(self.rows)

    def team(self) -> Team:
        """Processes that have the rows of every device, then the held-out ones, then public text."""
        public = self.vocabulary.encode(generator.public(PUBLIC))
        return Team([*self.rows, self.held_out, public], shape=self.shape)

    def measure(self, team: Team, weights: Weights) -> tuple[float, float, int]:
        """Negative log-likelihood, share of right guesses, and words: on the held-out sentences."""
        return team.measure([self.devices], weights)

    def base(self, team: Team, *, seed: int, tell: Callable[[], None] = lambda: None) -> Weights:
        """The weights that the training begins from: random ones of the seed, or a base trained on public text."""
        weights = begin(self.shape, seed=0 if self.options.pretrained else seed)
        if not self.options.pretrained:
            return weights
        kept = _kept(self.shape, self.vocabulary)
        if kept is not None and (found := _read(kept, self.shape)) is not None:
            return found
        for _ in range(PASSES):
            tell()
            done = team.train([self.devices + 1], weights, _PUBLIC_TRAINING)
            weights = weights + done[self.devices + 1].update
        if kept is not None:
            write_atomic(kept, weights.tobytes())
        return weights

    def words_of(self, device: int) -> set[int]:
        """The words that a device typed, by number: what an attack looks for. Private."""
        return set(np.unique(self.rows[device]).tolist()) - {PAD}


def read(request: RunRequest, options: FederatedOptions) -> Plan:
    """Open the texts. DataError for what cannot be trained on."""
    if request.data is None:
        return _generated(options, request.seed)
    return _own(Path(request.data), options)


def data_hash(request: RunRequest, options: FederatedOptions) -> str:
    """A fingerprint of the texts: of made-up ones their seed and sizes, of one's own their bytes."""
    if request.data is None:
        return _hash("generated", request.seed, options.devices, options.sentences)
    path = Path(request.data)
    files = sorted(path.glob("*.txt")) if path.is_dir() else [path]
    return _hash(*((one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in files if one.exists()))


def _generated(options: FederatedOptions, seed: int) -> Plan:
    found = generator.devices(options.devices, sentences=options.sentences, seed=seed)
    vocabulary = _public_words(options.words)
    others = generator.devices(HELD_OUT, sentences=options.sentences, seed=seed + 1_000_003)
    held = vocabulary.encode([text for one in others for text in one.sentences])
    notes = (
        "Devices are simulated clients: their sentences are made up from the seed, and all train on this machine.",
        f"Measured on {HELD_OUT} made-up people of whom no device learns.",
    )
    return _plan(
        options, [vocabulary.encode(one.sentences) for one in found], held, vocabulary,
        [f"device {at + 1}" for at in range(len(found))],
        _hash("generated", seed, options.devices, options.sentences), True, notes,
    )  # fmt: skip


def _own(path: Path, options: FederatedOptions) -> Plan:
    found = own.read(path, most=options.devices)
    if len(found) < 2:
        raise DataError("one device alone has nobody to hide among", where=path.name, then="give two or more")
    texts = [list(one.sentences) for one in found]
    vocabulary = Vocabulary.of((text for one in texts for text in one), most=options.words)
    held = vocabulary.encode([text for one in texts for text in one[_EVERY - 1 :: _EVERY]])
    trained = [[text for at, text in enumerate(one) if at % _EVERY != _EVERY - 1][: options.sentences] for one in texts]
    if not len(held):
        held = vocabulary.encode([one[-1] for one in texts])
    notes = (
        "The words that the model knows are counted in the texts themselves, as if those counts were public.",
        f"Measured on each {_EVERY}th sentence, which no device trains on.",
        "All devices train on this machine.",
    )
    digest = hashlib.sha256(json.dumps(texts, ensure_ascii=True).encode()).hexdigest()
    names = [f"text {at + 1}" for at in range(len(found))]
    return _plan(options, [vocabulary.encode(one) for one in trained], held, vocabulary, names, digest, False, notes)


def _plan(
    options: FederatedOptions, rows: list[Ints], held: Ints, vocabulary: Vocabulary, names: list[str], digest: str,
    simulated: bool, notes: tuple[str, ...],
) -> Plan:  # fmt: skip
    if empty := [name for name, one in zip(names, rows, strict=True) if not len(one)]:
        raise DataError(f"{empty[0]} has no word to train on", then="remove it, or give it text")
    if not len(held):
        raise DataError("there is no sentence to measure on", then="give more text")
    return Plan(options, tuple(rows), held, vocabulary, tuple(names), digest, simulated, notes)


@functools.lru_cache(maxsize=8)
def _public_words(most: int) -> Vocabulary:
    return Vocabulary.of(generator.public(PUBLIC), most=most)


def _kept(shape: Shape, vocabulary: Vocabulary) -> Path | None:
    folder = cache_dir()
    if folder is None:
        return None
    how = (_PUBLIC_TRAINING.batch, _PUBLIC_TRAINING.rate)
    key = _hash("base 2", shape.words, shape.width, vocabulary.words, PUBLIC, PASSES, *how)
    return folder / f"federated-{key[:24]}.f32"


def _read(path: Path, shape: Shape) -> Weights | None:
    try:
        found = np.frombuffer(path.read_bytes(), dtype=np.float32)
    except (OSError, ValueError):
        return None
    return found.copy() if found.shape == (shape.length,) and np.isfinite(found).all() else None


def _hash(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()
