"""Two servers: exact sums, only of those who reached both, and neither server sees more than noise."""

from dataclasses import replace

import numpy as np
import pytest

from backends.smpc.field import LARGEST, PRIME
from backends.smpc.formats import pack_members
from backends.smpc.two_servers import SERVERS
from privacy.errors import ParamError, ProtocolAborted, WireError
from privacy.plugin import AGGREGATOR, COLLECTOR, AggregationTask, Sum, contributor, pack
from privacy.transports.spawned import Spawned
from tests.support.smpc_runs import body, drive, inputs, run, session, silent, whole

TASK = AggregationTask(contributors=7, length=12, bound=1000, minimum=4)
CULPRIT = contributor(4)
OTHERS = (1, 2, 3, 5, 6, 7)
TWO = {"scheme": "two servers"}


def test_everyone_is_in_the_sum():
    out, outcome = run(TASK, **TWO)
    assert out.included == tuple(range(1, 8))
    assert out.refused == {}
    assert outcome.dropped == {}


@pytest.mark.parametrize("round_", range(1, 8))
def test_three_of_seven_drop_out_in_any_round(round_):
    out, _ = run(TASK, drops=silent(3, round_), **TWO)
    assert out.included == (tuple(range(1, 8)) if round_ > 4 else (4, 5, 6, 7))


@pytest.mark.parametrize(("round_", "did"), [(1, "sent a seed"), (4, "reached both servers")])
def test_four_of_seven_end_the_run(round_, did):
    with pytest.raises(ProtocolAborted, match=f"3 of 7 contributors {did} and 4 are needed"):
        run(TASK, drops=silent(4, round_), **TWO)


@pytest.mark.parametrize("kind", ["seed", "share"])
def test_who_reaches_one_server_alone_is_left_out(kind):
    out, _ = run(TASK, bends={CULPRIT: lambda r, w: [] if w.kind == kind else [w]}, **TWO)
    assert out.included == OTHERS
    assert ("contributor-4" in out.refused) == (kind == "seed")


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("seed", lambda b: b[:-1], "31 bytes"),
        ("seed", lambda b: b * 1000, "32000 bytes"),
        ("share", lambda b: b[:-1], "length does not match"),
        ("share", lambda b: b[:3], "truncated"),
        ("share", lambda b: pack(np.zeros(13, dtype=np.uint32)), "shape"),
        ("share", lambda b: pack(np.full(12, PRIME, dtype=np.uint32)), "past the prime"),
    ],
)
def test_what_is_amiss_is_refused_by_name(kind, change, reason):
    out, _ = run(TASK, bends={CULPRIT: body(kind, change)}, **TWO)
    assert out.included == OTHERS
    assert reason in out.refused["contributor-4"] or "did not reach" in out.refused["contributor-4"]


@pytest.mark.parametrize("round_", [1, 4])
def test_what_comes_late_is_left_out(round_):
    out, _ = run(TASK, delays={(CULPRIT, round_): 1}, **TWO)
    assert out.included == OTHERS


def test_a_second_share_and_an_early_one_are_refused():
    def early(round_, wire):
        return [wire, replace(wire, to=SERVERS[0], kind="share", body=bytes(4))] if round_ == 1 else [wire]

    bends = {CULPRIT: lambda r, w: [w, w] if r == 4 else [w], contributor(5): early}
    out, _ = run(TASK, bends=bends, **TWO)
    assert out.included == (1, 2, 3, 4, 6, 7)
    assert "second share" in out.refused["contributor-4"]
    assert "did not come in its round" in out.refused["contributor-5"]


def test_the_second_server_refuses_a_cohort_of_one():
    bend = body("included", lambda b: pack_members([3], n=7))
    with pytest.raises(ProtocolAborted, match="1 of 7 contributors reached both servers and 4 are needed"):
        run(TASK, bends={SERVERS[0]: bend}, **TWO)


def test_the_second_server_refuses_those_whose_seeds_it_has_not():
    bend = body("included", lambda b: pack_members(range(1, 8), n=7))
    with pytest.raises(ProtocolAborted, match="named others than sent a seed"):
        run(TASK, bends={SERVERS[0]: bend}, drops=silent(1, 1), **TWO)


def test_the_collector_refuses_sums_over_different_contributors():
    bend = body("included", lambda b: pack_members(OTHERS, n=7))
    with pytest.raises(WireError, match="different contributors"):
        run(TASK, bends={SERVERS[0]: bend}, **TWO)


def test_no_answer_from_the_other_server_ends_the_run():
    with pytest.raises(ProtocolAborted, match="did not say whose seeds arrived"):
        run(TASK, bends={SERVERS[1]: lambda r, w: [] if w.kind == "arrived" else [w]}, **TWO)


def test_the_extremes_of_the_field():
    task = AggregationTask(contributors=3, length=2, bound=LARGEST // 3)
    ends = {p: np.array([task.bound, -task.bound]) for p in task.roster}
    assert list(Sum.of(drive(session(task, **TWO), ends).output).total) == [3 * task.bound, -3 * task.bound]


def test_shares_differ_in_every_run_and_cost_a_seed_beside_the_vector():
    made, bodies = session(TASK, **TWO), []
    for _ in range(2):
        channel = whole()
        drive(made, inputs(TASK), channel=channel)
        bodies += [m.sample for m in channel.transcript.view(SERVERS).of_kind("seed", "share")]
    assert len(bodies) == len(set(bodies)) == 28
    assert sum(map(len, bodies[:14])) <= 7 * (4 * TASK.length + 32 + 32)


def test_both_servers_in_processes_of_their_own():
    with Spawned() as processes:
        placed = {AGGREGATOR.role: processes, COLLECTOR.role: processes}
        out, _ = run(TASK, drops=silent(1, 4), transports=placed, **TWO)
    assert out.included == tuple(range(2, 8))


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (AggregationTask(contributors=2, length=1, bound=2**30), "sums modulo"),
        (AggregationTask(contributors=1, length=1, bound=1, minimum=1), "at least two"),
    ],
)
def test_tasks_that_two_servers_cannot_serve(task, message):
    with pytest.raises(ParamError, match=message):
        session(task, **TWO)
