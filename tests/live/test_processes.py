"""Live rounds among real processes: contributors and the server itself are killed, and sums stay exact."""

import json
import random
import subprocess
import sys

import numpy as np
import pytest

from privacy.registry import discover
from tests.soak import aggregation as soak
from tests.support.waiting import CAP, wait_until

FORBIDDEN = ("pandas", "sklearn", "scipy", "torch", "tenseal", "fastapi", "uvicorn", "streamlit", "privacy.lab")


def stage_of(folder, **given) -> soak.Stage:
    return soak.Stage(folder, soak.Plan(**({"wave": 5, "pause": 0.1, "window": 0.3, "span": 0.1} | given)))


@pytest.mark.parametrize("stack", ["plain", pytest.param("smpc", marks=pytest.mark.soak("live"))])
def test_a_sum_among_processes_that_are_killed_is_exact(tmp_path, stack):
    if stack not in discover(plugins=tmp_path).stacks():
        pytest.skip(f"{stack} is not available here")
    stage = stage_of(
        tmp_path, stack=stack, contributors=6, kills=2, minimum=3, join_seconds=20.0, round_seconds=4.0
    )  # fmt: skip
    try:
        found = soak.run(stage, random.Random(7))
    finally:
        stage.close()
    assert 1 <= found["killed"] <= 2  # a fast machine may be done before the second one
    assert found["state"] == "done" or "needed" in found["reason"]


@pytest.mark.soak("live", seconds=150)
@pytest.mark.parametrize("stack", ["plain", "smpc"])
def test_many_contributors_are_killed_and_the_server_too(tmp_path, stack):
    stage = soak.Stage(
        tmp_path, soak.Plan(stack=stack, contributors=60, kills=8, minimum=30, wave=10, window=15.0, restarts=2)
    )
    try:
        found = soak.run(stage, random.Random(11))
    finally:
        stage.close()
    assert found["killed"] >= 1
    assert found["state"] == "done" or "needed" in found["reason"]


def test_a_server_that_is_killed_comes_back_and_the_sum_is_exact(tmp_path):
    stage = stage_of(tmp_path, stack="plain", contributors=4, kills=0, minimum=4, join_seconds=30.0, round_seconds=30.0)
    try:
        stage.serve()
        for number in (1, 2, 3):
            stage.contribute(number)
        wait_until(lambda: len(list(tmp_path.glob("home/live/*/members/[123].json"))) == 3)
        stage.kill_server()
        stage.serve()
        stage.contribute(4)
        wait_until(lambda: stage.closed)
        stage.kill_server()
        stage.serve()
        for one in stage.everybody:
            assert one.process.wait(CAP) == 0
        found = soak.judged(stage, seconds=0.0)
    finally:
        stage.close()
    assert (found["state"], found["included"], found["told"]) == ("done", 4, 4)


def test_a_contributor_starts_light():
    code = (
        "import json, sys; import privacy.commands.contribute, privacy.live.client; "
        "from privacy.registry import discover; discover(); print(json.dumps(sorted(sys.modules)))"
    )
    names = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    heavy = [n for n in names if any(n == f or n.startswith(f"{f}.") for f in FORBIDDEN)]
    assert heavy == []
    assert "numpy" in names


def test_the_soak_notices_a_sum_that_is_not_exact():
    rng = np.random.default_rng(0)
    parts = [rng.integers(-1000, 1001, 16) for _ in range(6)]
    assert soak._made_of(parts[1] + parts[4], parts, 2)
    assert soak._made_of(np.zeros(16, np.int64), parts, 0)
    assert not soak._made_of(parts[1] + parts[4], parts, 3)
    assert not soak._made_of(parts[1] + parts[4] + 1, parts, 2)
