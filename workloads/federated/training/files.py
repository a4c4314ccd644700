"""A model as a file: safetensors, with what it is for beside the tensors. Nothing else is read as a model."""

import json

import numpy as np

from privacy.plugin import DataError
from workloads.federated.tasks.digits import Digits
from workloads.federated.tasks.series import Series
from workloads.federated.tasks.task import Task
from workloads.federated.tasks.words import Words
from workloads.federated.training.shape import Weights

TASKS: dict[str, type[Task]] = {
    "veilbench next-word model 1": Words,
    "veilbench digits model 1": Digits,
    "veilbench series model 1": Series,
}
"""By the format that a file names."""
_ENTRY = "veilbench"


def to_file(task: Task, weights: Weights) -> bytes:
    """The bytes of a model's file; the same model has the same bytes."""
    from safetensors.numpy import save

    # One entry: safetensors writes several in an order of chance, and a version is known by the digest of its bytes.
    text = {_ENTRY: json.dumps(task.about(), sort_keys=True, ensure_ascii=True)}
    return bytes(save({name: part.copy() for name, part in task.shape.split(weights).items()}, metadata=text))


def from_file(body: bytes) -> tuple[Task, Weights]:
    """What `to_file` wrote. DataError for any other bytes, a pickle among them, of which nothing is run."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        size = int.from_bytes(body[:8], "little")
        about = json.loads(json.loads(body[8 : 8 + size])["__metadata__"][_ENTRY])
        task = TASKS[about["format"]].of(about)
        shape, tensors = task.shape, load(body)
        if {name: one.shape for name, one in tensors.items()} != dict(shape.parts):
            raise ValueError("other tensors")
        flat = np.concatenate([np.asarray(tensors[name], dtype=np.float32).reshape(-1) for name, _ in shape.parts])
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError, OverflowError, MemoryError) as error:
        text = "the bytes are not a model of this workload"
        raise DataError(text, then="give a safetensors file that Veilbench wrote; a pickle is never opened") from error
    if not np.isfinite(flat).all():
        raise DataError("a weight of the model is NaN or infinite", then="go back to the version before")
    return task, flat
