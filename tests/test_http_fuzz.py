"""The fuzzer of live servers, for a few hundred wires. `python tests/fuzz_servers.py` sends 10,000."""

import random

import pytest
from fuzz_mutations import BODIES
from fuzz_outcomes import Report, alike, refused
from fuzz_servers import Fuzzer, fuzz

from privacy.errors import IntegrityError, MechanismError, WireError
from privacy.transports.station import Reply


def test_mutated_wires_neither_end_nor_hold_nor_mislead_a_server():
    report = fuzz(300, seed=5, checks=2)
    assert report.faults == []
    assert report.wires == 300
    assert report.honest >= 18
    said = " ".join(report.outcomes)
    assert "IntegrityError" in said
    assert "WireError" in said


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
