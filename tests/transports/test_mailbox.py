"""Mailboxes: keys change, sizes do not; one deadline for all; decisions hold."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.boundary.envelope import Envelope
from privacy.boundary.seat import Seat
from privacy.boundary.secret import Secret
from privacy.boundary.wire import PUBLIC, Wire
from privacy.errors import BoundaryError, IntegrityError, ProtocolAborted
from privacy.plugin import AGGREGATOR, contributor
from privacy.transports.mailbox import Bundle, Mailboxes, Refusal, Stopped, TooEarly, rekey
from privacy.transports.station import RunKey

OLD, NEW = b"o" * 32, b"n" * 32


class Shelf:
    """A store in memory."""

    def __init__(self) -> None:
        self.bundles, self.decisions, self.laid = {}, {}, {}

    def bundle(self, index, round_):
        return self.bundles.get((index, round_))

    def given_up(self, index, round_):
        return self.decisions.get((index, round_))

    def give_up(self, index, round_, reason):
        self.decisions[index, round_] = reason

    def lay(self, index, round_, sealed, *, material):
        self.laid[index, round_] = (list(sealed), material)


def boxes(shelf, *, clock=lambda: 0.0, **given):
    return Mailboxes(shelf, {1: NEW, 2: NEW}, round_seconds=10, clock=clock, **given)


@given(st.binary(max_size=300), st.integers(1, 5))
def test_a_wire_changes_its_key_and_nothing_else(body, before):
    envelope = Envelope(key=OLD, session="s", run=2)
    for _ in range(before):
        sealed = envelope.seal(Wire(AGGREGATOR, "vector", PUBLIC, body), sender=contributor(1), round_=3)
    changed = rekey(sealed, OLD, NEW)
    assert len(changed) == len(sealed)
    binding, wire = Envelope(key=NEW, session="s", run=2).open(changed, receiver=AGGREGATOR)
    assert (binding.seq, binding.sender, wire.body) == (before - 1, contributor(1), body)
    assert rekey(changed, NEW, OLD) == sealed
    with pytest.raises(IntegrityError):
        rekey(sealed, NEW, OLD)


def test_all_have_until_the_same_moment(tmp_path):
    now, shelf, rung = [0.0], Shelf(), []
    made = boxes(shelf, clock=lambda: now[0], on_mail=rung.append)
    one, two = (made.place(None, Seat(contributor(i), None), cache=None) for i in (1, 2))
    for endpoint in (one, two):
        endpoint.begin(RunKey("s", 2, OLD), None)
    with pytest.raises(TooEarly):
        made.accept(1, 1, lambda: None)
    one.announce(1, [])
    now[0] = 6.0
    two.announce(1, [])
    assert rung == [1, 2]
    assert made.left == 4.0
    made.accept(1, 1, lambda: shelf.bundles.update({(1, 1): Bundle(end="done", seconds=2.0)}))
    assert one.step(1, []).done
    assert one.seconds == 2.0
    now[0] = 10.5
    with pytest.raises(Refusal, match="after the 10 s"):
        made.accept(2, 1, lambda: None)
    with pytest.raises(ProtocolAborted, match="did not answer in 10 s"):
        two.step(1, [])
    assert shelf.decisions == {(2, 1): "it did not answer in 10 s"}
    with pytest.raises(Refusal, match="takes no part any more"):
        made.accept(2, 1, lambda: None)


def test_a_decision_holds_whatever_comes_later():
    shelf = Shelf()
    shelf.decisions[1, 1], shelf.bundles[1, 1] = "it was silent", Bundle()
    made = boxes(shelf)
    with pytest.raises(ProtocolAborted, match="silent"):
        made.wait(1, 1)
    made.open(1)
    with pytest.raises(Refusal, match="silent"):
        made.accept(1, 1, lambda: None)


def test_an_answer_to_a_round_that_is_over_is_late():
    made = boxes(Shelf())
    made.open(1), made.open(3), made.open(2)
    assert made.round == 3
    with pytest.raises(Refusal, match="came late"):
        made.accept(1, 2, lambda: None)


def test_who_gives_up_is_dropped_with_its_reason():
    shelf = Shelf()
    made = boxes(shelf)
    endpoint = made.place(None, Seat(contributor(1), None), cache=None)
    endpoint.announce(1, [])
    shelf.bundles[1, 1] = Bundle(end="abort", reason="the battery is low")
    assert endpoint.step(1, []).abort == "the battery is low"
    assert made.gone == {1: "the battery is low"}


def test_a_stop_decides_nothing():
    shelf = Shelf()
    made, ended = boxes(shelf), []
    endpoint = made.place(None, Seat(contributor(1), None), cache=None)
    endpoint.announce(1, [])

    def wait():
        with pytest.raises(Stopped):
            endpoint.step(1, [])
        ended.append(True)

    thread = threading.Thread(target=wait)
    thread.start()
    made.stop()
    thread.join()
    assert ended
    assert shelf.decisions == {}
    assert made.gone == {}
    with pytest.raises(TooEarly):
        made.accept(1, 1, lambda: None)


def test_published_wires_come_with_the_first_mail():
    shelf = Shelf()
    made = boxes(shelf)
    endpoint = made.place(None, Seat(contributor(1), None), cache=None)
    endpoint.connect(RunKey("s", 1, OLD))
    key = Envelope(key=OLD, session="s", run=1).seal(
        Wire(contributor(1), "key", PUBLIC, b"k"), sender=AGGREGATOR, round_=0
    )
    assert endpoint.publish(offer=False) == endpoint.keep([key]) == []
    endpoint.announce(1, [])
    (laid,), material = shelf.laid[1, 1]
    assert material == 1
    assert Envelope(key=NEW, session="s", run=1).open(laid)[1].body == b"k"


def test_no_private_input_reaches_the_aggregator_s_side():
    endpoint = boxes(Shelf()).place(None, Seat(contributor(1), None), cache=None)
    with pytest.raises(BoundaryError, match="not for this machine"):
        endpoint.begin(RunKey("s", 2, OLD), Secret([1], owner=contributor(1)))
    with pytest.raises(BoundaryError, match="obody joined as contributor-9"):
        boxes(Shelf()).place(None, Seat(contributor(9), None), cache=None)
