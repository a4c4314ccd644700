"""Runs in the environment with Ray: pieces on workers, held against the whole, one of them killed; prints JSON."""

import json
import os
import signal
import sys

from backends.he.plugin import HeParams
from backends.he.scoring.mechanism import HeScoring
from backends.smpc.scoring.mechanism import SmpcScoring
from privacy.engines.on_ray import RayPieces, cluster
from privacy.plugin import Party
from tests.support.shards import Round


def killed(running: RayPieces) -> None:
    """Kill the first worker, as the system does where memory runs out."""
    pid = running._ray.get(running._actors[0].pid.remote())
    os.kill(pid, signal.SIGKILL)


def equal(case: Round) -> list[bool]:
    """Whether answers are those of the whole: before, right after a worker was killed, and later."""
    role = case.sharded(engine)
    found = []
    for seed in range(3):
        if seed == 1:
            killed(role._running)
        query = case.query(seed)
        found.append(role.answer(query) == case.whole.answer(query))
    return found


if __name__ == "__main__":
    with cluster(shards=3) as engine:
        fast = HeScoring(HeParams(preset="fast"))
        report = {
            "he": equal(Round(fast, items=4093, dims=5)),
            "smpc": equal(Round(SmpcScoring(), items=1003, dims=7, batch=2, party=Party("server", 1))),
        }
        report["address"] = engine.address
    json.dump(report, sys.stdout)
