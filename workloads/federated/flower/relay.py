"""The ServerApp: it carries sealed wires between the host of a training and the SuperNodes, and reads none of them.

The host listens on a socket of its own user, whose path is in the run's settings. The run ends with the host.
"""

import contextlib
import queue
import socket
import threading
import time
from typing import Any, BinaryIO

from flwr.app import ConfigRecord, Context, Message, RecordDict
from flwr.serverapp import Grid, ServerApp

from privacy.plugin import processes
from workloads.federated.flower.node import BODY, MAIL

_LOOK = 0.1
_PAUSE = 0.2

app = ServerApp()


class Relay:
    """One run's mail."""

    def __init__(self, grid: Grid, source: BinaryIO, sink: BinaryIO) -> None:
        self._grid, self._source, self._sink = grid, source, sink
        self._asked: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._waiting: dict[str, tuple[int, str]] = {}

    def serve(self) -> None:
        """Carry mail until the host goes."""
        threading.Thread(target=self._listen, daemon=True).start()
        while True:
            with contextlib.suppress(queue.Empty):
                asked = self._asked.get(timeout=_LOOK if self._waiting else 2.0)
                if asked is None:
                    return
                self._do(asked)
                continue  # what waits is sent before anything is fetched
            if self._waiting:
                self._fetch()
                time.sleep(_PAUSE)

    def _listen(self) -> None:
        try:
            while True:
                self._asked.put(processes.decode(*processes.read(self._source)))
        except (EOFError, OSError, ValueError):
            self._asked.put(None)

    def _do(self, asked: dict[str, Any]) -> None:
        if asked["op"] == "nodes":
            processes.write(self._sink, {"op": "nodes", "ids": [int(one) for one in self._grid.get_node_ids()]})
            return
        node, tag = int(asked["node"]), str(asked["tag"])
        content = RecordDict({MAIL: ConfigRecord({BODY: bytes(asked["frame"])})})
        message = Message(content, dst_node_id=node, message_type="train", ttl=float(asked["seconds"]))
        (sent,) = self._grid.push_messages([message])
        if sent:
            self._waiting[sent] = node, tag
        else:
            self._failed(node, tag, "Flower did not take the message")

    def _fetch(self) -> None:
        for message in self._grid.pull_messages(list(self._waiting)):
            node, tag = self._waiting.pop(message.metadata.reply_to_message_id, (0, ""))
            if not tag:
                continue
            if message.has_error():
                self._failed(node, tag, f"Flower's code {message.error.code}: {message.error.reason}")
            else:
                frame = message.content[MAIL][BODY]
                processes.write(self._sink, {"op": "reply", "node": node, "tag": tag, "frame": frame})

    def _failed(self, node: int, tag: str, reason: str) -> None:
        processes.write(self._sink, {"op": "failed", "node": node, "tag": tag, "reason": reason[:300]})


@app.main()  # type: ignore[untyped-decorator]
def main(grid: Grid, context: Context) -> None:
    """Carry mail for the host whose socket the run's settings name."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(context.run_config["relay"]))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            Relay(grid, line.makefile("rb"), line.makefile("wb")).serve()
