"""A client of Flower: it trains by the engine's own step. Its module is imported by the processes that Ray starts."""

import functools
import os
from pathlib import Path

from flwr.app import ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from workloads.federated.flower.job import Job, read_job
from workloads.federated.training.kinds import module_of
from workloads.federated.training.local import settle

VARIABLE = "VEILBENCH_FLOWER_JOB"
"""Where the processes of the clients find the job; they inherit it."""

app = ClientApp()


@functools.lru_cache(maxsize=1)
def _job() -> Job:
    settle()
    return read_job(Path(os.environ[VARIABLE]))


@app.train()  # type: ignore[untyped-decorator]
def train(message: Message, context: Context) -> Message:
    """Train on one client's rows, and send the model that comes of it."""
    job, partition = _job(), int(context.node_config["partition-id"])
    (weights,) = message.content["arrays"].to_numpy_ndarrays()
    how = job.training
    update, loss = module_of(job.shape).train_client(
        job.shape, weights, job.rows[partition].copy(), epochs=how.epochs, batch=how.batch, rate=how.rate
    )
    content = {
        "arrays": ArrayRecord([weights + update]),
        # The same for all, so that Flower's weighted mean is a plain one.
        "metrics": MetricRecord({"num-examples": 1, "loss": loss}),
    }
    return Message(RecordDict(content), reply_to=message)
