"""A plugin's own processes, which serve the host by frames and never pickle."""

from privacy.errors import ServiceError
from privacy.transports.framing import decode, read, write
from privacy.transports.nursery import Nursery, possible, raise_all
from privacy.transports.process import end, start
from privacy.transports.served import leave, requests, streams

__all__ = [
    "Nursery",
    "ServiceError",
    "decode",
    "end",
    "leave",
    "possible",
    "raise_all",
    "read",
    "requests",
    "start",
    "streams",
    "write",
]
