"""Relays: servers for clients that hold their key elsewhere, such as in a browser tab."""

from privacy.primitives.scoring import SCALE
from privacy.relay import Relay
from privacy.services import servers
from privacy.services.tabs import Straight, Visit, admitted, seated, straight

__all__ = ["SCALE", "Relay", "Straight", "Visit", "admitted", "seated", "servers", "straight"]
