"""Flower beside the engine: started in its own environment, paced by rounds, and ended with all that it started."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

import numpy as np

import workloads
from privacy.plugin import DataError
from workloads.federated.flower.job import Job, weights_of, write_job
from workloads.federated.training.shape import Weights

ROOT = Path(next(iter(workloads.__path__))).resolve().parent
ENVIRONMENT = ".venv-flower"
QUIET = {
    "FLWR_TELEMETRY_ENABLED": "0", "FLWR_DISABLE_UPDATE_CHECK": "1", "RAY_USAGE_STATS_ENABLED": "0",
    "FLWR_DISABLE_RUNTIME_DEPENDENCY_INSTALLATION": "1", "RAY_DEDUP_LOGS": "0",
}  # fmt: skip
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def python() -> Path | None:
    """The Python that has Flower; None where `make flower` has not been run."""
    folder = ROOT / ENVIRONMENT
    found = folder / "bin" / "python"
    return found if found.exists() and (folder / ".ready").exists() else None


class Flower:
    """One simulation of Flower, which waits for leave before each round. Use it as a context: it ends everything.

    DataError where Flower ends before it should.
    """

    def __init__(self, job: Job, *, executable: Path) -> None:
        # Short, as Ray has its sockets there, whose paths may have 107 characters.
        self._home = Path(tempfile.mkdtemp(prefix="vbf-"))
        self._path = self._home / "job"
        write_job(self._path, job)
        home = str(self._home)
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        places = {"HOME": home, "TMPDIR": home, "RAY_TMPDIR": home, "FLWR_HOME": home, "PYTHONPATH": str(ROOT)}
        with (self._home / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [str(executable), "-P", "-m", "workloads.federated.flower.server", str(self._path)], cwd=home,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=kept | QUIET | THREADS | places,
                text=True, start_new_session=True,
            )  # fmt: skip

    def round(self) -> tuple[float, float]:
        """One round: its seconds as Flower's server saw them, and the mean loss of the clients."""
        stdin = cast("IO[str]", self._process.stdin)
        try:
            stdin.write("go\n")
            stdin.flush()
        except OSError as error:
            raise self._ended() from error
        found = self._line()
        if found["loss"] is None:
            raise self._ended()
        return float(found["seconds"]), float(found["loss"])

    def weights(self) -> Weights:
        """The model after its last round."""
        self._line()
        return np.asarray(np.load(weights_of(self._path), allow_pickle=False), dtype=np.float32)

    def close(self) -> None:
        """End it with all processes of Ray, which are of its group, and remove its folder."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                cast("IO[str]", stream).close()
        shutil.rmtree(self._home, ignore_errors=True)

    def _line(self) -> dict[str, Any]:
        line = cast("IO[str]", self._process.stdout).readline()
        if not line:
            raise self._ended()
        return cast("dict[str, Any]", json.loads(line))

    def _ended(self) -> DataError:
        said = (self._home / "log").read_text(errors="replace").strip().splitlines() or ["it said nothing"]
        return DataError(f"Flower did not finish: {said[-1][:300]}", then="run make flower")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
