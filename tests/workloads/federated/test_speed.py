"""`veilbench bench federated`, at its small size."""

import json
from pathlib import Path

import pytest

from privacy.cli import main
from privacy.registry import discover
from tests.support.waiting import wait_until
from workloads.federated.benches.made import Made, Size, job_of
from workloads.federated.benches.speed import ALONE, CLICK, FLOWER, MISSING, PLAIN, RECORDED
from workloads.federated.flower import host


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))


@pytest.mark.soak("live")
def test_without_flower_the_bench_has_the_rows_of_the_engine(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "python", lambda: None)
    assert main(["bench", "federated", "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = {row["who"]: row for row in found["rows"]}
    assert set(rows) == {FLOWER, PLAIN, RECORDED}
    assert (rows[FLOWER]["seconds"], rows[FLOWER]["note"]) == (None, MISSING)
    assert all(rows[who]["seconds"] > 0 for who in (PLAIN, RECORDED))
    assert found["ratios"] == {}
    assert found["whole"]["ratios"] == {}
    assert {row["who"] for row in found["whole"]["rows"] if row["seconds"]} == {ALONE, CLICK}
    assert list(found["losses_apart"].values()) == [pytest.approx(0, abs=1e-9)]
    assert main(["bench", "federatd"]) == 2
    assert "did you mean federated?" in capsys.readouterr().err


@pytest.mark.soak("live")
@pytest.mark.skipif(host.python() is None, reason="Flower is not installed: make flower")
def test_flower_trains_the_same_and_all_that_it_started_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "federated", "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert max(found["losses_apart"].values()) < 1e-4
    assert set(found["ratios"]) == {f"4 x 4: {who}" for who in (PLAIN, RECORDED)}
    assert found["whole"]["ratios"][CLICK] > found["whole"]["ratios"][ALONE] > 0

    executable, size = host.python(), Size(3, 2, words=50, width=4)
    assert executable is not None
    with host.Flower(job_of(Made.of(discover(), size, seed=0).plan, seed=0, rounds=2), executable=executable) as flower:
        flower.round()
        group, home = flower._process.pid, flower._home
        assert len(_of(group)) > 2
    assert not home.exists()
    wait_until(lambda: not _of(group))


def _of(group: int) -> list[int]:
    """The processes of a group that run."""
    found = []
    for one in Path("/proc").iterdir():
        try:
            state, _, of = (one / "stat").read_text().rsplit(")", 1)[1].split()[:3]
        except (OSError, ValueError, IndexError):
            continue
        if int(of) == group and state != "Z":
            found.append(int(one.name))
    return found
