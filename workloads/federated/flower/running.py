"""A deployment that runs: one SuperLink, and SuperNodes, over TLS, each of which shows a key that is registered."""

import contextlib
import json
import sys
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from privacy.plugin import DataError
from workloads.federated.flower.answering import ABOUT
from workloads.federated.flower.folder import LOOPBACK, Deployment, free_port
from workloads.federated.flower.link import Link
from workloads.federated.flower.processes import Started, flwr
from workloads.federated.flower.supernodes import COME_SECONDS, ROUND_SECONDS, SuperNodes

_CONNECTION = "deployment"
_START_SECONDS = 60.0
AGAIN_SECONDS = 5.0
"""How long after its end a SuperNode is started again."""


class Running:
    """Starts the SuperLink of a deployment, registers its SuperNodes, and starts those that run here.

    `elsewhere` are the numbers of SuperNodes that are started on other machines. Use it as a context: it ends all.
    """

    def __init__(self, deployment: Deployment, *, elsewhere: Collection[int] = ()) -> None:
        self.deployment, self._elsewhere = deployment, set(elsewhere)
        self.superlink: Started | None = None
        self.supernodes: dict[int, Started] = {}
        self._again: dict[int, float] = {}

    def start(self, *, tell: Callable[[str], None] = lambda text: None) -> None:
        """Start everything. DataError where Flower does not."""
        one = self.deployment
        self.superlink = superlink(one)
        self._register()
        tell(f"SuperLink on https://{one.address}, {len(one.nodes)} SuperNodes registered")
        for number in range(1, len(one.nodes) + 1):
            if number not in self._elsewhere:
                self.supernodes[number] = supernode(one.node_folder(number))
        tell(f"{len(self.supernodes)} SuperNodes started here")

    def _register(self) -> None:
        one, self_ended = self.deployment, self.superlink
        _connect(one)
        one.nodes = {}
        until = time.monotonic() + _START_SECONDS
        for device in range(len(list((one.folder / "nodes").iterdir()))):
            key = str(one.node_folder(device + 1) / "node.key.pub")
            while True:
                try:
                    said = flwr("supernode", "register", key, _CONNECTION, "--format", "json", home=_home(one))
                    one.nodes[int(json.loads(said)["node-id"])] = device
                    break
                except (DataError, ValueError, KeyError) as error:
                    if self_ended is not None:
                        self_ended.check()
                    if time.monotonic() > until:
                        raise DataError(f"the SuperLink took no SuperNode: {error}") from None
                    time.sleep(0.5)
        one.save()

    def keep(self, *, tell: Callable[[str], None] = lambda text: None) -> None:
        """Start SuperNodes again that have ended; call it every second or so. DataError where the SuperLink has ended.

        The SuperLink refuses a SuperNode that was killed until it has missed its heartbeats: a minute or two.
        """
        if self.superlink is not None:
            self.superlink.check()
        for number, started in self.supernodes.items():
            if started.process.poll() is None:
                continue
            if self._again.setdefault(number, time.monotonic() + AGAIN_SECONDS) <= time.monotonic():
                tell(f"SuperNode {number} has ended and is started again")
                started.kill()
                self.supernodes[number] = supernode(self.deployment.node_folder(number))
                del self._again[number]

    def close(self) -> None:
        """End every process."""
        for started in (*self.supernodes.values(), self.superlink):
            if started is not None:
                started.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def superlink(one: Deployment) -> Started:
    """Start the SuperLink of a deployment."""
    folder = one.folder.resolve()
    host = one.host if one.host in (LOOPBACK, "localhost") else "0.0.0.0"
    command = [
        "flower-superlink", "--host", host, "--port", str(one.port), "--enable-supernode-auth",
        "--disable-runtime-dependency-installation",
        *(part for name, file in _TLS.items() for part in (f"--ssl-{name}", str(folder / file))),
    ]  # fmt: skip
    return Started(command, home=folder / "superlink", log=folder / "superlink.log")


_TLS = {"certfile": "server.crt", "keyfile": "server.key", "ca-certfile": "ca.crt"}


def supernode(folder: Path, *, key: Path | None = None) -> Started:
    """Start the SuperNode of a folder. DataError where it is none."""
    folder = folder.resolve()
    try:
        address = str(json.loads((folder / ABOUT).read_bytes())["superlink"])
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError("the folder is not a SuperNode's", where=str(folder)) from None
    command = [
        "flower-supernode", "--superlink", address, "--root-certificates", str(folder / "ca.crt"),
        "--auth-supernode-private-key", str(key or folder / "node.key"),
        "--node-config", f"folder={json.dumps(str(folder))}", "--port", str(free_port()),
    ]  # fmt: skip
    return Started(command, home=folder / "home", log=folder / "supernode.log")


def _home(one: Deployment) -> Path:
    return one.folder.resolve() / "client"


def _connect(one: Deployment) -> None:
    """Write how Flower's client reaches the SuperLink: over TLS, on this machine."""
    home = _home(one)
    home.mkdir(exist_ok=True, mode=0o700)
    host = one.host if one.host in (LOOPBACK, "localhost") else LOOPBACK
    (home / "config.toml").write_text(
        f'[superlink]\ndefault = "{_CONNECTION}"\n\n[superlink.{_CONNECTION}]\naddress = "{host}:{one.port}"\n'
        f"root-certificates = {json.dumps(str(one.folder.resolve() / 'ca.crt'))}\n"
    )


@contextlib.contextmanager
def supernodes(
    one: Deployment, *, line: Callable[[], Link] = Link, seconds: float = ROUND_SECONDS, come: float = COME_SECONDS
) -> Iterator[SuperNodes]:
    """The SuperNodes of a deployment as places of contributors: our app is submitted to its SuperLink, and awaited."""
    _connect(one)
    link = line()
    try:
        found = SuperNodes(link, one.nodes, seconds=seconds, come=come)
        settings = f"relay={json.dumps(str(link.path))}"
        flwr(
            "run", str(one.folder.resolve() / "app"), _CONNECTION, "--run-config", settings,
            home=_home(one),
        )  # fmt: skip
        link.open(found.hear)
        yield found
    finally:
        link.close()


def say(text: str) -> None:
    """To whoever runs a command."""
    print(text, file=sys.stderr, flush=True)
