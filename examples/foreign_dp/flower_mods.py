"""Flower's own privacy steps, as its package ships them: a mod on the client, and a wrapper around its strategy.

They want messages of Flower; the classes here make those of an update and give back what comes of it. `make flower`
installs Flower into an environment of its own:

    veilbench audit --python .venv-flower/bin/python --mechanism examples/foreign_dp/flower_mods.py:LocalDp
"""

import logging
from typing import Any

import numpy as np
import numpy.typing as npt
from flwr.app import Array, ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict
from flwr.clientapp.mod import LocalDpMod, fixedclipping_mod
from flwr.serverapp.strategy import DifferentialPrivacyClientSideFixedClipping, FedAvg
from flwr.supercore.differential_privacy import KEY_CLIPPING_NORM
from flwr.supercore.task_identity import TaskIdentity

NDArrays = list[npt.NDArray[np.float64]]
CONTEXT: Any = None
"""Mods get the context of their app, and these do not look at it."""

logging.getLogger("flwr").setLevel(logging.ERROR)
# A message says of which task it is; the processes of Flower's apps set that when they begin.
TaskIdentity.task_id, TaskIdentity.run_id, TaskIdentity.node_id = 1, 1, 1


_LEAST = 1e-12
"""Flower's clipping divides by the length of an update, and fails on zeros: an update this short stands for those."""


def _records(arrays: NDArrays) -> ArrayRecord:
    return ArrayRecord({f"layer {at}": Array(one) for at, one in enumerate(arrays)})


def _asked(arrays: NDArrays, *, clip: float) -> Message:
    """A server's message with a model of zeros, so that the model of the answer is the update."""
    zeros = _records([np.zeros_like(one) for one in arrays])
    content = RecordDict({"arrays": zeros, "config": ConfigRecord({KEY_CLIPPING_NORM: clip})})
    return Message(content, dst_node_id=1, message_type="train")


def _answer(asked: Message, arrays: NDArrays, *, weight: int) -> Message:
    if not any(one.any() for one in arrays):
        arrays = [np.full_like(one, _LEAST) for one in arrays]
    metrics = MetricRecord({"num-examples": weight})
    return Message(RecordDict({"arrays": _records(arrays), "metrics": metrics}), reply_to=asked)


class LocalDp:
    """`LocalDpMod` at numbers that a Flower app shipped with: a sensitivity that nothing enforces."""

    claims = {"epsilon": 10.0, "delta": 1e-5, "clip": 1.0, "neighbours": "presence"}  # noqa: RUF012

    def __init__(
        self, clipping_norm: float = 1.0, sensitivity: float = 1e-4, epsilon: float = 10.0, delta: float = 1e-5
    ) -> None:
        self.clip, self.mod = clipping_norm, LocalDpMod(clipping_norm, sensitivity, epsilon, delta)

    def __call__(self, arrays: NDArrays) -> NDArrays:
        answer = self.mod(
            _asked(arrays, clip=self.clip), CONTEXT, lambda asked, _: _answer(asked, arrays, weight=1)
        )  # fmt: skip
        return [np.asarray(one) for one in answer.content["arrays"].to_numpy_ndarrays()]


class Central:
    """A round of FedAvg with `fixedclipping_mod` on clients, and noise by the wrapper on the server.

    The update is one client's, and the other clients send zeros. The noise is for a mean in which all weigh the same;
    FedAvg weighs by examples, so that a client with `examples` of them moves the mean by more than the noise is for.
    """

    def __init__(self, noise_multiplier: float = 0.5, clip: float = 1.0, clients: int = 10, examples: int = 1) -> None:
        self.clip, self.clients, self.examples = clip, clients, examples
        # Noise of half the clip: (10, 1e-5)-DP by the exact curve of the Gaussian mechanism.
        self.claims = {"epsilon": 10.0, "delta": 1e-5, "clip": clip, "neighbours": "presence"}
        inner = FedAvg(min_train_nodes=clients, min_available_nodes=clients)
        self.strategy = DifferentialPrivacyClientSideFixedClipping(inner, noise_multiplier, clip, clients)

    def __call__(self, arrays: NDArrays) -> NDArrays:
        nothing = [np.zeros_like(one) for one in arrays]
        answers = []
        for client in range(self.clients):
            sent, weight = (arrays, self.examples) if client == 0 else (nothing, 1)
            answers.append(
                fixedclipping_mod(
                    _asked(arrays, clip=self.clip), CONTEXT,
                    lambda asked, _, sent=sent, weight=weight: _answer(asked, sent, weight=weight),
                )
            )  # fmt: skip
        mean, _ = self.strategy.aggregate_train(1, answers)
        assert mean is not None
        return [np.asarray(one) for one in mean.to_numpy_ndarrays()]
