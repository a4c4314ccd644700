"""`veilbench serve`: the app, on this machine alone unless another address is named."""

import argparse
import os
import socket
import sys
from pathlib import Path
from typing import Any

from privacy.errors import ServiceError
from privacy.home import home

APP = Path(__file__).resolve().parents[2] / "app.py"


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser("serve", parents=[shared], help="open the app in a browser tab of this machine")
    one.add_argument("--port", type=int, default=8501, help="port to listen on (default: 8501)")
    one.add_argument("--address", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    one.set_defaults(call=call)


def check_port(address: str, port: int) -> None:
    """ServiceError unless the port can be bound: a busy port must not end in somebody else's page."""
    if not 1 <= port <= 65535:
        raise ServiceError(f"{port} is not a port", then="choose one between 1 and 65535")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            free = f"stop what uses it, or choose another: make run PORT={port + 1 if port < 65535 else 8502}"
            raise ServiceError(f"port {port} on {address} cannot be used: {error.strerror}", then=free) from error


def call(options: argparse.Namespace) -> int:
    """Check what can be checked, then become the server process."""
    if not APP.is_file():
        raise ServiceError("app.py is not beside this package", then="run the app from a clone of the repository")
    home()
    check_port(options.address, options.port)
    print(f"Veilbench on http://{options.address}:{options.port} (Ctrl+C stops it)", file=sys.stderr)
    arguments = [
        sys.executable, "-m", "streamlit", "run", str(APP),
        "--server.port", str(options.port), "--server.address", options.address,
    ]  # fmt: skip
    os.chdir(APP.parent)
    os.execv(sys.executable, arguments)
