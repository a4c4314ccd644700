"""Prio3 against the draft's own vectors; sums of votes; and ballots that are none."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from backends.smpc.prio3.circuits import Circuit, Count, Histogram, MultihotCountVec, Sum, SumVec, bits_of, weights_of
from backends.smpc.prio3.field import FIELD64, FIELD128, MalformedError
from backends.smpc.prio3.roles import HELPER, LEADER
from backends.smpc.prio3.vdaf import Prio3
from privacy.dishonest import unchecked
from privacy.errors import ParamError, ProtocolAborted
from privacy.plugin import COLLECTOR, AggregationTask, contributor
from privacy.plugin import Sum as Total
from tests.support.smpc_runs import body, drive, run, session, silent, whole

VECTORS = sorted((Path(__file__).parents[4] / "shared/facts/vdaf").glob("*.json"))
TASK = AggregationTask(contributors=7, length=6, bound=9, minimum=4)
VOTES = AggregationTask(contributors=7, length=12, bound=1, minimum=4, one_hot=4, weights=(1, 1, 3, 1, 1, 1, 1))
CULPRIT = contributor(4)
OTHERS = (1, 2, 3, 5, 6, 7)
KEY = bytes(range(32))


def circuit_of(name: str, vector: dict[str, Any]) -> Circuit:
    sizes = {"length": vector.get("length"), "chunk": vector.get("chunk_length")}
    return {
        "Prio3Count": lambda: Count(),
        "Prio3Sum": lambda: Sum(vector["max_measurement"]),
        "Prio3SumVec": lambda: SumVec(most=vector["max_measurement"], **sizes),
        "Prio3Histogram": lambda: Histogram(**sizes),
        "Prio3MultihotCountVec": lambda: MultihotCountVec(most=vector["max_weight"], **sizes),
    }[name.split("_")[0]]()


class Played:
    """A test vector of the draft, played step by step."""

    def __init__(self, vector: dict[str, Any], prio3: Prio3) -> None:
        self.vector, self.prio3 = vector, prio3
        self.states: dict[tuple[int, int], Any] = {}
        self.outputs: dict[int, list[list[int]]] = {}

    def step(self, operation: str, report: dict[str, Any], number: int, aggregator: int) -> None:
        vector, prio3, field = self.vector, self.prio3, self.prio3.circuit.field
        nonce, public = (bytes.fromhex(report.get(k, "")) for k in ("nonce", "public_share"))
        if operation == "shard":
            made, shares = prio3.shard(report["measurement"], nonce, bytes.fromhex(report["rand"]))
            assert (made.hex(), [s.hex() for s in shares]) == (report["public_share"], report["input_shares"])
        elif operation == "verify_init":
            share = bytes.fromhex(report["input_shares"][aggregator])
            key = bytes.fromhex(vector["verify_key"])
            state, verifier = prio3.verify_init(key, aggregator, nonce, public, share)
            self.states[number, aggregator] = state
            assert verifier.hex() == report["verifier_shares"][0][aggregator]
        elif operation == "verifier_shares_to_message":
            message = prio3.verifier_shares_to_message([bytes.fromhex(s) for s in report["verifier_shares"][0]])
            assert message.hex() == report["verifier_messages"][0]
        elif operation == "verify_next":
            message = bytes.fromhex(report["verifier_messages"][0])
            share = prio3.verify_next(self.states[number, aggregator], message)
            assert field.encode(share).hex() == report["out_shares"][aggregator]
            self.outputs.setdefault(aggregator, []).append(share)
        elif operation == "aggregate":
            total = prio3.unshard(self.outputs[aggregator])
            self.outputs[aggregator] = [total]
            assert field.encode(total).hex() == vector["agg_shares"][aggregator]
        else:
            assert operation == "unshard"
            total = prio3.unshard([self.outputs[a][0] for a in sorted(self.outputs)])
            assert total == (vector["agg_result"] if isinstance(vector["agg_result"], list) else [vector["agg_result"]])


@pytest.mark.skipif(not VECTORS, reason="the draft's test vectors are not there")
@pytest.mark.parametrize("path", VECTORS, ids=[p.stem for p in VECTORS])
def test_the_drafts_vectors_are_met_and_malformed_ones_refused_at_their_step(path):
    vector = json.loads(path.read_text())
    prio3 = Prio3(circuit_of(path.stem, vector), shares=vector["shares"], ctx=bytes.fromhex(vector["ctx"]))
    played = Played(vector, prio3)
    for one in vector["operations"]:
        number = one.get("report_index", 0)
        given_ = (one["operation"], vector["reports"][number], number, one.get("aggregator_id", 0))
        if one["success"]:
            played.step(*given_)
        else:
            with pytest.raises(MalformedError):
                played.step(*given_)


def verdict(prio3: Prio3, encoded: list[int]) -> bool:
    """Whether two servers accept an encoding, which an honest client would never make."""
    nonce = os.urandom(16)
    public, (first, second) = prio3.shard_encoded(encoded, nonce, os.urandom(prio3.randomness))
    leader, left = prio3.verify_init(KEY, 0, nonce, public, first)
    helper, right = prio3.verify_init(KEY, 1, nonce, public, second)
    try:
        message = prio3.verifier_shares_to_message([left, right])
    except MalformedError:
        return False
    summed = prio3.unshard([prio3.verify_next(leader, message), prio3.verify_next(helper, message)])
    assert summed == prio3.circuit.truncate(encoded)
    return True


def test_a_stuffed_ballot_is_caught_a_thousand_times_of_a_thousand_and_an_honest_one_never():
    prio3, rng = Prio3(Histogram(length=10, chunk=3)), np.random.default_rng(5)
    modulus, caught = FIELD128.modulus, 0
    for number in range(1000):
        ballot = [int(i == rng.integers(10)) for i in range(10)]
        ballot[number % 10] = int(rng.choice([2, 50, modulus - 1, modulus // 2, 2**63]))
        if number % 4 == 3:  # valid in sum alone: 50 here and what makes it one there
            ballot = [0] * 10
            ballot[number % 10], ballot[(number + 1) % 10] = 50, modulus - 49
        caught += not verdict(prio3, ballot)
    assert caught == 1000
    assert all(verdict(prio3, prio3.circuit.encode(n % 10)) for n in range(200))


@pytest.mark.parametrize("ballot", [[1, 2**63, 2**63, 0], [0, 0, 0, 0], [1, 1, 0, 0], [1, 0, 0, 1]])
def test_what_is_no_single_vote_is_caught(ballot):
    assert not verdict(Prio3(Histogram(length=4, chunk=2)), ballot)


@given(st.integers(1, 5000), st.data())
@settings(max_examples=60, deadline=None)
def test_weighted_bits_hold_every_number_in_range_and_no_other(most, data):
    weights = weights_of(most)
    value = data.draw(st.integers(0, most))
    assert sum(weights) == most
    assert sum(w * b for w, b in zip(weights, bits_of(value, weights), strict=True)) == value
    with pytest.raises(ValueError, match="not between"):
        bits_of(most + 1, weights)


@given(st.lists(st.integers(0, FIELD64.modulus - 1), min_size=4, max_size=4), st.integers(0, 2**64))
@settings(max_examples=40, deadline=None)
def test_a_polynomial_by_its_values_is_the_same_polynomial(values, point):
    assume(pow(point + 3, 8, FIELD64.modulus) != 1)  # at a root of unity the value is one of those that are given
    doubled = FIELD64.doubled(values)
    assert doubled[::2] == values
    narrow, wide = (FIELD64.at(point + 3, n=n) for n in (4, 8))
    at = [
        sum(w * v for w, v in zip(*pair, strict=True)) % FIELD64.modulus for pair in ((narrow, values), (wide, doubled))
    ]
    assert at[0] == at[1]


def test_vectors_add_up_exactly():
    out, outcome = run(TASK, scheme="prio3")
    assert out.included == tuple(range(1, 8))
    assert outcome.dropped == {}


def ballots(task: AggregationTask) -> dict[Any, np.ndarray]:
    """One vote on each question, but for the second contributor, who answers the first alone."""
    rng, found = np.random.default_rng(3), {}
    for party in task.roster:
        vector = np.zeros((task.length // task.one_hot, task.one_hot), dtype=np.int64)
        vector[np.arange(len(vector)), rng.integers(0, task.one_hot, len(vector))] = 1
        if party.index == 2:
            vector[1:] = 0
        found[party] = vector.reshape(-1)
    return found


@pytest.mark.parametrize("scheme", ["automatic", "prio3", "two servers", "masks"])
def test_votes_with_public_weights_add_up_exactly_under_each_scheme(scheme):
    task = VOTES if scheme != "masks" else replace(VOTES, minimum=5)
    votes, channel = ballots(task), whole()
    out = Total.of(drive(session(task, scheme=scheme), votes, channel=channel).output)
    assert np.array_equal(out.total, sum(v * task.weight(p) for p, v in votes.items()))
    servers = {m.receiver for m in channel.transcript.messages if m.kind == "report"}
    assert servers == ({LEADER, HELPER} if scheme in ("automatic", "prio3") else set())


@pytest.mark.parametrize("stuffed", [50, -1, 2])
def test_a_contributor_that_stuffs_a_ballot_is_refused_by_name_and_the_rest_counts(stuffed):
    made = session(VOTES, scheme="prio3")
    made = type(made)(unchecked(made.mechanism, [CULPRIT]), VOTES, {})
    votes = ballots(VOTES)
    votes[CULPRIT][0] = stuffed
    out = Total.of(drive(made, votes).output)
    assert out.included == OTHERS
    assert list(out.refused) == [CULPRIT.name]
    assert np.array_equal(out.total, sum(votes[contributor(i)] * VOTES.weight(contributor(i)) for i in OTHERS))


def test_a_number_past_the_bound_is_refused_by_name():
    made = session(TASK, scheme="prio3")
    made = type(made)(unchecked(made.mechanism, [CULPRIT]), TASK, {})
    values = {p: np.full(6, 2) for p in TASK.roster} | {CULPRIT: np.full(6, 1000)}
    out = Total.of(drive(made, values).output)
    assert (out.included, out.total.tolist()) == (OTHERS, [12] * 6)


@pytest.mark.parametrize(
    ("to", "change"),
    [
        (LEADER, lambda b: b[:-1]),
        (LEADER, lambda b: b + b"x"),
        (LEADER, lambda b: b[:60] + bytes((b[60] ^ 1,)) + b[61:]),
        (HELPER, lambda b: b[:-1]),
        (HELPER, lambda b: b[:-1] + bytes((b[-1] ^ 1,))),
        (HELPER, lambda b: b""),
        (LEADER, lambda b: b"\xff" * len(b)),
    ],
)
def test_a_report_that_is_none_is_refused_by_name(to, change):
    bend = {CULPRIT: lambda r, w: body("report", change)(r, w) if w.to == to else [w]}
    out, _ = run(TASK, scheme="prio3", bends=bend)
    assert out.included == OTHERS
    assert list(out.refused) == [CULPRIT.name]


@pytest.mark.parametrize("to", [LEADER, HELPER])
def test_who_reaches_one_server_alone_is_left_out(to):
    out, _ = run(TASK, scheme="prio3", bends={CULPRIT: lambda r, w: [] if w.to == to else [w]})
    assert out.included == OTHERS


@pytest.mark.parametrize("to", [LEADER, HELPER])
def test_a_report_that_comes_twice_is_refused(to):
    out, _ = run(TASK, scheme="prio3", bends={CULPRIT: lambda r, w: [w, w] if w.to == to else [w]})
    assert out.included == OTHERS


def test_too_few_end_the_run():
    with pytest.raises(ProtocolAborted, match="3 of 7 contributors sent a report and 4 are needed"):
        run(TASK, scheme="prio3", drops=silent(4, 1))


def test_what_is_too_long_to_prove_is_refused():
    task = AggregationTask(contributors=3, length=2000, bound=10**6)
    with pytest.raises(ParamError, match="42000 bits"):
        session(task, scheme="prio3")


def test_the_collector_gets_two_shares_and_no_report():
    channel = whole()
    drive(session(VOTES, scheme="prio3"), ballots(VOTES), channel=channel)
    kinds = [m.kind for m in channel.transcript.messages if m.receiver == COLLECTOR]
    assert kinds == ["sum-share", "sum-share"]
