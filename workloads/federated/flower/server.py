"""A server of Flower that trains as the engine does: the same step, weights and rows, and a plain mean of the models.

`python -P -m workloads.federated.flower.server JOB`, run by the Python of `.venv-flower`. JOB is a file that
`job.write_job` wrote. Each line of standard input is leave for one round, and each line of standard output is a
finished one: a JSON object with its seconds and mean loss.
"""

import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from flwr.app import ArrayRecord, ConfigRecord, Context, Message, MetricRecord
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg
from flwr.simulation import run_simulation

from workloads.federated.flower import client
from workloads.federated.flower.job import read_job, weights_of


class Paced(FedAvg):  # type: ignore[misc]
    """FedAvg that waits for leave before each round, and says how long it took."""

    def __init__(self, sink: Any, leave: "queue.SimpleQueue[str]", *, clients: int) -> None:
        super().__init__(
            fraction_train=1.0, fraction_evaluate=0.0, min_train_nodes=clients, min_available_nodes=clients
        )
        self._sink, self._leave, self._start = sink, leave, 0.0

    def say(self, **found: Any) -> None:
        self._sink.write(json.dumps(found) + "\n")
        self._sink.flush()

    def configure_train(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        self._leave.get()
        self._start = time.perf_counter()
        return super().configure_train(server_round, arrays, config, grid)  # type: ignore[no-any-return]

    def aggregate_train(
        self, server_round: int, replies: Iterable[Message]
    ) -> tuple[ArrayRecord | None, MetricRecord | None]:
        arrays, metrics = super().aggregate_train(server_round, replies)
        taken = time.perf_counter() - self._start
        self.say(round=server_round, seconds=taken, loss=None if metrics is None else float(metrics["loss"]))
        return arrays, metrics


def _listen(leave: "queue.SimpleQueue[str]") -> None:
    """Take leave for rounds. Where the host has gone, end, with all processes of Ray: they are of this group."""
    for line in sys.stdin:
        leave.put(line)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Read the job, and train as the host gives leave."""
    path = Path(sys.argv[1]).resolve()
    os.environ[client.VARIABLE] = str(path)
    sink = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Flower and Ray print stands between no lines
    sys.stdout = sys.stderr
    job, server = read_job(path), ServerApp()

    leave: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(leave,), daemon=True).start()

    @server.main()  # type: ignore[untyped-decorator]
    def serve(grid: Grid, context: Context) -> None:
        strategy = Paced(sink, leave, clients=len(job.rows))
        found = strategy.start(grid=grid, initial_arrays=ArrayRecord([job.weights]), num_rounds=job.rounds)
        (weights,) = found.arrays.to_numpy_ndarrays()
        np.save(weights_of(path), weights, allow_pickle=False)
        strategy.say(done=True)

    run_simulation(
        server_app=server, client_app=client.app, num_supernodes=len(job.rows),
        backend_config={
            "client_resources": {"num_cpus": 1, "num_gpus": 0.0},
            "init_args": {"num_cpus": job.actors, "_temp_dir": os.environ["RAY_TMPDIR"], "log_to_driver": False},
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
