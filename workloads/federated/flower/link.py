"""The host's end of the line to the ServerApp: mail for SuperNodes goes out, and what they answer comes in."""

import contextlib
import queue
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from privacy.plugin import ProtocolAborted, VeilbenchError, processes

Heard = Callable[[dict[str, Any]], None]
_GONE = "Flower's server has ended"


class Link:
    """A socket of this user alone, on which one ServerApp is awaited. Use `start` to have it run; then `open`."""

    def __init__(self, *, patience: float = 120.0) -> None:
        # Short, as the path of a socket may have 107 characters.
        self._folder = Path(tempfile.mkdtemp(prefix="vbf-"))
        self.path = self._folder / "relay"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(1)
        self._patience = patience
        self._line: socket.socket | None = None
        self._sink: Any = None
        self._reader: threading.Thread | None = None
        self._nodes: queue.SimpleQueue[list[int] | None] = queue.SimpleQueue()
        self._writing = threading.Lock()
        self._heard: Heard = lambda _: None
        self.gone = ""

    def open(self, heard: Heard) -> None:
        """Wait for the ServerApp; `heard` gets what SuperNodes answer, and `{"op": "gone"}` at the end.

        ProtocolAborted where none comes.
        """
        self._heard = heard
        self._listener.settimeout(self._patience)
        try:
            self._line, _ = self._listener.accept()
        except OSError:
            text = f"Flower's server app did not start in {self._patience:g} s"
            raise ProtocolAborted(text, then="see the log of the SuperLink") from None
        self._line.settimeout(None)
        self._sink = self._line.makefile("wb")
        self._reader = threading.Thread(target=self._listen, args=(self._line.makefile("rb"),), daemon=True)
        self._reader.start()

    def _listen(self, source: Any) -> None:
        try:
            while True:
                said = processes.decode(*processes.read(source))
                if said["op"] == "nodes":
                    self._nodes.put([int(one) for one in said["ids"]])
                else:
                    self._heard(said)
        except (EOFError, OSError, ValueError, KeyError, TypeError, VeilbenchError):
            with contextlib.suppress(OSError):
                source.close()
            self.gone = _GONE
            self._nodes.put(None)
            self._heard({"op": "gone"})

    def send(self, node: int, tag: str, frame: bytes, *, seconds: float) -> None:
        """Mail for a SuperNode, which is worth something for so long."""
        self._write({"op": "send", "node": node, "tag": tag, "frame": frame, "seconds": seconds})

    def nodes(self) -> list[int]:
        """The SuperNodes that Flower takes for connected."""
        self._write({"op": "nodes"})
        with contextlib.suppress(queue.Empty):
            if (found := self._nodes.get(timeout=self._patience)) is not None:
                return found
        raise ProtocolAborted(self.gone or "Flower's server does not answer")

    def _write(self, message: dict[str, Any]) -> None:
        try:
            with self._writing:
                processes.write(self._sink, message)
        except (OSError, ValueError, AttributeError):
            raise ProtocolAborted(self.gone or _GONE, then="see the log of the SuperLink") from None

    def close(self) -> None:
        """Hang up: the ServerApp ends."""
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError, ValueError):
                self._sink.close()
            if self._reader is not None:
                self._reader.join(5.0)
            self._line.close()
        self._listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)
