"""The fuzzer of live servers, for a hundred wires; for 10,000 in a soak, as `python -m tests.soak.fuzz` sends."""

import random

import pytest

from privacy.errors import IntegrityError, MechanismError, WireError
from privacy.transports.station import Reply
from tests.soak.fuzz import Fuzzer, fuzz
from tests.support.fuzz_mutations import BODIES
from tests.support.fuzz_outcomes import Report, alike, refused
from tests.support.soaking import sized


@pytest.mark.sized("fuzz")
@pytest.mark.parametrize("seed", sized([5], [5, 6, 7, 8, 9]))
def test_mutated_wires_neither_end_nor_hold_nor_mislead_a_server(seed):
    count = sized(16, 2000)
    report = fuzz(count, seed=seed, checks=sized(1, 2))
    assert report.faults == []
    assert report.wires == count
    assert report.honest >= sized(9, 18)
    wording = " ".join(report.outcomes)
    assert "IntegrityError" in wording
    assert "WireError" in wording


@pytest.mark.parametrize("name", sorted(BODIES))
def test_every_mutation_changes_what_it_is_given(name):
    rng = random.Random(3)
    data = bytes(range(1, 100))
    assert sum(BODIES[name](data, rng) != data for _ in range(20)) >= 15


def test_what_the_fuzzer_calls_a_fault_is_noticed():
    judge = Fuzzer.__new__(Fuzzer)
    judge.report, judge.seated = Report(), {}
    target = type("Target", (), {"name": "toy", "exact": True, "right": staticmethod(bool)})()
    accepted = Reply((b"x",))
    assert judge._judge(target, "flipped", accepted, accepted, breaks=True) == "accepted"
    assert judge._judge(target, "body", MechanismError("x"), WireError("x"), breaks=False) == "an untyped error"
    assert judge._judge(target, "body", accepted, Reply((b"y",)), breaks=False) == "another answer"
    assert len(judge.report.faults) == 3
    assert judge._judge(target, "body", WireError("x"), WireError("x"), breaks=False) == "refused: WireError"
    assert judge._judge(target, "cut", IntegrityError("x"), IntegrityError("x"), breaks=True) is not None
    assert len(judge.report.faults) == 3
    assert refused([True, False])
    assert not refused([True])
    assert not alike(accepted, Reply((b"x",), done=True))
