"""crowd-kit beside: its consensus on the same votes, in a process of its own environment."""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import workloads
from privacy.plugin import DataError
from workloads.labeling.votes.arrays import Floats, Ints
from workloads.labeling.votes.table import Votes

ROOT = Path(next(iter(workloads.__path__))).resolve().parent
VARIABLE, ENVIRONMENT = "VEILBENCH_CROWDKIT_PYTHON", ".venv-crowdkit"
MISSING = "not measured: crowd-kit is not installed (make crowdkit)"
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True, eq=False)
class Theirs:
    """What crowd-kit found: `labels` int32 (tasks,), `posterior` float64 (tasks, classes), and its seconds."""

    labels: Ints
    posterior: Floats
    seconds: float
    version: str


def python() -> Path | None:
    """The Python that has crowd-kit; None where there is none."""
    named = os.environ.get(VARIABLE)
    found = Path(named) if named else ROOT / ENVIRONMENT / "bin" / "python"
    return found if found.exists() and (named or (ROOT / ENVIRONMENT / ".ready").exists()) else None


def theirs(executable: Path, votes: Votes, method: str, *, steps: int) -> Theirs:
    """crowd-kit's consensus after so many steps: `method` is majority, dawid-skene or one-coin.

    Every task has a vote. DataError where crowd-kit ends without an answer.
    """
    with tempfile.TemporaryDirectory(prefix="vbc-") as home:
        given, made = Path(home, "votes.npz"), Path(home, "found.npz")
        np.savez(given, task=votes.task, worker=votes.worker, label=votes.label)
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        command = [str(executable), "-P", "-m", "workloads.labeling.benches.crowdkit_side"]
        done = subprocess.run(
            [*command, str(given), str(made), method, str(steps)], cwd=home, capture_output=True, text=True,
            env=kept | THREADS | {"HOME": home, "PYTHONPATH": str(ROOT)}, check=False,
        )  # fmt: skip
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise DataError(f"crowd-kit ended without an answer: {last}", then="set it up again with make crowdkit")
        with np.load(made) as found:
            posterior = np.zeros((votes.tasks, votes.classes))
            posterior[:, found["classes"]] = found["posterior"]
            return Theirs(found["labels"], posterior, float(found["seconds"]), str(found["version"]))
