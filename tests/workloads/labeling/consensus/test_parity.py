"""crowd-kit 1.4.2 as an oracle: its outputs frozen on a small table, and itself where it is installed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workloads.labeling.benches import crowdkit
from workloads.labeling.benches.quality import many_votes, quality
from workloads.labeling.consensus.dawid_skene import dawid_skene
from workloads.labeling.consensus.majority import majority
from workloads.labeling.consensus.one_coin import one_coin
from workloads.labeling.consensus.result import Consensus
from workloads.labeling.votes.table import Votes

FROZEN: dict[str, Any] = json.loads(Path(__file__).with_name("crowdkit.json").read_text(encoding="utf-8"))
needs_crowdkit = pytest.mark.skipif(crowdkit.python() is None, reason=crowdkit.MISSING)


def ours(votes: Votes, method: str, steps: int) -> Consensus:
    if method == "majority":
        return majority(votes)
    run = dawid_skene if method == "dawid-skene" else one_coin
    return run(votes, most=steps, tolerance=-np.inf)


@pytest.mark.parametrize("name", FROZEN["found"])
def test_posteriors_are_those_of_crowdkit(name: str) -> None:
    votes = Votes.of(FROZEN["task"], FROZEN["worker"], FROZEN["label"])
    method, steps = name.rsplit(" ", 1)
    assert ours(votes, method, int(steps)).posterior == pytest.approx(np.array(FROZEN["found"][name]), abs=1e-6)


@needs_crowdkit
@pytest.mark.parametrize("method", ["majority", "dawid-skene", "one-coin"])
def test_labels_are_those_of_crowdkit_here(method: str) -> None:
    executable, votes = crowdkit.python(), many_votes(count=5_000, workers=50, seed=2)
    assert executable is not None
    found, other = ours(votes, method, 10), crowdkit.theirs(executable, votes, method, steps=10)
    assert other.version == "1.4.2"
    assert other.posterior == pytest.approx(found.posterior, abs=1e-6)
    ties = np.sort(found.posterior, axis=1)[:, -1] - np.sort(found.posterior, axis=1)[:, -2] < 1e-9
    assert (other.labels == found.labels)[~ties].all()


def test_without_crowdkit_the_bench_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(crowdkit.VARIABLE, str(tmp_path / "none"))
    found = quality(lambda _: None, quick=True, seed=0)
    json.dumps(found, allow_nan=False)
    assert found["speed"]["met"] is None
    assert [row["note"] for row in found["speed"]["rows"]] == [crowdkit.MISSING] * 3
    assert found["attack"]["ratio"] >= 0.98
    assert found["attack"]["accuracy"]["dawid-skene"] < 0.1
    assert found["pay"]["met"]
    assert found["tokens"]["met"]
    assert found["targeted"]["rows"][-1]["targets"] < 0.2
