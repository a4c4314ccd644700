"""`veilbench bench`: figures that are measured, at small sizes."""

import json

import numpy as np
import pytest

from backends.he.lookup.layout import Layout
from backends.plain.aggregation import PlainAggregation
from backends.plain.mechanism import PlainFetcher, PlainLookup
from privacy.benches import lookup, similarity
from privacy.benches.aggregation import BASELINE, Size, ckks_vector, measure, vectors
from privacy.cli import main
from privacy.primitives.aggregation import AggregationTask
from privacy.primitives.lookup import LookupTask


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


def test_the_bench_of_lookups_counts_bytes_and_holds_every_record_against_the_table(capsys):
    assert main(["bench", "lookup", "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = {(row["stack"], row["count"]): row for row in found["rows"]}
    assert {stack for stack, _ in rows} >= {"plain", "local", "he", "smpc"}
    for row in rows.values():
        assert row["wrong"] == 0
        assert row["fetched"] == row["count"] * row["repeats"]
        assert row["bytes_before"] == row["bytes_setup"] + row["bytes_up"] + row["bytes_down"]
        assert (row["scan_gb_s"] is None) == (row["stack"] in ("plain", "local"))
    task = LookupTask(2_000, 64, 10)
    layout = Layout.of(task)
    assert rows["he", 10]["bytes_setup"] == pytest.approx(layout.hint_bytes, rel=0.01)
    assert rows["he", 10]["bytes_up"] == pytest.approx(10 * layout.query_bytes, rel=0.01)
    assert rows["local", 10]["bytes_setup"] == pytest.approx(2_000 * 64, rel=0.01)
    assert rows["smpc", 10]["bytes_setup"] == 0
    assert found["met"]["every record right"] is True
    assert sum(one is None for one in found["met"].values()) == len(found["met"]) - 1


def test_a_wrong_record_is_counted_and_missed():
    class Wrong(PlainLookup):
        def client(self, seat):
            fetcher = PlainFetcher(seat)
            reveal = fetcher.reveal
            fetcher.reveal = lambda answers: reveal(answers) ^ np.uint8(1)
            return fetcher

    rows = list(lookup.measure(lookup.Size(50, 8), [("wrong", Wrong())], repeats=2, seed=1))
    # The turn that warms up counts too.
    assert [row.wrong for row in rows] == [3, 30]
    assert lookup.met(rows)["every record right"] is False


def test_the_bench_of_similarity_finds_what_the_clear_computation_finds(capsys):
    assert main(["bench", "similarity", "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = {row["stack"]: row for row in found["rows"]}
    assert {"plain", "local", "he"} <= rows.keys()
    assert all(row["passed"] == row["queries"] == 3 and row["matches"] > 3 for row in rows.values())
    assert set(found["met"].values()) == {True}
    assert found["theirs"]["source"] == "declared"
    assert main(["bench", "similarity", "--size", "smal"]) == 2
    assert "did you mean small" in capsys.readouterr().err
    assert main(["bench", "similarity", "--stack", "dp"]) == 2
    assert "no stack that scores and fetches named 'dp'" in capsys.readouterr().err


def test_the_database_of_similarity_has_at_most_32_matches_and_half_of_it_around_centres():
    database = similarity.Database(similarity.Instance(3_000, 64), seed=4)
    assert np.allclose(np.linalg.norm(database.vectors, axis=1), 1, atol=1e-6)
    found = [len(database.matches(database.query())) for _ in range(200)]
    assert 1 <= np.median(found) <= max(found) <= similarity.MOST
    assert database.payloads.min() >= 0
    assert database.payloads.max() < similarity.TOP
    near = (database.vectors @ database.centres.T).max(axis=1) > 0.9
    assert 0.45 < near.mean() < 0.55


@pytest.mark.parametrize("name", ["scoring", "fyp"])
def test_benches_of_backends_and_workloads_run_small(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", name, "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["bench"] == name
    assert found["source"] == "measured"
    if name == "scoring":
        assert all(one["bit_equal"] for one in found["quality"].values())
        assert found["quality"]["exact"]["top10_overlap"] == 1.0
        assert min(found["ratios"].values()) > 0
    else:
        assert {row["stack"] for row in found["rows"]} == {"plain", "local", "smpc", "he"}
        assert all(row["top10_identical"] for row in found["rows"])
