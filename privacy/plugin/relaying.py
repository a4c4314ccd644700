"""Relays: servers for clients that hold their key elsewhere, such as in a browser's tab."""

from privacy.primitives.scoring import SCALE
from privacy.relay import Relay
from privacy.services import servers
from privacy.services.tabs import Visit, seated

__all__ = ["SCALE", "Relay", "Visit", "seated", "servers"]
