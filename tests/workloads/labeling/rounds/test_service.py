"""Rounds of labeling: who may vote, once, and not after the seal; nobody reads before it; nothing is lost."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from privacy import lab
from privacy.errors import DataError, ParamError, StateError, UnknownNameError
from privacy.registry import discover
from privacy.request import RunRequest
from workloads.labeling.boxes.box import Box
from workloads.labeling.rounds.book import Book
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import DISPUTED, FINAL, OPEN, QUALIFIED, QUALIFYING, REFUSED, SEALED, Domain, Terms

DIGITS = Domain("digits", "Digits", "classes", tuple("0123"))
LESIONS = Domain("lesions", "Lesions", "boxes", ("lesion",))
GOLD = {f"g{i}": i % 4 for i in range(20)}


@pytest.fixture
def rounds(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    made = Rounds(sizes={"scan": (100, 80)})
    made.add_domain(DIGITS, GOLD)
    made.add_domain(LESIONS, {"scan": [{"x": 10, "y": 10, "width": 20, "height": 20, "label": 0}]})
    return made


def qualified(rounds, *names):
    for name in names:
        rounds.join(name, name=name.title(), kind="demo")
        while (image := rounds.next_gold(name, "digits")) is not None:
            rounds.answer_gold(name, "digits", image, GOLD[image])
        assert rounds.standing(name, "digits").state == QUALIFIED


def opened(rounds, *, votes=3, items=4, **terms):
    gold = {"i0": 0}
    return rounds.publish("One", "digits", [f"i{i}" for i in range(items)], Terms(votes=votes, **terms), gold=gold)


def test_a_labeler_qualifies_by_gold_and_one_who_guesses_is_turned_away(rounds):
    qualified(rounds, "ann")
    standing = rounds.standing("ann", "digits")
    assert (standing.right, standing.seen) == (8, 8)
    assert standing.power == 2
    rounds.join("bob", name="Bob", kind="demo")
    while (image := rounds.next_gold("bob", "digits")) is not None:
        rounds.answer_gold("bob", "digits", image, (GOLD[image] + 1) % 4)
    assert rounds.standing("bob", "digits").state == REFUSED
    assert rounds.standing("bob", "digits").power == 0
    with pytest.raises(StateError, match="already"):
        rounds.answer_gold("bob", "digits", "g9", 1)


def test_gold_is_answered_once_and_in_another_order_for_each(rounds):
    for name in ("ann", "bob", "cid"):
        rounds.join(name, name=name, kind="demo")
    assert len({rounds.next_gold(n, "digits") for n in ("ann", "bob", "cid")}) > 1
    image = rounds.next_gold("ann", "digits")
    rounds.answer_gold("ann", "digits", image, 0)
    with pytest.raises(StateError, match="before"):
        rounds.answer_gold("ann", "digits", image, 0)
    assert rounds.standing("ann", "digits").state == QUALIFYING


def test_nobody_votes_unqualified_twice_on_unknown_things_or_after_the_seal(rounds):
    qualified(rounds, "ann", "bob")
    number = opened(rounds)
    rounds.join("eve", name="Eve", kind="demo")
    for who, place, value, error, match in (
        ("eve", 0, 1, StateError, "not qualified"),
        ("nobody", 0, 1, UnknownNameError, "labeler"),
        ("ann", 9, 1, UnknownNameError, "item"),
        ("ann", 0, 4, DataError, "no class"),
        ("ann", 0, -1, DataError, "no class"),
        ("ann", 0, True, DataError, "no class"),
        ("ann", 0, "1", DataError, "no class"),
    ):
        with pytest.raises(error, match=match):
            rounds.vote(who, number, place, value)
    rounds.vote("ann", number, 0, 1)
    with pytest.raises(StateError, match="one vote each"):
        rounds.vote("ann", number, 0, 2)
    rounds.seal(number)
    with pytest.raises(StateError, match="sealed"):
        rounds.vote("bob", number, 0, 1)
    with pytest.raises(StateError, match="sealed"):
        rounds.seal(number)
    assert [(v.place, v.labeler, v.value) for v in rounds.votes(number)] == [(0, "ann", 1)]


def test_votes_and_gold_are_hidden_from_everybody_until_the_seal(rounds):
    qualified(rounds, "ann")
    number = opened(rounds)
    rounds.vote("ann", number, 0, 1)
    with pytest.raises(StateError, match="hidden"):
        rounds.votes(number)
    assert [known for _, known, _ in rounds.items(number)] == [None] * 4
    assert "1" not in str(rounds.round(number).result)
    rounds.seal(number)
    assert [known for _, known, _ in rounds.items(number)] == [0, None, None, None]
    assert rounds.standing("ann", "digits").seen == 9  # the hidden gold counts now, and it was wrong
    assert rounds.standing("ann", "digits").right == 8


def test_a_vote_that_is_changed_after_the_seal_shows(rounds):
    qualified(rounds, "ann")
    number = opened(rounds)
    rounds.vote("ann", number, 0, 1)
    rounds.seal(number)
    assert rounds.intact(number)
    rounds.book.write(lambda db: db.execute("UPDATE vote SET value = '2'"))
    assert not rounds.intact(number)


def test_items_come_by_fewest_votes_and_close_when_they_have_all(rounds):
    qualified(rounds, "ann", "bob", "cid", "dan")
    number = opened(rounds, votes=2, items=2)
    for who in ("ann", "bob"):
        for place in (0, 1):
            item = rounds.next_item(who, number)
            rounds.vote(who, number, item.place, place)
        assert rounds.next_item(who, number) is None
    assert rounds.next_item("cid", number) is None
    assert rounds.round(number).closed == 2
    with pytest.raises(StateError, match="has its 2 votes"):
        rounds.vote("cid", number, 0, 1)


def test_an_item_that_is_sure_closes_before_it_has_all_votes(rounds):
    qualified(rounds, "ann", "bob", "cid", "dan")
    number = opened(rounds, votes=9, items=2, adaptive=True, sure=0.95)
    rounds.vote("ann", number, 0, 1)
    rounds.vote("bob", number, 0, 1)
    rounds.vote("ann", number, 1, 1)
    rounds.vote("bob", number, 1, 2)
    assert rounds.round(number).closed == 1
    assert rounds.next_item("cid", number).place == 1


def test_a_round_is_disputed_by_who_voted_audited_and_final_again(rounds):
    qualified(rounds, "ann", "bob")
    number = opened(rounds)
    with pytest.raises(StateError, match="without a vote"):
        rounds.seal(number)
    rounds.vote("ann", number, 1, 1)
    rounds.seal(number)
    assert rounds.round(number).state == SEALED
    rounds.finalize(number, {"labels": [0, 1, 0, 0]})
    assert rounds.round(number).state == FINAL
    with pytest.raises(StateError, match="Only who voted"):
        rounds.dispute(number, 1, "bob", "it is a 2")
    rounds.dispute(number, 1, "ann", "it is a 2")
    assert rounds.round(number).state == DISPUTED
    with pytest.raises(StateError, match="not settled"):
        rounds.finalize(number, {})
    rounds.audit(number, 1, 2)
    rounds.finalize(number, {"labels": [0, 2, 0, 0]})
    assert rounds.round(number).result == {"labels": [0, 2, 0, 0]}


@pytest.mark.parametrize(
    ("value", "match"),
    [
        ([{"x": 90, "y": 10, "width": 20, "height": 5, "label": 0}], "outside"),
        ([{"x": 10, "y": 10, "width": -5, "height": 5, "label": 0}], "no area"),
        ([{"x": 10, "y": 10, "width": 0, "height": 5, "label": 0}], "no area"),
        ([{"x": -1, "y": 10, "width": 5, "height": 5, "label": 0}], "outside"),
        ([{"x": 1, "y": 1, "width": 5, "height": 5, "label": 1}], "no class"),
        ([{"x": 1, "y": 1, "width": 5, "label": 0}], "all five|x, y"),
        ([{"x": 1.5, "y": 1, "width": 5, "height": 5, "label": 0}], "whole"),
        ("box", "list"),
    ],
)
def test_boxes_that_are_none_are_refused(rounds, value, match):
    rounds.join("ann", name="Ann", kind="demo")
    with pytest.raises(DataError, match=match):
        rounds.answer_gold("ann", "lesions", "scan", value)


def test_a_box_is_right_from_the_overlap_of_its_domain_on():
    known = [{"x": 10, "y": 10, "width": 20, "height": 20, "label": 0}]
    near = [{"x": 12, "y": 12, "width": 20, "height": 20, "label": 0}]
    far = [{"x": 25, "y": 25, "width": 20, "height": 20, "label": 0}]
    right = Rounds.right
    assert right(None, LESIONS, near, known)
    assert not right(None, LESIONS, far, known)
    assert not right(None, LESIONS, near + far, known)
    assert not right(None, LESIONS, [], known)
    assert right(None, LESIONS, [], [])
    assert Box(0, 0, 1, 1).label == 0


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Terms(votes=3, weighted=True), "at least 5 votes"),
        (lambda: Terms(votes=0), "out of bounds"),
        (lambda: Terms(sure=1.0), "out of bounds"),
        (lambda: Domain("d", "D", "circles", ("a", "b")), "does not exist"),
        (lambda: Domain("d", "D", "classes", ("a",)), "at least 2"),
        (lambda: Domain("d", "D", "classes", ("a", "a")), "different"),
        (lambda: Domain("d", "D", "classes", ("a", "b"), threshold=1.0), "between"),
    ],
)
def test_terms_that_cannot_be_are_refused(make, match):
    with pytest.raises(ParamError, match=match):
        make()


def test_fifty_sessions_vote_at_once_and_every_vote_is_there(rounds):
    names = [f"w{i}" for i in range(50)]
    qualified(rounds, *names)
    number = opened(rounds, votes=50, items=20)
    failed = []

    def session(name):
        try:
            for _ in range(20):
                rounds.vote(name, number, rounds.next_item(name, number).place, 1)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=session, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert rounds.round(number).votes == 1000
    assert rounds.round(number).closed == 20


def test_one_vote_that_fails_does_not_undo_its_neighbours(rounds):
    qualified(rounds, "ann", "bob")
    number = opened(rounds)
    rounds.vote("ann", number, 0, 1)
    outcomes = []

    def cast(who, place):
        try:
            rounds.vote(who, number, place, 1)
            outcomes.append("kept")
        except StateError:
            outcomes.append("refused")

    threads = [threading.Thread(target=cast, args=a) for a in (("ann", 0), ("bob", 0), ("ann", 1), ("ann", 0))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept", "kept", "refused", "refused"]
    assert rounds.round(number).votes == 3


_VOTER = """
import sys, threading
from workloads.labeling.rounds.service import Rounds
rounds, lock = Rounds(), threading.Lock()
def session(name):
    for place in range(1000):
        rounds.vote(name, 1, place, 1)
        with lock:
            print(name, place, flush=True)
for i in range(20):
    threading.Thread(target=session, args=(f"w{i}",), daemon=False).start()
"""


def test_a_kill_loses_no_vote_that_was_answered(rounds, tmp_path):
    qualified(rounds, *(f"w{i}" for i in range(20)))
    opened(rounds, votes=1000, items=1000)
    environment = {**os.environ, "VEILBENCH_HOME": str(tmp_path)}
    root = Path(__file__).parents[4]
    with subprocess.Popen(
        [sys.executable, "-c", _VOTER], stdout=subprocess.PIPE, text=True, env=environment, cwd=root
    ) as voter:
        answered = [voter.stdout.readline().split() for _ in range(300)]
        voter.send_signal(signal.SIGKILL)
        answered += [line.split() for line in voter.stdout.read().splitlines()]
    again = Rounds(Book(rounds.book.path))
    again.seal(1)
    kept = {(v.labeler, v.place) for v in again.votes(1)}
    whole = [(pair[0], int(pair[1])) for pair in answered[:-1]]
    assert len(whole) >= 299
    assert set(whole) <= kept


def test_a_sealed_round_is_counted_by_a_run_under_any_stack(rounds):
    names = ["ann", "bob", "cid", "dan", "eve"]
    qualified(rounds, *names)
    number = opened(rounds, votes=5, items=4)
    for i, name in enumerate(names):
        rounds.vote_all(name, number, {0: 0, 1: 1, 2: 2, 3: 3 if i < 3 else 0})
    request = RunRequest(workload="labeling", stack="smpc", options={"round": number})
    with pytest.raises(StateError, match="hidden"):
        lab.opened(request, discover())
    assert rounds.round(number).state == OPEN
    rounds.seal(number)
    record = lab.run(request, registry=discover())
    assert record.failure is None
    assert record.settings["answer"] == {"0": 1.0, "1": 1.0, "2": 1.0, "3": 1.0}
    noised = RunRequest(workload="labeling", stack="dp", params={"epsilon": 1.0}, options={"round": number})
    first, second = (lab.run(noised, registry=discover()) for _ in range(2))
    kept = [v.released for v in rounds.votes(number)]
    assert all(len(one) == 1 for one in kept)
    # The same values are sent again: nothing more is charged, and the tally is the same.
    assert first.settings["answer"] == second.settings["answer"]
    assert kept == [v.released for v in rounds.votes(number)]
    # What another epsilon released would be no value of this claim: it is drawn, and charged, anew.
    assert lab.run(replace(noised, params={"epsilon": 64.0}), registry=discover()).failure is None
    again = [v.released for v in rounds.votes(number)]
    assert all(len(one) == 2 and one.items() >= before.items() for one, before in zip(again, kept, strict=True))
    sharing = replace(noised, stack="dp+smpc", params={"sum_noise": "gaussian", "epsilon": 0.05})
    assert lab.run(sharing, registry=discover()).failure is None
    assert again == [v.released for v in rounds.votes(number)]
