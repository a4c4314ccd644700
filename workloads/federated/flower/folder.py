"""The folder of a deployment: certificates, one folder for each SuperNode, and what its trainings are of.

deployment.json           what is trained, where the SuperLink listens, and the SuperNodes that it knows
ca.crt server.crt server.key
app/                      the Flower app that is submitted: a few lines that name our ServerApp and ClientApp
nodes/1/                  all that SuperNode 1 needs: it may be moved to another machine
    node.json             the SuperLink's address, and what this device takes part in
    node.key ca.crt rows.npy
"""

import json
import shutil
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from privacy.plugin import DataError, ParamError, RunRequest
from privacy.plugin.host import write_atomic
from workloads.federated.flower.answering import ABOUT, ROWS
from workloads.federated.flower.keys import certify, node_key

LOOPBACK = "127.0.0.1"
_ABOUT = "deployment.json"
_APP = {
    "pyproject.toml": """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "veilbench-training"
version = "1.0.0"
description = "Federated training of Veilbench"
license = "Apache-2.0"
dependencies = []

[tool.hatch.build.targets.wheel]
packages = ["."]

[tool.flwr.app]
publisher = "veilbench"

[tool.flwr.app.components]
serverapp = "training.server:app"
clientapp = "training.client:app"

[tool.flwr.app.config]
relay = ""
""",
    "training/__init__.py": "",
    "training/server.py": "from workloads.federated.flower import relay\n\napp = relay.app\n",
    "training/client.py": "from workloads.federated.flower import node\n\napp = node.app\n",
}


@dataclass
class Deployment:
    """A deployment, as its folder has it. `nodes` has the number of each SuperNode's device by its id of Flower."""

    folder: Path
    host: str
    port: int
    options: dict[str, Any]
    seed: int
    nodes: dict[int, int] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def request(self) -> RunRequest:
        """What it trains, but for the stack."""
        return RunRequest(workload="federated", options=dict(self.options), seed=self.seed)

    def node_folder(self, number: int) -> Path:
        """The folder of a SuperNode, which are numbered from 1."""
        return self.folder / "nodes" / str(number)

    def save(self) -> None:
        nodes = {str(node): device for node, device in self.nodes.items()}
        about = {
            "host": self.host, "port": self.port, "options": self.options, "seed": self.seed, "nodes": nodes,
        }  # fmt: skip
        write_atomic(self.folder / _ABOUT, json.dumps(about, indent=2).encode())


def read(folder: Path) -> Deployment:
    """The deployment of a folder. DataError where there is none."""
    try:
        found = json.loads((folder / _ABOUT).read_bytes())
        nodes = {int(node): int(device) for node, device in found["nodes"].items()}
        return Deployment(folder, found["host"], int(found["port"]), dict(found["options"]), int(found["seed"]), nodes)
    except FileNotFoundError:
        raise DataError("there is no deployment", where=str(folder), then="start a deployment with `up`") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise DataError("the deployment's file cannot be read", where=str(folder / _ABOUT)) from None


def make(
    folder: Path, rows: Sequence[np.ndarray], *, options: Mapping[str, Any], seed: int, host: str = LOOPBACK,
    port: int = 0, stacks: Sequence[str] = ("smpc",), minimum: int = 3,
) -> Deployment:  # fmt: skip
    """Make the folder of a deployment with a SuperNode for each of `rows`. ParamError where there is one already.

    `host` is the name or address by which SuperNodes reach the SuperLink; port 0 takes a free one.
    """
    if (folder / _ABOUT).exists():
        raise ParamError(f"{folder} has a deployment already", then="name a new folder, or leave its options out")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    certify(folder, names=[host, *(one for one in ("localhost", LOOPBACK) if one != host)])
    for name, text in _APP.items():
        path = folder / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    made = Deployment(folder, host, port or free_port(), dict(options), seed)
    for number, one in enumerate(rows, start=1):
        there = made.node_folder(number)
        there.mkdir(parents=True, mode=0o700)
        node_key(there)
        shutil.copy(folder / "ca.crt", there / "ca.crt")
        np.save(there / ROWS, one, allow_pickle=False)
        about = {"superlink": made.address, "stacks": list(stacks), "minimum": minimum}
        (there / ABOUT).write_text(json.dumps(about, indent=2))
    made.save()
    return made


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        return int(found.getsockname()[1])
