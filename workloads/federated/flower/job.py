"""What Flower is to train, as a file: arrays and one line of JSON, no pickle."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from workloads.federated.training.how import Training
from workloads.federated.training.kinds import as_fields, from_fields
from workloads.federated.training.shape import Weights


@dataclass(frozen=True, repr=False)
class Job:
    """A model, where it begins, each client's rows, how they train, how often, and by how many processes."""

    shape: Any
    weights: Weights
    rows: tuple[np.ndarray, ...]
    training: Training
    rounds: int
    actors: int


def write_job(path: Path, job: Job) -> None:
    """Write a job, so that `read_job` reads the same."""
    about = {
        "shape": as_fields(job.shape), "training": asdict(job.training), "counts": [len(one) for one in job.rows],
        "rounds": job.rounds, "actors": job.actors,
    }  # fmt: skip
    with path.open("wb") as stream:
        np.savez(stream, about=np.array(json.dumps(about)), weights=job.weights, rows=np.concatenate(job.rows))


def read_job(path: Path) -> Job:
    """What `write_job` wrote."""
    with np.load(path, allow_pickle=False) as found:
        about = json.loads(str(found["about"]))
        rows = np.split(found["rows"], np.cumsum(about["counts"])[:-1])
        return Job(
            from_fields(about["shape"]), found["weights"], tuple(rows), Training(**about["training"]),
            about["rounds"], about["actors"],
        )  # fmt: skip


def weights_of(path: Path) -> Path:
    """Where the model of a finished job is, as an array of NumPy."""
    return path.with_suffix(".npy")
