"""Runs of labeling under every stack: exact tallies, what is refused, stuffing, decoding, and votes of a file."""

import numpy as np
import pandas as pd
import pytest

from privacy import lab
from privacy.errors import DataError, ParamError
from privacy.registry import discover
from privacy.request import RunRequest
from workloads.labeling.attacks.decoding import decoded_share, unanimous_share, ways
from workloads.labeling.consensus.names import SINGLE

SMALL = {"labelers": 8, "items": 12, "redundancy": 5, "classes": 4, "minimum": 3}


def run(stack="plain", *, params=None, data=None, truth=None, seed=1, **options):
    request = RunRequest(
        workload="labeling", stack=stack, params=params or {}, options={**SMALL, **options}, seed=seed,
        data=None if data is None else str(data), mapping=None if truth is None else str(truth),
    )  # fmt: skip
    record = lab.run(request, registry=discover())
    assert record.failure is None
    return record


def value(record, key):
    (one,) = [m for m in record.metrics if m.key == key]
    return one.value


@pytest.mark.parametrize(
    ("stack", "params", "caught"),
    [("plain", {}, 1.0), ("smpc", {}, 1.0), ("smpc", {"scheme": "masks"}, 0.0), ("he", {}, 0.0)],
    ids=["plain", "prio3", "masks", "he"],
)
def test_tallies_are_exact_and_stuffing_is_caught_where_votes_are_proved_or_read(stack, params, caught):
    record = run(stack, params=params)
    assert value(record, "tally_error") == 0
    assert value(record, "stuffed_caught") == caught
    answer = record.settings["answer"]
    assert sum(answer.values()) == SMALL["items"]
    assert answer == run("plain", consensus="majority").settings["answer"] or stack == "plain"


def test_whoever_counts_reads_votes_in_the_clear_and_tells_none_by_shares():
    assert value(run("plain"), "attack_vote") == 1.0
    assert abs(value(run("smpc"), "attack_vote")) < 0.5


@pytest.mark.parametrize("method", SINGLE)
@pytest.mark.parametrize(("stack", "params"), [("smpc", {}), ("he", {}), ("dp", {"sum_noise": "laplace"})])
def test_a_consensus_of_single_votes_is_refused_where_tallies_alone_are_seen(stack, params, method):
    request = RunRequest(workload="labeling", stack=stack, params=params, options={**SMALL, "consensus": method})
    with pytest.raises(ParamError, match="needs single votes"):
        lab.opened(request, discover())


@pytest.mark.parametrize("method", SINGLE)
def test_each_consensus_runs_where_votes_are_read(method):
    assert value(run("plain", consensus=method, items=40), "label_accuracy") > 0.7


def test_noise_is_on_votes_or_on_the_tally_as_it_is_named():
    assert value(run("dp", params={"epsilon": 64.0}), "tally_error") == 0
    assert value(run("dp", params={"epsilon": 0.05}), "tally_error") > 0
    noised = run("dp", params={"sum_noise": "laplace", "epsilon": 0.5})
    assert value(noised, "tally_error") > 0
    assert {t.observer: t.strength.name for t in noised.guarantee.towards}["aggregator"] == "NONE"
    assert {t.observer: t.strength.name for t in run("dp").guarantee.towards}["aggregator"] == "DIFFERENTIAL"


def test_weights_are_two_whole_numbers_and_need_five_votes():
    record = run("smpc", weighted=True, redundancy=5, gold=0.4, items=20)
    assert value(record, "tally_error") == 0
    assert value(record, "attack_decode") <= value(record, "attack_unanimous") + 0.05
    request = RunRequest(workload="labeling", options={**SMALL, "weighted": True, "redundancy": 4})
    with pytest.raises(ParamError, match="at least 5 votes"):
        lab.opened(request, discover())


@pytest.mark.parametrize("voters", [5, 7, 9])
def test_two_levels_stay_near_the_unanimity_floor_and_real_weights_give_nearly_every_vote_away(voters):
    rng = np.random.default_rng(3)
    right = rng.integers(0, 5, (300, 1))
    votes = np.where(rng.random((300, voters)) < 0.8, right, rng.integers(0, 5, (300, voters)))
    floor = unanimous_share(votes)
    assert floor <= decoded_share(votes, rng.choice([1.0, 2.0], votes.shape), classes=5) <= floor + 0.05
    assert decoded_share(votes, rng.uniform(0.5, 3.5, votes.shape), classes=5) > 0.95


@pytest.mark.parametrize(
    ("weights", "tally", "count"),
    [
        ([1, 1, 1], [3], 1),
        ([1, 1, 1], [2, 1], 2),
        ([1, 2], [1, 2], 1),
        ([1, 1, 2], [2, 2], 2),
        ([1.5, 2.25, 0.75], [2.25, 2.25], 2),
        ([1], [2], 0),
    ],
)
def test_ways_to_a_tally_are_counted(weights, tally, count):
    assert ways(weights, tally) == count


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3, 40)
    rows = [
        (f"t{t}", f"w{w}", "abc"[truth[t] if rng.random() < 0.8 else rng.integers(0, 3)])
        for t in range(40)
        for w in rng.choice(9, 5, replace=False)
    ]
    votes, known = tmp_path / "votes.csv", tmp_path / "truth.csv"
    pd.DataFrame(rows, columns=["task", "worker", "label"]).to_csv(votes, index=False)
    pd.DataFrame([(f"t{t}", "abc"[k]) for t, k in enumerate(truth)], columns=["task", "label"]).to_csv(
        known, index=False
    )
    return votes, known


def test_votes_of_a_file_are_counted_as_pandas_counts_them(files):
    votes, truth = files
    record = run("smpc", data=votes, truth=truth, items=0, gold=0.0)
    table = pd.read_csv(votes).groupby(["task", "label"]).size().unstack(fill_value=0)
    common = table.sum().sort_values(ascending=False, kind="stable").index
    expected = table[common].idxmax(axis=1).value_counts()
    assert record.settings["answer"] == {k: float(expected.get(k, 0)) for k in record.settings["answer"]}
    right = table[common].idxmax(axis=1).sort_index() == pd.read_csv(truth).set_index("task")["label"].sort_index()
    assert value(record, "label_accuracy") == pytest.approx(right.mean())


def test_gold_and_audits_are_left_out_of_the_accuracy(files):
    votes, truth = files
    record = run("plain", data=votes, truth=truth, items=0, gold=0.3)
    (metric,) = [m for m in record.metrics if m.key == "label_accuracy"]
    assert metric.n < 40
    assert value(run("plain", data=votes, items=0), "label_accuracy") is None


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda t: t.replace("task,worker,label", "task,worker,answer_given"), "no column label"),
        (lambda t: t + t.splitlines()[1] + "\n", "repeats row 2"),
        (lambda t: "", "empty"),
    ],
)
def test_a_file_that_is_none_of_votes_is_refused(files, change, match):
    votes, truth = files
    votes.write_text(change(votes.read_text()))
    with pytest.raises(DataError, match=match):
        lab.opened(RunRequest(workload="labeling", data=str(votes), mapping=str(truth)), discover())


def test_truth_of_an_unknown_task_is_refused(files):
    votes, truth = files
    truth.write_text(truth.read_text() + "t99,a\n")
    with pytest.raises(DataError, match="without a vote"):
        lab.opened(RunRequest(workload="labeling", data=str(votes), mapping=str(truth)), discover())
