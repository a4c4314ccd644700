"""Parties that do not keep to the masked protocol: refused by name, and never given both shares of anyone."""

from dataclasses import replace

import numpy as np
import pytest

from backends.smpc.dealing import Holdings
from backends.smpc.formats import pack_each, pack_members
from backends.smpc.keys import PUBLIC_BYTES
from privacy.errors import ProtocolAborted
from privacy.plugin import AGGREGATOR, PUBLIC, AggregationTask, Sum, Wire, WireError, contributor, pack
from privacy.protocol import Session
from tests.support.smpc_runs import body, drive, inputs, run, session, whole

TASK = AggregationTask(contributors=9, length=8, bound=1000)
CULPRIT = contributor(4)
OTHERS = (1, 2, 3, 5, 6, 7, 8, 9)


def flip(place: int):
    return lambda data: data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("keys", lambda b: b[:-1], "too few"),
        ("keys", lambda b: b + b"\0", "too many"),
        ("keys", lambda b: b"", "too few"),
        ("keys", flip(0), "signature on the keys of contributor-4 is wrong"),
        ("keys", flip(2 * PUBLIC_BYTES), "signature on the keys"),
        ("bundle", lambda b: b[:-1], "too few"),
        ("bundle", lambda b: b * 2, "too many"),
        ("masked", lambda b: b[:-1], "length does not match"),
        ("masked", lambda b: b[:5], "truncated"),
        ("masked", lambda b: b"\xff" * len(b), "not a packed array"),
        ("masked", lambda b: pack(np.zeros(9, dtype=np.uint32)), "shape"),
        ("masked", lambda b: pack(np.zeros(100_000, dtype=np.uint32)), "shape"),
        ("masked", lambda b: pack(np.zeros(8, dtype=np.int64)), "holds int64"),
    ],
)
def test_what_a_contributor_sends_amiss_leaves_it_out(kind, change, reason):
    out, outcome = run(TASK, bends={CULPRIT: body(kind, change)})
    assert out.included == OTHERS
    assert reason in out.refused["contributor-4"]
    assert list(out.refused) == ["contributor-4"]
    assert set(outcome.dropped) == {CULPRIT}


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("signature", flip(3), "signature over the set of survivors is wrong"),
        ("signature", lambda b: b"", "signature over the set"),
        ("unmasking", flip(-3 % 200), "not the one that it was dealt"),
        ("unmasking", lambda b: b[:-1], "too few"),
        ("unmasking", lambda b: pack_each({}, n=8), "too few"),
    ],
)
def test_what_it_sends_amiss_later_is_refused_and_its_vector_stays(kind, change, reason):
    out, _ = run(TASK, bends={CULPRIT: body(kind, change)})
    assert out.included == tuple(range(1, 10))
    assert reason in out.refused["contributor-4"]


@pytest.mark.parametrize(("round_", "kind"), [(1, "keys"), (3, "bundle"), (5, "masked")])
def test_what_comes_late_is_refused(round_, kind):
    out, _ = run(TASK, delays={(CULPRIT, round_): 1})
    assert out.included == OTHERS
    assert "late" in out.refused["contributor-4"]
    assert kind in out.refused["contributor-4"]


def test_a_second_vector_is_not_added():
    def twice(round_, wire):
        return [wire, wire] if wire.kind == "masked" else [wire]

    out, _ = run(TASK, bends={CULPRIT: twice})
    assert out.included == tuple(range(1, 10))
    assert "second vector" in out.refused["contributor-4"]


def test_keys_sent_twice_and_vectors_sent_early_are_refused():
    def eager(round_, wire):
        early = replace(wire, kind="masked", body=pack(np.zeros(8, dtype=np.uint32)))
        return [wire, early] if round_ == 3 else [wire]

    out, _ = run(TASK, bends={CULPRIT: eager, contributor(5): lambda r, w: [w, w] if r == 1 else [w]})
    assert out.included == (1, 2, 3, 6, 7, 8, 9)
    assert "did not come in its round" in out.refused["contributor-4"]
    assert "came twice" in out.refused["contributor-5"]


def test_a_key_of_small_order_is_refused():
    made = session(TASK)
    role = made.endpoints[CULPRIT].role
    honest = role._keys

    def weak():
        from backends.smpc.formats import Entry
        from backends.smpc.keys import sign

        wire = honest()
        entry = replace(role._entry, mask_key=bytes(32))
        signature = sign(role._signing, role._rules.entry_message(4, entry))
        assert isinstance(entry, Entry)
        return replace(wire, body=entry.with_signature(signature).body)

    role._keys = weak
    out = Sum.of(drive(made, inputs(TASK)).output)
    assert out.included == OTHERS
    assert "no usable point" in out.refused["contributor-4"]


def test_a_vector_out_of_bounds_is_noticed_in_the_sum():
    bend = body("masked", lambda b: b[:-4] + bytes(4))
    with pytest.raises(ProtocolAborted, match="exceeds its bound"):
        run(AggregationTask(contributors=9, length=1, bound=1), bends={CULPRIT: bend})


def test_too_many_refusals_end_the_run_and_are_named():
    bends = {contributor(i): body("masked", lambda b: b[:-1]) for i in range(1, 5)}
    with pytest.raises(ProtocolAborted, match=r"5 of 9 .* 6 are needed; 4 refused \(contributor-1: .*\.\.\.\)"):
        run(TASK, bends=bends)


# A lying aggregator.


def document(liar, *, values=None) -> tuple[Session, object]:
    made = session(TASK, bends={AGGREGATOR: liar})
    channel = whole()
    with pytest.raises(ProtocolAborted) as caught:
        drive(made, values or inputs(TASK), channel=channel)
    assert not channel.transcript.view({AGGREGATOR}).of_kind("unmasking")
    return made, caught.value


def split_view(round_, wire):
    """Half of the contributors hear that contributor-4 survived, the others that it dropped out."""
    if wire.kind == "survivors" and wire.to.index > 4:
        return [replace(wire, body=pack_members(OTHERS, n=9))]
    return [wire]


def test_nobody_gives_shares_when_told_different_survivors():
    document(split_view)


def test_nobody_takes_two_sets_of_survivors():
    def both(round_, wire):
        other = replace(wire, body=pack_members(OTHERS, n=9))
        return [wire, other] if wire.kind == "survivors" and wire.to != CULPRIT else [wire]

    document(both)


def test_a_second_question_finds_no_shares():
    """Shares are given once: afterwards a contributor holds none, whatever it is asked."""
    made = session(TASK)
    drive(made, inputs(TASK))
    role = made.endpoints[contributor(1)].role
    for kind in ("survivors", "signatures", "shares"):
        again = Wire(contributor(1), kind, PUBLIC, pack_members(OTHERS, n=9), sender=AGGREGATOR)
        assert "left this run" in role.step(11, [again]).reason
    assert not role._holdings.dealers


@pytest.mark.parametrize("survivors", [{3}, {1, 3}, set()])
def test_holdings_give_one_share_of_each_dealer_once(survivors):
    held = Holdings()
    held.keep_own(1, b"own seed")
    held.keep(3, (b"seed 3", b"key 3"))
    held.keep(4, (b"seed 4", b"key 4"))
    given = held.give(survivors)
    assert given.get(3) == (b"seed 3" if 3 in survivors else b"key 3")
    assert given[4] == b"key 4"
    assert given.get(1) == (b"own seed" if 1 in survivors else None)
    with pytest.raises(WireError, match="given already"):
        held.give({1, 3, 4} - survivors)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("directory", flip(0)),
        ("directory", flip(40)),
        ("directory", flip(-1 % 500)),
        ("directory", lambda b: b[:-1]),
        ("directory", lambda b: b""),
        ("shares", lambda b: b[:-1]),
        ("shares", lambda b: b"\0\0"),
        ("survivors", lambda b: pack_members(range(1, 6), n=9)),
        ("survivors", lambda b: b"\xff\xff"),
        ("survivors", lambda b: b""),
        ("signatures", flip(10)),
        ("signatures", lambda b: b"\0\0"),
        ("signatures", lambda b: b[:-64]),
    ],
)
def test_what_an_aggregator_alters_yields_no_shares(kind, change):
    document(body(kind, change))


def test_parcels_that_do_not_open_count_as_dealt_by_colluders():
    """Two contributors cannot open what contributor-9 dealt them: enough others can, and the sum stays exact."""

    def tamper(round_, wire):
        altered = wire.kind == "shares" and wire.to.index in (2, 3)
        return [replace(wire, body=flip(len(wire.body) - 1)(wire.body)) if altered else wire]

    out, _ = run(TASK, bends={AGGREGATOR: tamper}, drops={contributor(1): 5})
    assert out.included == (2, 3, 4, 5, 6, 7, 8, 9)


@pytest.mark.parametrize("kept", [5, 3])
def test_a_dealer_whose_shares_give_nothing_back_ends_the_run_by_name(kept):
    """Its seed's share for most holders is garbage under a garbage commitment: they cannot open it."""
    bend = body("bundle", lambda b: b[: 16 + 114 * kept] + bytes(len(b) - 16 - 114 * kept))
    needed = f"{kept + 1} shares of contributor-4 came and 6 are needed"
    if kept >= 5:
        assert run(TASK, bends={CULPRIT: bend})[0].included == tuple(range(1, 10))
    else:
        with pytest.raises(ProtocolAborted, match=needed):
            run(TASK, bends={CULPRIT: bend})


def test_signatures_of_another_run_are_refused():
    kept = {}

    def replay(round_, wire):
        if wire.kind == "signatures":
            return [replace(wire, body=kept.setdefault(wire.to, wire.body))]
        return [wire]

    made = session(TASK, bends={AGGREGATOR: replay})
    assert Sum.of(drive(made, inputs(TASK)).output).included == tuple(range(1, 10))
    with pytest.raises(ProtocolAborted, match="0 of 9 contributors gave their shares"):
        drive(made, inputs(TASK))


def test_keys_of_another_run_are_refused():
    kept = {}

    def replay(round_, wire):
        return [replace(wire, body=kept.setdefault(wire.to, wire.body)) if wire.kind == "directory" else wire]

    made = session(TASK, bends={AGGREGATOR: replay})
    drive(made, inputs(TASK))
    with pytest.raises(ProtocolAborted, match="0 of 9 contributors dealt their shares"):
        drive(made, inputs(TASK))
