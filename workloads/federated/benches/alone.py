"""A whole training in a process of its own, from its start to the model: `python -P -m … SIZE SEED ROUNDS`.

The first argument is the fields of a `Size` as JSON. It prints the losses of the rounds as JSON.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict

from privacy.plugin.running import discover
from workloads.federated.benches.embedded import Embedded
from workloads.federated.benches.made import Made, Size
from workloads.federated.training import idle


def main() -> None:
    """Train, and print the losses."""
    idle.prepare()
    size, seed, rounds = Size(**json.loads(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
    registry = discover()
    with Embedded(registry, Made.of(registry, size, seed=seed), seed=seed) as engine:
        print(json.dumps([engine.recorded()[1] for _ in range(rounds)]))


def open_page() -> None:
    """Do what the page does where it is opened: processes that this one starts from then on have torch at once."""
    idle.prepare(shared=True)
    first = idle.Process()
    try:
        _ = first.pid  # it is born once torch is there
    finally:
        first.end()


def seconds(size: Size, *, seed: int, rounds: int) -> tuple[float, list[float]]:
    """How long such a process takes from its start to its end, and the losses of its rounds."""
    path = os.pathsep.join(os.path.abspath(p) for p in sys.path)
    with tempfile.TemporaryDirectory() as home:
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-P", "-m", __name__, json.dumps(asdict(size)), str(seed), str(rounds)], check=True,
            stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path, "VEILBENCH_HOME": home}, cwd=home,
        )  # fmt: skip
        return time.perf_counter() - start, json.loads(done.stdout)


if __name__ == "__main__":
    main()
