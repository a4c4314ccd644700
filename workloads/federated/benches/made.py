"""What the bench trains on: made-up rows of a size, and a training on them."""

from dataclasses import dataclass, replace

import numpy as np

from privacy.plugin import RunRequest
from privacy.plugin.host import Opened, opened
from privacy.plugin.running import Ints, Registry
from workloads.federated.flower.job import Job
from workloads.federated.plan import Plan
from workloads.federated.tasks.words import Words
from workloads.federated.text.vocabulary import BEGIN, Vocabulary
from workloads.federated.training.shape import begin


@dataclass(frozen=True)
class Size:
    """How many clients have how many sequences each, of how many words; the words and the width of the model."""

    clients: int
    sequences: int
    tokens: int = 20
    words: int = 4000
    width: int = 128
    batch: int = 8

    @property
    def name(self) -> str:
        return f"{self.clients} x {self.sequences}"


def rows_of(size: Size, *, seed: int) -> tuple[Ints, ...]:
    """Each client's sequences, int64 (sequences, tokens + 1): words as common as in a language, in no order."""
    rng = np.random.default_rng([seed, 1605])
    first = BEGIN + 1
    chance = 1 / np.arange(1, size.words - first + 1)
    shape = (size.sequences, size.tokens + 1)
    return tuple(
        first + rng.choice(len(chance), size=shape, p=chance / chance.sum()).astype(np.int64)
        for _ in range(size.clients)
    )


@dataclass(frozen=True)
class Made:
    """A training on made-up rows, opened as the lab opens one: its plan, and seats under `plain`."""

    opened: Opened
    plan: Plan

    @classmethod
    def of(cls, registry: Registry, size: Size, *, seed: int) -> "Made":
        # Opened with a few series, which are soon made up and never trained on.
        options = {
            "model": "series", "devices": 2, "minimum": 2, "sentences": 1, "epochs": 1, "batch": size.batch,
            "width": size.width, "pretrained": False,
        }  # fmt: skip
        found = opened(RunRequest(workload="federated", stack="plain", seed=seed, options=options), registry)
        data = replace(
            found.case.inner.found, rows=rows_of(size, seed=seed),
            names=tuple(f"client {at}" for at in range(size.clients)),
            task=Words(Vocabulary(tuple(f"word {at}" for at in range(size.words))), size.width),
        )  # fmt: skip
        return cls(found, replace(found.case.inner, found=data))


def job_of(plan: Plan, *, seed: int, rounds: int, actors: int = 2) -> Job:
    """The same training, to be done elsewhere."""
    return Job(plan.shape, begin(plan.shape, seed=seed), plan.found.rows, plan.training, rounds, actors)
