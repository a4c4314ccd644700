"""A server of live rounds that goes down and comes back: nothing that was acknowledged is lost or decided anew."""

import json
import threading

import numpy as np
import pytest

from privacy.errors import ProtocolAborted, StateError
from privacy.live.client import Seat
from privacy.live.journal import Journal
from privacy.live.plan import plan
from privacy.live.run import session_keys
from privacy.transports.mailbox import Bundle
from privacy.transports.station import Reply
from tests.support.live_bench import Crowd, Hand, Place, kept_sum, place, value_of
from tests.support.waiting import CAP


class Pausing(Seat):
    """Stops before its answer of one round until the test says so."""

    before, reached, go = 3, threading.Event(), threading.Event()

    def _answer(self, round_, *rest):
        if round_ == self.before:
            self.reached.set()
            self.go.wait(CAP)
        super()._answer(round_, *rest)


@pytest.mark.parametrize(("stack", "before"), [("rounds", 1), ("rounds", 3), ("rounds", 5), ("plain", 1)])
def test_a_restart_in_any_round_loses_nothing(tmp_path, stack, before):
    class Here(Pausing):
        reached, go = threading.Event(), threading.Event()

    Here.before = before
    where = Place(tmp_path, stack=stack).up()
    try:
        with Crowd(where) as crowd:
            document = [crowd.send(n) for n in (1, 2)] + [crowd.send(3, seat=Here)]
            assert Here.reached.wait(CAP)
            where.down()
            where.up()
            Here.go.set()
            assert [one.result()["yours"] for one in document] == [True] * 3
            assert where.result()["included"] == [1, 2, 3]
            assert list(kept_sum(where)) == [6, -6, 3]
    finally:
        Here.go.set()
        where.down()


def test_who_joined_before_a_restart_keeps_the_seat(tmp_path):
    where = Place(tmp_path, contributors=2).up()
    try:
        with Crowd(where) as crowd:
            first = crowd.send(1)
            where.until(lambda: bool(where.now.members))
            where.down()
            where.up()
            assert crowd.send(2).result()["yours"]
            assert first.result()["yours"]
            assert list(kept_sum(where)) == [3, -3, 2]
    finally:
        where.down()


def test_where_a_key_is_lost_the_run_begins_again_and_the_same_contributors_are_in_it(tmp_path):
    class Here(Pausing):
        reached, go = threading.Event(), threading.Event()
        before = 2

    where = Place(tmp_path, stack="keyed").up()
    try:
        with Crowd(where) as crowd:
            document = [crowd.send(n) for n in (1, 2)] + [crowd.send(3, seat=Here)]
            assert Here.reached.wait(CAP)
            session = where.now.session
            where.until(lambda: len(list(where.now.journal.folder.glob("replies/2-*"))) == 2)
            where.down()
            where.up()
            Here.go.set()
            assert [one.result()["yours"] for one in document] == [True] * 3
            assert where.now.session != session
            assert list(kept_sum(where)) == [6, -6, 3]
    finally:
        Here.go.set()
        where.down()


def test_a_sum_that_a_lost_key_would_have_opened_is_not_made_twice(tmp_path):
    where = Place(tmp_path, stack="keyed")
    journal = Journal(tmp_path / "one")
    planned = plan(where.definition, where.registry, joined=3)
    first = session_keys(journal, planned)
    assert session_keys(journal, planned) != first
    journal.send("aggregator", 2, Reply())
    assert session_keys(journal, planned) != first
    journal.send("aggregator", 3, Reply((b"the sum",), True))
    with pytest.raises(ProtocolAborted, match="the collector's key went with it"):
        session_keys(journal, planned)


def test_who_was_given_up_before_a_restart_stays_so(tmp_path):
    """The others were already told of a cohort without it."""
    where = Place(tmp_path, stack="rounds", contributors=3, round_seconds=1.5).up()

    class Here(Pausing):
        reached, go = threading.Event(), threading.Event()

    try:
        with Hand(where) as silent, Crowd(where) as crowd:
            document = [crowd.send(1), crowd.send(2, seat=Here)]
            silent.mail()
            assert Here.reached.wait(CAP)
            where.down()
            where.up()
            late = silent.post(silent.sealed([1, 1, 1]))
            while late.status_code == 503:
                late = silent.post(silent.sealed([1, 1, 1]))
            assert late.status_code == 409
            Here.go.set()
            assert [one.result()["yours"] for one in document] == [True] * 2
            assert where.result()["included"] == [2, 3]
    finally:
        Here.go.set()
        where.down()


def test_a_result_survives_and_is_told_after_a_restart(tmp_path):
    where = Place(tmp_path, contributors=1, minimum=1).up()
    try:
        with Hand(where) as a:
            a.mail()
            a.post(a.sealed(value_of(4)))
            ended = where.result()
            where.down()
            where.up()
            assert a.seat._outcome("")["yours"]
            assert where.service.all()[0].result == json.loads(json.dumps(ended))
            assert where.service.all()[1].state == "joining"
    finally:
        where.down()


def test_an_aggregator_s_noise_is_drawn_once_for_all_restarts(tmp_path):
    journal = Journal(tmp_path / "one")
    journal.send("aggregator", 2, Reply((b"noised", b"to another"), True, refused=(1, 4)))
    assert Journal(tmp_path / "one").sent("aggregator", 2) == Reply((b"noised", b"to another"), True, refused=(1, 4))


def test_a_journal_gives_back_what_it_took(tmp_path):
    journal = Journal(tmp_path / "one")
    head = {"lengths": [3, 0, 2], "end": "done", "reason": "", "seconds": 0.5}
    with journal.incoming(head) as (file, path):
        file.write(b"abcde")
        file.flush()
        assert journal.same(7, 2, path) is None
        journal.keep(7, 2, path)
    assert journal.bundle(7, 2) == Bundle((b"abc", b"", b"de"), "done", "", 0.5)
    assert journal.bundle(7, 1) is None
    journal.give_up(3, 1, "it was silent")
    assert Journal(tmp_path / "one").given_up(3, 1) == "it was silent"


def test_a_damaged_journal_is_named(tmp_path):
    with place(tmp_path):
        pass
    path = next(tmp_path.glob("live/*/definition.json"))
    path.write_text("{")
    with pytest.raises(StateError, match="damaged"):
        Place(tmp_path).up()


def test_nothing_is_kept_in_memory_of_answers_that_wait(tmp_path):
    """Every answer waits on disk: the driver reads one at a time."""
    with place(tmp_path, contributors=2) as where, Hand(where) as a, Hand(where) as b:
        a.mail(), b.mail()
        b.post(b.sealed([1, 2, 3]))
        folder = where.now.journal.folder / "replies"
        assert [p.name for p in folder.iterdir()] == ["1-2"]
        assert np.frombuffer((folder / "1-2").read_bytes()[-44:-32], "<i4").tolist() == [1, 2, 3]
