"""What secret sharing shows the kit of one run: honest shares, keys and proofs pass, bugs that views hide do not."""

import hashlib

import numpy as np
import pytest

from backends.smpc.lookup import dpf
from backends.smpc.lookup.mechanism import PointFetcher, SmpcLookup
from backends.smpc.mechanism import SmpcAggregation
from backends.smpc.plugin import SmpcParams
from backends.smpc.prio3 import roles
from backends.smpc.prio3.field import FIELD128
from backends.smpc.prio3.roles import Leader, Voter
from backends.smpc.prio3.vdaf import Prio3
from backends.smpc.scoring.mechanism import SharingClient, SmpcScoring
from backends.smpc.two_servers import Splitter
from privacy.plugin import AggregationTask, Secret
from privacy.testing.aggregation import sum_case
from privacy.testing.bench import Bench
from privacy.testing.case import Case
from privacy.testing.cases import case_for, other_cases
from privacy.testing.checks.algebra import looked_inside

SUMS = sum_case(AggregationTask(4, 3, 100, 3))


def votes() -> Case:
    """Two questions of three answers each: two reports for each contributor."""
    task = AggregationTask(4, 6, 1, minimum=3, one_hot=3)
    rows = np.array([[1, 0, 0, 0, 1, 0], [1, 0, 0, 1, 0, 0], [0, 0, 1, 0, 0, 1], [0, 1, 0, 0, 1, 0]])
    case = sum_case(task)
    return case.__class__(**{**vars(case), "x0": rows, "x1": rows[::-1]})


def faults(mechanism, case) -> str:
    return "; ".join(looked_inside(Bench(mechanism, case, plays=2, seed=1))[0])


@pytest.mark.parametrize("scheme", ["two servers", "prio3"])
def test_honest_shares_pass_and_are_counted(scheme):
    mechanism = SmpcAggregation(SmpcParams(scheme=scheme))
    found, shown, _ = looked_inside(Bench(mechanism, SUMS, plays=2, seed=1))
    assert not found
    if scheme == "prio3":
        assert shown == ["8 masked vectors", "21 seeds", "17 bound values"]
    else:
        assert shown == ["4 masked vectors", "4 seeds"]


def test_several_reports_of_one_contributor_pass():
    found, shown, _ = looked_inside(Bench(SmpcAggregation(), votes(), plays=2, seed=1))
    assert not found
    assert shown == ["16 masked vectors", "41 seeds", "33 bound values"]


def _blinded_by(change):
    usual = Prio3.shard_encoded
    return lambda self, encoded, nonce, rand: usual(self, encoded, nonce, change(rand))


def _unbound_part(self, aggregator, blind, measured, nonce):
    return hashlib.sha256(blind + bytes([aggregator])).digest()


def _fixed_key(self, secret):
    USUAL_BEGIN(self, secret)
    self._key = bytes(32)


def _one_seed(self, ballot, encoded):
    """Everything of a report but its nonce from one seed of the session, which is drawn once."""
    if not hasattr(self, "kept"):
        self.kept = self.seat.random.bytes(ballot.prio3.randomness)
    nonce = self.seat.random.bytes(16)
    public, shares = ballot.prio3.shard_encoded(encoded, nonce, self.kept)
    return [nonce + public + share for share in shares]


USUAL_BEGIN = Leader.begin
PRIO3 = {
    "a proof that nothing blinds": (
        Prio3, "blinding", lambda self, seed: [0] * self.circuit.arity, "what blinds a proof",
    ),
    "a proof blinded by what the helper has": (
        Prio3, "shard_encoded", _blinded_by(lambda rand: rand[:96] + rand[:32]), "stands for something else too",
    ),
    "a proof blinded by a constant": (
        Prio3, "shard_encoded", _blinded_by(lambda rand: rand[:96] + bytes(32)), "was not drawn as a seed",
    ),
    "a helper's share that follows from the leader's blind": (
        Prio3, "shard_encoded", _blinded_by(lambda rand: hashlib.sha256(rand[64:96]).digest() + rand[32:]),
        "is not what contributor-1 drew",
    ),
    "a helper's share of nothing": (
        Prio3, "_measurement", lambda self, aggregator, key: [0] * self.circuit.measured, "has no mask of its own",
    ),
    "seeds that serve a whole session": (Voter, "_report", _one_seed, "is not what contributor-1 drew in this run"),
    "a query that does not know its report": (
        Prio3, "questions",
        lambda self, key, nonce: [int.from_bytes(key, "big") % FIELD128.modulus] * self.circuit.query,
        "is not bound to the report's nonce",
    ),
    "joint randomness that does not know its report": (
        Prio3, "joint_part", _unbound_part, "is not bound to the report's nonce",
    ),
    "a verification key that everybody knows": (Leader, "begin", _fixed_key, "is not what aggregator-1 drew"),
}  # fmt: skip


@pytest.mark.parametrize("bug", PRIO3)
def test_a_bug_in_reports_is_found(monkeypatch, bug):
    where, name, instead, words = PRIO3[bug]
    monkeypatch.setattr(where, name, instead)
    # Nobody who runs the protocol notices.
    assert words in faults(SmpcAggregation(SmpcParams(scheme="prio3")), SUMS)


def test_two_reports_with_one_seed_are_found(monkeypatch):
    def report(self, ballot, encoded):
        if not getattr(self, "kept", b"") or self.secret is None:
            self.kept = self.seat.random.bytes(ballot.prio3.randomness)
        nonce = self.seat.random.bytes(16)
        public, shares = ballot.prio3.shard_encoded(encoded, nonce, self.kept)
        return [nonce + public + share for share in shares]

    def begin(self, secret):
        self.kept = b""
        usual(self, secret)

    usual = Voter.begin
    monkeypatch.setattr(Voter, "_report", report)
    monkeypatch.setattr(Voter, "begin", begin)
    found = faults(SmpcAggregation(), votes())
    assert "have the same mask" in found
    assert "stands for something else too" in found


def test_a_verifier_of_another_report_is_found(monkeypatch):
    usual = roles.pack_verifiers

    def packed(task, key, verifiers):
        return usual(task, key, verifiers)[:32] + bytes(32)

    mechanism = SmpcAggregation(SmpcParams(scheme="prio3"))
    monkeypatch.setattr("backends.smpc.prio3.shown.pack_verifiers", packed)
    assert "what the first server asks of proofs" in faults(mechanism, SUMS)


def test_a_pad_of_two_servers_that_serves_a_session_is_found(monkeypatch):
    usual = Splitter.begin

    def begin(self, secret):
        before = getattr(self, "kept", b"")
        usual(self, secret)
        self.kept = self._seed = before or self._seed

    monkeypatch.setattr(Splitter, "begin", begin)
    mechanism = SmpcAggregation(SmpcParams(scheme="two servers"))
    assert "is not what contributor-1 drew in this run" in faults(mechanism, SUMS)


@pytest.mark.parametrize("name", ["usual", *other_cases("lookup")])
def test_honest_point_functions_pass(name):
    case = {"usual": case_for("lookup"), **other_cases("lookup")}[name]
    found, shown, _ = looked_inside(Bench(SmpcLookup(), case, plays=2, seed=1))
    assert not found
    assert f"{2 * case.task.count} seeds" in shown


def _roots(change):
    usual = PointFetcher.seeds
    return lambda self: change(usual(self).copy())


def _second_follows(roots):
    for pair in roots:
        pair[1] = np.frombuffer(hashlib.sha256(pair[0].tobytes()).digest()[:16], dtype=np.uint8)
    return roots


def _both_alike(roots):
    roots[:, 1] = roots[:, 0]
    return roots


def _one_for_all(roots):
    roots[:] = roots[:1]
    return roots


def _kept_roots(self):
    if not hasattr(self, "kept"):
        self.kept = USUAL_SEEDS(self)
    return self.kept


def _flat_leaves(seeds, which):
    blocks = USUAL_BLOCKS(seeds, which)
    return np.zeros_like(blocks) if which == 2 else blocks


USUAL_SEEDS, USUAL_BLOCKS = PointFetcher.seeds, dpf._blocks
POINTS = {
    "a root that follows from the other": (PointFetcher, "seeds", _roots(_second_follows), "is not what client drew"),
    "one root for both servers": (PointFetcher, "seeds", _roots(_both_alike), "is not bound to the server"),
    "one root for all records": (PointFetcher, "seeds", _roots(_one_for_all), "stands for something else too"),
    "roots that serve a session": (PointFetcher, "seeds", _kept_roots, "is not what client drew in this run"),
    "leaves that are bare": (dpf, "_blocks", _flat_leaves, "what the keys of one server select"),
}


@pytest.mark.parametrize("bug", POINTS)
def test_a_bug_in_point_functions_is_found(monkeypatch, bug):
    where, name, instead, words = POINTS[bug]
    monkeypatch.setattr(where, name, instead)
    assert words in faults(SmpcLookup(), case_for("lookup"))


def test_keys_that_stand_for_another_record_are_found(monkeypatch):
    usual = dpf._pair
    monkeypatch.setattr(dpf, "_pair", lambda index, roots, depth: usual(index ^ 1, roots, depth))
    monkeypatch.setattr(PointFetcher, "reveal", lambda self, answers: np.zeros((10, 64), dtype=np.uint8))
    assert "is not its vector under the masks" in faults(SmpcLookup(), case_for("lookup"))


def test_a_share_of_a_taste_that_follows_from_the_taste_is_found(monkeypatch):
    assert not faults(SmpcScoring(), case_for("scoring"))
    usual = SharingClient.query

    def query(self, private: Secret):
        seed = hashlib.sha256(private.open(self.seat).tobytes()).digest()
        seat, real = self.seat, self.seat.random
        seat.random = type("Follows", (), {"bytes": lambda _, n: hashlib.shake_256(seed).digest(n)})()
        yield from list(usual(self, private))
        seat.random = real

    monkeypatch.setattr(SharingClient, "query", query)
    assert "is not what client drew in this run" in faults(SmpcScoring(), case_for("scoring"))
