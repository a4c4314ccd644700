"""Fetches of a mechanism, all parties here, with the wires at hand."""

from typing import Any

import numpy as np

from privacy.boundary.channel import Channel
from privacy.plugin import CLIENT, SERVER, LookupTask, Mechanism, Secret
from privacy.protocol import Session


def table(items: int, record_bytes: int, *, seed: int = 1) -> np.ndarray:
    """A random table, uint8 (items, record_bytes)."""
    return np.random.default_rng(seed).integers(0, 256, (items, record_bytes), dtype=np.uint8)


def seated(mechanism: Mechanism[Any], records: np.ndarray, count: int) -> Session[Any]:
    """A session whose set-up is done."""
    task = LookupTask(len(records), records.shape[1], count)
    session = Session(mechanism, task, {SERVER: records})
    session.publish(Channel())
    return session


def fetch(session: Session[Any], indices: Any, channel: Channel | None = None) -> np.ndarray:
    """The records that a run gives."""
    secret = Secret(np.asarray(indices), owner=CLIENT)
    return session.run({CLIENT: secret}, channel or Channel()).output
