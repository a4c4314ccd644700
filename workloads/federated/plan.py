"""What a training is: devices with their data, a task, the model it begins from, and what it is measured on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from privacy.plugin import DataError, RunRequest
from privacy.plugin.host import cache_dir, write_atomic
from workloads.federated.options import FederatedOptions
from workloads.federated.sources import images, texts, values
from workloads.federated.sources.found import Found, digest
from workloads.federated.tasks.task import Task
from workloads.federated.training.how import Training
from workloads.federated.training.shape import Weights
from workloads.federated.training.team import Team

PASSES = 3
"""How often the training of a base goes through the public data."""
_PUBLIC_TRAINING = Training(epochs=1, batch=16, rate=0.5)


@dataclass(frozen=True, repr=False)
class Plan:
    """A training, read."""

    options: FederatedOptions
    found: Found

    @property
    def task(self) -> Task:
        return self.found.task

    @property
    def shape(self) -> Any:
        """The sizes of the model."""
        return self.task.shape

    @property
    def names(self) -> tuple[str, ...]:
        return self.found.names

    @property
    def training(self) -> Training:
        """How each device trains in a round."""
        o = self.options
        return Training(o.epochs, o.batch, o.rate or self.task.rate, o.example_noise, o.example_clip)

    @property
    def devices(self) -> int:
        return len(self.found.rows)

    def team(self) -> Team:
        """Processes that have the rows of every device, then the held-out ones, then the public ones."""
        public = [] if self.found.public is None else [self.found.public]
        return Team([*self.found.rows, self.found.held_out, *public], shape=self.shape)

    def measure(self, team: Team, weights: Weights) -> tuple[float, float, int]:
        """Loss, share of right guesses, and how many were guessed: on the held-out rows."""
        return team.measure([self.devices], weights)

    def base(self, team: Team, *, seed: int, tell: Callable[[], None] = lambda: None) -> Weights:
        """The weights that the training begins from: random ones of the seed, or a base trained on public data."""
        if not self.options.pretrained or self.found.public is None:
            return self.task.begin(seed=seed)
        weights, kept = self.task.begin(seed=0), _kept(self.task, self.options.public)
        if kept is not None and (found := _read(kept, self.shape.length)) is not None:
            return found
        for _ in range(PASSES):
            tell()
            done = team.train([self.devices + 1], weights, _PUBLIC_TRAINING)
            weights = weights + done[self.devices + 1].update
        if kept is not None:
            write_atomic(kept, weights.tobytes())
        return weights

    def items_of(self, device: int) -> set[int]:
        """What a device has that an update may give away, by number: what an attack looks for. Private."""
        return self.task.items(self.found.rows[device])


def read(request: RunRequest, options: FederatedOptions) -> Plan:
    """Open the data. DataError for what cannot be trained on."""
    seed, path = request.seed, None if request.data is None else Path(request.data)
    if options.model == "digits":
        if path is not None:
            raise DataError("digits use the shipped data, not a file", where=path.name, then="leave --data out")
        return Plan(options, images.digits(options, seed=seed))
    source = texts if options.model == "words" else values
    return Plan(options, source.generated(options, seed=seed) if path is None else source.read(path, options))


def data_hash(request: RunRequest, options: FederatedOptions) -> str:
    """A fingerprint of the data: of made-up ones their seed and sizes, of one's own their bytes."""
    if request.data is None:
        name = "generated" if options.model == "words" else options.model
        return digest(name, request.seed, options.devices, options.sentences)
    path = Path(request.data)
    files = sorted(path.glob("*.txt")) if path.is_dir() else [path]
    return digest(*((one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in files if one.exists()))


def _kept(task: Task, public: int) -> Path | None:
    folder = cache_dir()
    if folder is None:
        return None
    key = digest("base 3", task.about(), public, PASSES, _PUBLIC_TRAINING.batch, _PUBLIC_TRAINING.rate)
    return folder / f"federated-{key[:24]}.f32"


def _read(path: Path, length: int) -> Weights | None:
    try:
        found = np.frombuffer(path.read_bytes(), dtype=np.float32)
    except (OSError, ValueError):
        return None
    return found.copy() if found.shape == (length,) and np.isfinite(found).all() else None
