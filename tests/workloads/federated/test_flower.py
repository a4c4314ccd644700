"""Flower itself: a SuperLink and three SuperNodes over TLS, kill -9 of SuperNodes, and every version committed once."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from privacy import lab
from privacy.chains.opening import signer
from privacy.chains.sender import Sender
from privacy.registry import discover
from privacy.rooms.history import history
from privacy.rooms.opening import chain_of, rooms_on, rooms_with
from privacy.stores.choice import store_in_use
from workloads.federated.flower import host
from workloads.federated.flower.__main__ import made
from workloads.federated.flower.demo import forged_is_refused
from workloads.federated.flower.link import Heard, Link
from workloads.federated.flower.running import Running
from workloads.federated.flower.training import train
from workloads.federated.plan import read
from workloads.federated.round import STEPS
from workloads.federated.training.local import trained

SMALL = {"model": "series", "rounds": 3, "sentences": 8, "width": 8}


class Tapped(Link):
    """A link that keeps all that the ServerApp has received of SuperNodes."""

    came: list[bytes]

    def open(self, heard: Heard) -> None:
        def hear(said: dict[str, Any]) -> None:
            self.came += [said["frame"]] if said["op"] == "reply" else []
            heard(said)

        super().open(hear)


def tapped(came: list[bytes]) -> Callable[[], Tapped]:
    def line() -> Tapped:
        link = Tapped()
        link.came = came
        return link

    return line


@contextlib.contextmanager
def kept_up(running: Running) -> Iterator[None]:
    """Start SuperNodes again that end, as `up` does."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(1.0):
            running.keep()

    thread = threading.Thread(target=keep)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.soak("live", seconds=420)
@pytest.mark.skipif(host.python() is None, reason="Flower is not installed: make flower")
def test_supernodes_are_killed_and_every_round_is_committed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VEILBENCH_RUN_SECONDS", "1800")
    registry, came = discover(), list[bytes]()
    with chain_of(registry) as chain:
        room = rooms_with(Sender(chain, signer(chain))).create(Sender(chain, signer(chain)), "Flower")
    one = made(tmp_path / "deployment", nodes=3, options=dict(SMALL), seed=0, minimum=2)
    with Running(one) as running:
        running.start()
        assert forged_is_refused(one)

        def too_few(round_: Any) -> None:
            for number in (2, 3):
                running.supernodes[number].kill()

        cut = train(one, room="Flower", finished=too_few, line=tapped(came), seconds=30.0, come=1.0)
        assert cut.failure is not None

        def one_less(round_: Any) -> None:
            if round_.index == 2:
                running.supernodes[3].kill()

        with kept_up(running):
            record = train(one, room="Flower", finished=one_less, line=tapped(came), seconds=45.0)
    assert record.failure is None
    rows = record.settings["history"]
    assert [row["included"] for row in rows[1:]] == [3, 3, 2]
    with chain_of(registry) as chain, store_in_use(registry) as store:
        kept = history(rooms_on(chain), room, store)
    assert [one.record.model for one in kept if one.record] == [row["version"] for row in rows]
    assert [one.record.round for one in kept if one.record] == [0, 1, 2, 3]

    simulated = lab.run(replace(one.request, stack="plain"), registry=registry).settings["history"]
    assert [row["version"] for row in rows[:3]] == [row["version"] for row in simulated[:3]]
    plan = read(one.request, lab.opened(one.request, registry).case.options)
    begun = plan.task.begin(seed=0)
    for mine in plan.found.rows:
        update = STEPS.of(trained(plan.shape, begun, mine, vars(plan.training))[0])
        part = update[int(np.flatnonzero(update)[0]) :][:12]
        forms = [part.astype(kind).tobytes() for kind in (np.int16, np.int32, np.int64, np.float32)]
        assert not any(form in body for form in forms for body in came)
    assert len(came) >= 3 * 5
