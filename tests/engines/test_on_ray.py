"""Shards on a Ray cluster of this machine: the bytes of the whole, also after a worker was killed, and over HTTP."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from privacy.cli import main
from privacy.engines import on_ray
from privacy.errors import ProtocolAborted, ServiceError
from privacy.primitives.shards import Piece
from tests.support import ROOT
from tests.support.on_ray import needs_ray, ray_python
from tests.support.waiting import CAP, wait_until

PEOPLE = ROOT / "datasets" / "tiktok_profiles_generated.csv"


def test_without_ray_a_sentence_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ServiceError, match="make ray"), on_ray.cluster(shards=2):
        pass


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--shards", "3", "--role", "scoring"], "--engine ray"),
        (["--engine", "ray"], "--role scoring"),
        (["--engine", "ray", "--role", "collector"], "--role scoring"),
        (["--engine", "ray", "--role", "scoring", "--shards", "0"], "above 0"),
    ],
)
def test_an_engine_that_cannot_be_is_told(options, says, capsys):
    assert main(["serve", *options]) == 2
    assert says in capsys.readouterr().err


class Lost(Exception):
    """What Ray raises where an actor has died, for the stand-in below."""


class StandIn:
    """Ray without processes: actors that are lost as often as a test wants."""

    exceptions = SimpleNamespace(RayActorError=Lost, ObjectLostError=Lost)

    def __init__(self, *, losses: int) -> None:
        self.losses, self.built = losses, 0

    def remote(self, kind: type) -> Any:
        def build(*given: Any) -> Any:
            self.built += 1
            made = kind(*given)
            calls = {name: SimpleNamespace(remote=partial(partial, getattr(made, name))) for name in ("pid", "answer")}
            return SimpleNamespace(**calls)

        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=build))

    def put(self, value: Any) -> Any:
        return value

    def get(self, call: Any) -> Any:
        if self.losses and call.func.__name__ == "answer":
            self.losses -= 1
            raise Lost
        return call()


class Doubling:
    """A piece: adds its own number to twice what it is asked."""

    def __init__(self, *, number: int, threads: int) -> None:
        self.number = number

    def answer(self, question: np.ndarray) -> np.ndarray:
        return 2 * question + self.number


@pytest.mark.parametrize(("losses", "ends"), [(0, False), (2, False), (3, True)])
def test_a_lost_piece_is_built_and_asked_again_and_not_for_ever(losses, ends, caplog):
    stand_in = StandIn(losses=losses)
    pieces = [Piece(f"{__name__}:Doubling", {"number": i}) for i in range(3)]
    running = on_ray.RayPieces(stand_in, pieces, threads=1)
    with pytest.raises(ProtocolAborted, match="hard 1 of 3") if ends else nullcontext():
        answers = running.ask(np.arange(2))
        assert [a.tolist() for a in answers] == [[0, 2], [1, 3], [2, 4]]
    assert stand_in.built == 3 + min(losses, 2)
    assert len(caplog.records) == min(losses, 2)


@needs_ray
def test_answers_on_workers_are_those_of_the_whole_also_after_one_was_killed(tmp_path):
    done = subprocess.run(
        [ray_python(), "-m", "tests.engines.ray_side"], cwd=ROOT, capture_output=True, text=True, timeout=CAP,
        env=os.environ | {"VEILBENCH_HOME": str(tmp_path)}, check=True,
    )  # fmt: skip
    report = json.loads(done.stdout.splitlines()[-1])
    assert (report["he"], report["smpc"]) == ([True] * 3, [True] * 3)
    assert report["address"].startswith("127.0.0.1:")
    assert done.stderr.count("was lost") == 2


def many_rows(path: Path, *, copies: int) -> Path:
    """The shipped people several times over, each time under other names."""
    with PEOPLE.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    place = head.index("account_id")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        for copy in range(copies):
            writer.writerows([*row[:place], f"{row[place]}.{copy}", *row[place + 1 :]] for row in rows)
    return path


@needs_ray
@pytest.mark.soak("live")
def test_a_run_over_http_on_three_shards(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    server = subprocess.Popen(
        [
            ray_python(), "-m", "privacy", "serve", "--role", "scoring", "--port", "0", "--engine", "ray",
            "--shards", "3",
        ],
        cwd=ROOT, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        said = [server.stderr.readline(), server.stderr.readline()]
        url, token = said[0].split(" on ")[1].split(" ")[0], said[1].split(" --token-file ")[1].strip()
        data = many_rows(tmp_path / "people.csv", copies=5)
        status = main([
            "run", "fyp", "--stack", "he", "--param", "preset=fast", "--data", str(data), "--cohort", "20",
            "--json", "--servers", url, "--token-file", token,
        ])  # fmt: skip
        record = json.loads(capsys.readouterr().out)
        assert status == 0, record
        metrics = {m["key"]: m["value"] for m in record["metrics"]}
        assert metrics["score_error"] < 5e-3
        assert metrics["top10_overlap"] > 0.9  # people who are there several times tie
        assert metrics["bytes_down"] > 3 * 2 * 4 * 2048  # three blocks of two polynomials
        ready = wait_until(lambda: next((line for line in server.stderr if "Shards ready" in line), ""))
        assert len(re.findall(r"\d+", ready)) == 3
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=CAP)
    assert not list(tmp_path.glob("vb-ray-*"))
