"""The choice of what carries a training out, and a run on SuperNodes beside it."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from privacy import lab
from privacy.cli import main
from privacy.errors import DataError, ParamError
from privacy.registry import discover
from privacy.request import RunRequest
from tests.support import ROOT
from tests.support.waiting import wait_until
from workloads.federated import engine
from workloads.federated.elsewhere import NOTE
from workloads.federated.flower import host

SMALL: dict[str, Any] = {
    "model": "series", "devices": 3, "minimum": 2, "rounds": 2, "sentences": 8, "width": 8,
}  # fmt: skip
ON_FLOWER = RunRequest(workload="federated", stack="smpc", options=SMALL | {"engine": "flower"})


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("VEILBENCH_RUN_SECONDS", "1800")


def test_without_flower_the_engine_says_how_to_install_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "python", lambda: None)
    monkeypatch.setattr("workloads.federated.flower.processes.python", lambda: None)
    with pytest.raises(DataError, match="make flower"):
        lab.opened(ON_FLOWER, discover())
    assert main(["run", "federated", "--engine", "flower", "--stack", "smpc"]) == 2
    assert "make flower" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stack", "params", "options", "named"),
    [
        ("dp+smpc", {}, {}, "noise"),
        ("he", {}, {}, "do not support"),
        ("smpc", {"threshold": 3}, {}, "threshold"),
        ("smpc", {}, {"devices": engine.MOST_NODES + 1}, str(engine.MOST_NODES)),
        ("smpc", {}, {"rule": "median"}, "rule"),
        ("smpc", {}, {"share": 0.5}, "share"),
        ("smpc", {}, {"example_noise": 1.0, "model": "words"}, "example_noise"),
    ],
)
def test_what_supernodes_do_not_do_is_refused_by_name(
    stack: str, params: dict[str, Any], options: dict[str, Any], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workloads.federated.flower.processes.python", lambda: Path(sys.executable))
    registry = discover()
    asked = replace(ON_FLOWER, stack=stack, params=params, options={**ON_FLOWER.options, **options})
    with pytest.raises(ParamError, match=named):
        engine.check(lab.options_of(asked, registry), asked, registry.stack(stack))


_FLOWER = pytest.mark.skipif(host.python() is None, reason="Flower is not installed: make flower")


@_FLOWER
@pytest.mark.soak("live", seconds=300)
def test_supernodes_make_the_versions_that_simulated_devices_make() -> None:
    record = lab.run(ON_FLOWER)
    assert record.failure is None
    simulated = lab.run(replace(ON_FLOWER, stack="plain", options=SMALL))
    versions = [[row["version"] for row in one.settings["history"]] for one in (record, simulated)]
    assert versions[0] == versions[1]
    assert [row["included"] for row in record.settings["history"][1:]] == [3, 3]
    assert NOTE in record.notes
    assert not any(one.startswith("Devices are simulated") for one in record.notes)


@_FLOWER
@pytest.mark.soak("live", seconds=300)
def test_nothing_of_flower_is_left_of_a_run_that_was_killed(tmp_path: Path) -> None:
    code = "from privacy import lab; from privacy.request import RunRequest; "
    code += f"lab.run(RunRequest(**{vars(ON_FLOWER)!r}))"
    places = {"TMPDIR": str(tmp_path), "VEILBENCH_HOME": str(tmp_path / "home")}
    run = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=os.environ | places)

    def started() -> list[str]:
        return [one for one in _commands() if f"{tmp_path}/vbd-" in one and "supernode" in one]

    wait_until(lambda: len(started()) >= 3)
    time.sleep(1)
    run.send_signal(signal.SIGKILL)
    run.wait()
    wait_until(lambda: not [one for one in _commands() if f"{tmp_path}/vbd-" in one])
    assert not list(tmp_path.glob("vbd-*"))


def _commands() -> list[str]:
    found = []
    for one in Path("/proc").iterdir():
        try:
            found.append((one / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found
