"""`veilbench bench`: figures that are measured, at small sizes."""

import json

import numpy as np
import pytest

from backends.plain.aggregation import PlainAggregation
from privacy.benches.aggregation import BASELINE, Size, ckks_vector, measure, vectors
from privacy.cli import main
from privacy.primitives.aggregation import AggregationTask


def test_the_bench_of_sums_prints_one_document(capsys):
    assert main(["bench", "aggregation", "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    stacks = {row["stack"] for row in found["rows"]}
    assert {"plain", "smpc", "he", BASELINE} <= stacks
    for row in found["rows"]:
        assert row["contributor_cpu_seconds"] >= 0
        assert row["included"] >= row["contributors"] - row["dropouts"]
        if row["tolerance"] is not None:
            assert row["largest_error"] <= row["tolerance"]
    assert found["ratios"][f"plain: times fewer bytes than {BASELINE}"] > 10


def test_an_unknown_bench_is_a_sentence(capsys):
    assert main(["bench", "agregation"]) == 2
    assert "did you mean aggregation" in capsys.readouterr().err


def test_a_bench_counts_the_bytes_that_were_sent():
    task = AggregationTask(contributors=3, length=1000, bound=2**15)
    values = vectors(task, seed=1)
    row = measure("plain", PlainAggregation(), Size(3, 1000), values, task)
    assert row.bytes_up == pytest.approx(4 * 1000, rel=0.1)
    assert row.over_vector == row.bytes_up / 4000 - 1
    assert row.largest_error == 0


def test_the_baseline_sums_the_same_vectors():
    task = AggregationTask(contributors=2, length=5000, bound=2**15)
    row = ckks_vector(Size(2, 5000), vectors(task, seed=2))
    assert row.largest_error < 0.01
    assert row.bytes_up > 40 * 5000


def test_vectors_follow_the_seed():
    task = AggregationTask(contributors=2, length=50, bound=7)
    first, again, other = (vectors(task, seed=s) for s in (3, 3, 4))
    assert all(np.array_equal(first[p], again[p]) for p in task.roster)
    assert not all(np.array_equal(first[p], other[p]) for p in task.roster)


@pytest.mark.sized("fuzz")
def test_the_bench_of_labeling_says_what_is_met_and_what_is_too_few_to_tell(capsys):
    assert main(["bench", "labeling", "--quick", "--json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found["quick"] is True
    assert set(found["met"].values()) == {None}
    assert {"classes.attack", "boxes.over_agreement", "boxes.of_clean", "boxes.pay"} <= set(found["met"])
    assert found["boxes"]["over_agreement"]["ratio"] > 1.5
    assert not err or "boxes" in err
