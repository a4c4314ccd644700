"""What sums under HE refuse: bad vectors, malformed and late contributions, keys and sums that are none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.he.aggregation.keys import SumKeys
from backends.he.aggregation.wires import body_size, key_size
from privacy.boundary.secret import Secret
from privacy.errors import BoundaryError, IntegrityError, ProtocolAborted, WireError
from privacy.plugin import AGGREGATOR, COLLECTOR, AggregationTask, Sum, Wire, contributor, pack_roll
from privacy.primitives.aggregation import reference
from tests.support.he_sums import SCHEMES, TASK, Sums, vectors


@pytest.mark.parametrize("bad", [np.full(40, np.nan), np.full(40, 1001), np.zeros(39, int), np.zeros(40)])
def test_what_a_vector_may_not_hold_is_refused_on_the_device(bad) -> None:
    values, sums = vectors(TASK), Sums()
    with pytest.raises(BoundaryError):
        contribution(sums, 3, bad)
    outcome = sums.run({**values, contributor(3): bad})
    assert Sum.of(outcome.output).included == (1, 2, 4, 5)
    assert sums.error(outcome, values) == 0


def contribution(sums: Sums, index: int, value) -> bytes:
    role = sums.role(contributor(index))
    role.begin(Secret(value, owner=contributor(index)))
    return role.step(1, ()).wires[0].body


MALFORMED = {
    "truncated": lambda body: body[:-1],
    "empty": lambda body: b"",
    "oversized": lambda body: body + b"\0",
    "magic": lambda body: b"VBSS" + body[4:],
    "header": lambda body: body[:6] + bytes([body[6] ^ 1]) + body[7:],
    "first residue": lambda body: body[:28] + b"\xff" * 100 + body[128:],
    "last residue": lambda body: body[:-8] + b"\xff" * 8,
}


@pytest.mark.parametrize("length", [40, 300_000])
@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_contribution_is_refused_by_name_and_leaves_no_trace(change, length: int) -> None:
    task = AggregationTask(contributors=3, length=length, bound=1 << 38, minimum=2)
    values, sums = vectors(task), Sums(task, "ckks")
    bodies = {i: contribution(sums, i, values[contributor(i)]) for i in (1, 2, 3)}
    role = sums.role(AGGREGATOR)
    role.begin(None)
    for index in (1, 2, 3):
        body = change(bodies[2]) if index == 2 else bodies[index]
        role.take(Wire(AGGREGATOR, "contribution", "ciphertext", body, contributor(index)))
    (wire,) = role.step(2, ()).wires
    collector = sums.role(COLLECTOR)
    result = collector.step(3, [Wire(COLLECTOR, "sum", "ciphertext", wire.body, AGGREGATOR)]).output
    assert result.included == (1, 3)
    assert list(result.refused) == ["contributor-2"]
    exact = values[contributor(1)] + values[contributor(3)]
    assert np.abs(result.total - exact).max() <= sums.mechanism.tolerance(task)


def test_strangers_twins_and_latecomers() -> None:
    values, sums = vectors(TASK), Sums()
    role = sums.role(AGGREGATOR)
    role.begin(None)
    for sender in (COLLECTOR, contributor(6), None):
        with pytest.raises(WireError, match="not on the roster"):
            role.take(Wire(AGGREGATOR, "contribution", "ciphertext", b"", sender))
    bodies = {i: contribution(sums, i, values[contributor(i)]) for i in (1, 2, 3, 4)}
    for index in (1, 1, 2, 3):
        role.take(Wire(AGGREGATOR, "contribution", "ciphertext", bodies[index], contributor(index)))
    late = Wire(AGGREGATOR, "contribution", "ciphertext", bodies[4], contributor(4))
    (wire,) = role.step(2, [late]).wires
    result = sums.role(COLLECTOR).step(3, [Wire(COLLECTOR, "sum", "ciphertext", wire.body, AGGREGATOR)]).output
    assert result.included == (1, 2, 3)
    assert result.refused["contributor-1"].startswith("it contributed twice")
    assert result.refused["contributor-4"] == "it came late"
    assert np.array_equal(result.total, reference(TASK, {contributor(i): values[contributor(i)] for i in (1, 2, 3)}))


@settings(max_examples=60)
@given(st.data(), st.sampled_from(["cut", "grow", "roll", "header", "residue", "flip"]))
def test_the_collector_refuses_what_is_no_sum(data: st.DataObject, change: str) -> None:
    sums = shared()
    good = sums.messages("sum")[0].sample
    start = len(good) - body_size(sums.plan)
    if change == "cut":
        bad = good[: data.draw(st.integers(0, len(good) - 1))]
    elif change == "grow":
        bad = good + data.draw(st.binary(min_size=1, max_size=99))
    elif change == "roll":
        bad = pack_roll((1, 2, data.draw(st.integers(6, 9))), {}, body=good[start:])
    elif change == "header":
        place = start + data.draw(st.integers(0, 27))
        bad = good[:place] + bytes([good[place] ^ data.draw(st.integers(1, 255))]) + good[place + 1 :]
    elif change == "residue":
        bad = good[:-64] + b"\xff" * 64
    else:  # every second half of the ciphertext: the zero that every block ends in comes out wrong
        half = start + 28 + (len(good) - start - 28) // 2
        bad = good[:half] + bytes(len(good) - half)
    with pytest.raises(WireError):
        sums.role(COLLECTOR).step(3, [Wire(COLLECTOR, "sum", "ciphertext", bad, AGGREGATOR)])


_SHARED: list[Sums] = []


def shared() -> Sums:
    if not _SHARED:
        _SHARED.append(Sums())
        _SHARED[0].run()
    return _SHARED[0]


def test_a_sum_of_too_few_is_refused_by_the_collector_too() -> None:
    sums = shared()
    wire = Wire(COLLECTOR, "sum", "ciphertext", pack_roll((1, 2), {}, body=b""), AGGREGATOR)
    assert "2 contributions and 3 are needed" in sums.role(COLLECTOR).step(3, [wire]).reason
    with pytest.raises(BoundaryError, match="other than the aggregator"):
        sums.role(COLLECTOR).step(3, [Wire(COLLECTOR, "sum", "ciphertext", wire.body, contributor(1))])


def test_a_malformed_public_key_is_refused() -> None:
    sums = shared()
    key, role = sums.messages("public-key")[0].sample, Sums().role(contributor(1))
    assert len(key) == key_size(sums.plan)
    for bad in (key[:-1], key + b"\0", b"VBSC" + key[4:], key[:28] + b"\xff" * (len(key) - 28)):
        with pytest.raises(WireError, match="public key is refused"):
            role.keep([Wire(contributor(1), "public-key", "public", bad, COLLECTOR)])
    for material in ([], [Wire(contributor(1), "public-key", "public", key, AGGREGATOR)]):
        with pytest.raises(WireError, match="One public key"):
            role.keep(material)


@SCHEMES
def test_a_sum_under_another_key_is_noticed_and_keys_are_dropped(scheme: str) -> None:
    task = AggregationTask(contributors=3, length=5000, bound=1000)
    sums, values = Sums(task, scheme), vectors(task)
    sums.role(COLLECTOR)._keys = SumKeys(sums.plan.preset)
    with pytest.raises(IntegrityError, match="does not decrypt under this session's key"):
        sums.run(values)
    assert sums.role(COLLECTOR).seat.keys.material() == {}
    with pytest.raises((IntegrityError, ProtocolAborted), match=r"key was discarded|contributions came"):
        sums.run(values)
