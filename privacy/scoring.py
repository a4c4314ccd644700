"""Scoring for whoever has many vectors or wants the best items alone, whatever the mechanism carries of that itself."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.boundary.channel import Channel
from privacy.boundary.party import CLIENT, Party
from privacy.boundary.secret import Secret
from privacy.boundary.wire import PLAINTEXT, Exposure
from privacy.mechanism import Mechanism, Payer
from privacy.outputs import best_of, scores_of
from privacy.primitives import scoring
from privacy.primitives.scoring import ScoringTask, Top, check_vector
from privacy.protocol import Session
from privacy.transports.base import Transport


class ScoringService:
    """The seated parties of one scoring mechanism, for a task with a batch or a top.

    `carried` is what the mechanism carries of `task`. Without `batches` one run follows another on the same keys;
    without `top_k` all scores come, and the device chooses.
    """

    def __init__(
        self, mechanism: Mechanism[ScoringTask], task: ScoringTask, own: Mapping[Party, Any], *, who: str,
        places: Mapping[str, Transport] | None = None, payer: Payer | None = None,
    ) -> None:  # fmt: skip
        self.task, self._whose = task, who
        carried = task if mechanism.batches else replace(task, batch=1)
        self.carried = carried if mechanism.top_k else replace(carried, top=0)
        self.session = Session(mechanism, self.carried, own, transports=places, payer=payer)

    def publish(self, channel: Channel) -> None:
        """Carry what the parties publish before the first run."""
        self.session.publish(channel)

    def score(self, vectors: object, channel: Channel, *, exposure: Exposure = PLAINTEXT) -> npt.NDArray[Any] | Top:
        """All scores, or with a `top` the best: of one vector, or of each in the batch.

        BoundaryError for what is no input of the task, before any wire is sent; all else as a run has it.
        """
        private = check_vector(self.task, vectors)
        rows = [private] if self.carried.batch == self.task.batch else list(private)
        found: list[npt.NDArray[Any] | Top] = [self._once(row, channel, exposure) for row in rows]
        if len(rows) == 1 and self.carried.batch == self.task.batch:
            return found[0]
        if self.task.top:
            indices, scores = zip(*found, strict=True)
            return Top(np.stack(indices), np.stack(scores))
        return np.stack([np.asarray(one) for one in found])

    def _once(self, row: npt.NDArray[Any], channel: Channel, exposure: Exposure) -> npt.NDArray[Any] | Top:
        output = self.session.run({CLIENT: Secret(row, owner=CLIENT, exposure=exposure)}, channel).output
        if self.carried.top:
            return best_of(self.carried, output, who=self._whose)
        scores = scores_of(self.carried, output, who=self._whose)
        return scoring.best_of(scores, k=self.task.top) if self.task.top else scores
