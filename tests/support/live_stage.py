"""A live round among real processes: a folder with a server and contributors, each of which may be killed."""

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.support import ROOT

QUESTION = {"kind": "vector", "length": 16, "bound": 1000.0, "unit": 1.0}


def value_of(number: int) -> np.ndarray:
    """What contributor process `number` contributes."""
    return np.random.default_rng(number).integers(-1000, 1001, QUESTION["length"]).astype(np.float64)


@dataclass
class Plan:
    """One run: how many contribute, and how many are killed: half in the first `window` seconds, half in the `span`
    after the cohort closed."""

    stack: str = "smpc"
    contributors: int = 200
    kills: int = 20
    minimum: int = 100
    wave: int = 20
    pause: float = 0.5
    window: float = 20.0
    span: float = 10.0
    restarts: int = 0
    join_seconds: float = 300.0
    round_seconds: float = 90.0


@dataclass
class Contributor:
    """One process: what it said and how it ended."""

    number: int
    process: subprocess.Popen
    out: Path
    killed: bool = False
    joined: bool = False

    def coming(self) -> bool:
        """Whether it lives and has not joined yet."""
        if not self.joined and self.process.poll() is None:
            self.joined = "joined as" in self.out.with_suffix(".err").read_text()
        return not self.joined and self.process.poll() is None

    def document(self) -> dict:
        text = self.out.read_text()
        return json.loads(text) if text.strip() else {}


@dataclass
class Stage:
    """A folder with a server and contributors, all of them processes."""

    folder: Path
    plan: Plan
    server: subprocess.Popen | None = None
    port: int = 0
    everybody: list[Contributor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "home").mkdir(exist_ok=True)
        lines = [f"{k} = {json.dumps(v)}" for k, v in QUESTION.items()]
        (self.folder / "question.toml").write_text("\n".join(lines))
        self.environment = {
            **os.environ, "VEILBENCH_HOME": str(self.folder / "home"), "HOST_TOKEN": "a-token-of-the-host",
            "CONTRIBUTORS_TOKEN": "a-token-of-contributors", "VEILBENCH_TOKEN": "a-token-of-contributors",
            "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT),
        }  # fmt: skip

    def serve(self) -> None:
        """Start the server, or start it again on the same port and folder."""
        plan, errors = self.plan, (self.folder / "server.err").open("ab")
        self.server = subprocess.Popen(
            [
                sys.executable, "-m", "tests.support.live_server", "--port", str(self.port), "--stack", plan.stack,
                "--gather", str(self.folder / "question.toml"), "--contributors", str(plan.contributors),
                "--minimum", str(plan.minimum), "--join-seconds", str(plan.join_seconds),
                "--round-seconds", str(plan.round_seconds),
            ],
            env=self.environment, stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip
        errors.close()
        wording = self.server.stdout.readline()
        if not wording:
            raise SystemExit(f"the server did not start: {(self.folder / 'server.err').read_text()}")
        self.port = int(wording)

    def kill_server(self) -> None:
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()

    def contribute(self, number: int) -> None:
        """Start one contributor."""
        out = self.folder / f"{number}.out"
        np.save(self.folder / f"{number}.npy", value_of(number))
        with out.open("wb") as wording, (self.folder / f"{number}.err").open("wb") as errors:
            process = subprocess.Popen(
                [
                    sys.executable, "-m", "privacy.commands.contribute", "--servers", f"http://127.0.0.1:{self.port}",
                    "--vector", str(self.folder / f"{number}.npy"), "--accept", self.plan.stack, "--json",
                    "--patience", "120",
                ],
                env=self.environment, stdout=wording, stderr=errors, cwd=self.folder,
            )  # fmt: skip
        self.everybody.append(Contributor(number, process, out))

    @property
    def closed(self) -> bool:
        """Whether the cohort takes nobody any more."""
        return any((self.folder / "home" / "live").glob("*/closed.json")) or self.result() is not None

    @property
    def coming(self) -> int:
        return sum(one.coming() for one in self.everybody)

    def fill(self) -> None:
        """Start another contributor for one who was killed before it joined."""
        joined = len(list((self.folder / "home" / "live").glob("*/members/[0-9]*.json")))
        if joined + self.coming < self.plan.contributors:
            self.contribute(len(self.everybody) + 1)

    def result(self) -> dict | None:
        found = list((self.folder / "home" / "live").glob("*/result.json"))
        return json.loads(found[0].read_text()) if found else None

    def total(self) -> list[int]:
        (path,) = (self.folder / "home" / "live").glob("*/sum.npy")
        return np.load(path, allow_pickle=False).tolist()

    def close(self) -> None:
        for one in self.everybody:
            with contextlib.suppress(ProcessLookupError):
                one.process.kill()
            one.process.wait()
        if self.server is not None and self.server.poll() is None:
            self.kill_server()
