"""A training of real devices: each trains on its own texts as a simulated device does, and sends the same steps.

The model, and with it the words that it knows, is public: a device gets its file, checked, before the question is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from privacy.plugin import DataError, ParamError
from privacy.plugin.live import Versioned, text_of
from privacy.plugin.running import Ints
from workloads.federated.options import FederatedOptions
from workloads.federated.plan import Plan
from workloads.federated.round import BOUND, STEPS, UNIT, after, in_steps
from workloads.federated.sources import texts
from workloads.federated.tasks.task import Task
from workloads.federated.tasks.words import Words
from workloads.federated.text import own
from workloads.federated.training.files import from_file, to_file
from workloads.federated.training.how import Training
from workloads.federated.training.shape import Weights
from workloads.federated.training.team import Team

KIND = "training"
_USUAL = FederatedOptions()
_WHOLE = {"epochs": 50, "batch": 256, "sentences": 10_000, "words": 20_000, "width": 512}
"""The largest values of a question's whole numbers, those of the options."""
_FIELDS = frozenset({"kind", "text", "version", "rate", "pretrained", *_WHOLE})


@dataclass(frozen=True, repr=False, eq=False)
class Question(Versioned):
    """One training: `version` is the CID of the model that a round begins from.

    A device goes `epochs` times through the last `sentences` of its texts, `batch` at a step, with the learning rate
    `rate`; 0 takes the model's own. A room's first model has `words` and `width`, and is `pretrained` on public text.
    """

    version: str = ""
    text: str = ""
    epochs: int = _USUAL.epochs
    batch: int = _USUAL.batch
    rate: float = 0.0
    sentences: int = _USUAL.sentences
    words: int = _USUAL.words
    width: int = _USUAL.width
    pretrained: bool = True
    task: Task | None = None
    weights: Weights = field(default_factory=lambda: np.zeros(0, np.float32))
    begins: ClassVar[frozenset[str]] = frozenset({"words", "width", "pretrained"})

    def __post_init__(self) -> None:
        for name, most in _WHOLE.items():
            if not 1 <= getattr(self, name) <= most:
                raise ParamError(
                    f"{name} of {getattr(self, name)} is not allowed in a training", then=f"choose 1 to {most}"
                )
        if not 0.0 <= self.rate <= 10.0:
            raise ParamError(
                f"a learning rate of {self.rate} is not allowed", then="choose 0 to 10; 0 is the model's default"
            )

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.version,) if self.version else ()

    def read(self, blobs: Mapping[str, bytes]) -> Self:
        if not self.version:
            raise ParamError("a training starts from a version", then="serve it in a room: --room NAME")
        task, weights = from_file(blobs[self.version])
        if not isinstance(task, Words):
            raise DataError(f"the version is a model of {task.kind}", then="real devices train a model of words")
        return replace(self, task=task, weights=weights)

    def base(self) -> bytes:
        if not self.pretrained:
            task = Words(texts.public_words(self.words), self.width)
            return to_file(task, task.begin(seed=0))
        options = FederatedOptions(devices=2, words=self.words, width=self.width)
        plan = Plan(options, texts.generated(options, seed=0))
        with plan.team() as team:
            return to_file(plan.task, plan.base(team, seed=0))

    @property
    def model(self) -> Task:
        """What is trained. ParamError before the version was read."""
        if self.task is None:
            raise ParamError("the training's version has not been read yet")
        return self.task

    @property
    def length(self) -> int:
        return int(self.model.shape.length)

    @property
    def bound(self) -> int:
        return BOUND

    @property
    def step(self) -> float:
        return UNIT

    @property
    def training(self) -> Training:
        """How a device trains, as a simulated one does."""
        return Training(self.epochs, self.batch, self.rate or self.model.rate)

    def encode(self, value: Any) -> Ints:
        """Runs on a contributor: the update of its own texts, a .txt file or a folder of them, in whole steps."""
        rows = self.rows(Path(str(value)).expanduser())
        with Team([rows], shape=self.model.shape, size=1) as team:
            made = team.train([0], self.weights, self.training, steps=STEPS)[0]
        return in_steps(made.update, name="this device").astype(np.int64)

    def rows(self, path: Path) -> Ints:
        """What this device trains on. DataError for texts that cannot be read, or have no word."""
        model = self.model
        assert isinstance(model, Words)
        rows = model.vocabulary.encode(own.of_one(path).sentences[-self.sentences :])
        if not len(rows):
            raise DataError("the text has no word to train on", where=path.name, then="nothing was sent; give it text")
        return rows

    def decode(self, total: Ints, *, count: int) -> dict[str, Any]:
        """Figures alone: the weights are in the version."""
        return {"of": count} | self.figures(total, by=float(max(count, 1)))

    def figures(self, total: Ints, *, by: float) -> dict[str, float]:
        mean = total.astype(np.float64) * (UNIT / by)
        return {"update_norm": float(np.linalg.norm(mean)), "update_largest": float(np.abs(mean).max(initial=0.0))}

    def following(self, total: Ints, *, by: float) -> bytes:
        return to_file(self.model, after(self.weights, total, by=by))


def live(values: Mapping[str, Any]) -> Question | None:
    """A training from plain values; None for a question of another kind, ParamError for one that cannot be read."""
    if values.get("kind") != KIND:
        return None
    if unknown := sorted(set(values) - _FIELDS):
        raise ParamError(f"a training has no {', '.join(unknown)}", then=f"it has {', '.join(sorted(_FIELDS))}")
    try:
        given: dict[str, Any] = {name: int(values[name]) for name in _WHOLE if name in values}
        given |= {"rate": float(values["rate"])} if "rate" in values else {}
        given |= {"pretrained": bool(values["pretrained"])} if "pretrained" in values else {}
        return Question(str(values.get("version", "")), text_of(values), **given)
    except (TypeError, ValueError, OverflowError):
        raise ParamError("a question has values of wrong types") from None
