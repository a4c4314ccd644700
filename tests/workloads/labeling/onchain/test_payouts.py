"""Pay: parted to the last unit, read back from the chain and the store, and never from what was tampered with."""

import json

import pytest

from privacy.errors import DataError, ParamError, StateError
from privacy.jobs.book import JobBook
from privacy.services.rounds import RoundBook
from privacy.services.run_jobs import RunJobs
from privacy.stores.cid import CID, RAW
from privacy.stores.errors import BlobMissing
from tests.support.api_client import client_of, problem
from tests.workloads.labeling.onchain.world import BUDGET, RESULT
from workloads.labeling.onchain import payouts
from workloads.labeling.onchain.accounts import account_of
from workloads.labeling.onchain.amounts import ONE, crol, parted, units
from workloads.labeling.onchain.payouts import earnings, newest, parsed
from workloads.labeling.onchain.sending import send


@pytest.mark.parametrize(
    ("points", "budget", "want"),
    [
        ({"a": 1, "b": 1, "c": 1}, 100, {"a": 34, "b": 33, "c": 33}),
        ({"b": 2, "a": 1}, 10, {"b": 7, "a": 3}),
        ({"a": 0, "b": 5}, 10**30 + 1, {"b": 10**30 + 1}),
        ({"a": 0}, 5, {}),
        ({}, 5, {}),
        ({"a": 3, "b": 7}, 0, {}),
    ],
)
def test_a_budget_is_parted_to_the_last_unit(points, budget, want):
    assert parted(points, budget=budget) == want


def test_points_below_nothing_are_refused():
    with pytest.raises(ParamError):
        parted({"a": -1, "b": 2}, budget=5)


@pytest.mark.parametrize(
    ("text", "want"),
    [("12.5", 12 * ONE + ONE // 2), ("0.000000000000000001", 1), ("1,000", 1000 * ONE), ("3", 3 * ONE)],
)  # fmt: skip
def test_amounts_are_read_exactly(text, want):
    assert units(text) == want
    assert units(crol(want)) == want


@pytest.mark.parametrize("text", ["", "x", "-1", "1.2.3", "0.0000000000000000001", "1e3", "2000000000", "٣"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ParamError, match="not an amount"):
        units(text)


def test_the_document_is_read_back_from_the_chain_and_the_store(paid_world):
    world = paid_world
    course = world.course()
    found = newest(world.town.payouts, world.store)
    assert (found.round, found.epoch, found.paid) == (course.terms.id, 1, BUDGET)
    assert parsed(found.body) == found
    assert b"labels" not in found.body
    assert found.consensus == course.stage().consensus


def test_a_lost_document_is_said_and_nothing_is_paid_by_it(paid_world):
    world = paid_world
    course = world.course()
    digest = course.stage().content
    world.store.unpin(CID(RAW, digest))
    world.store.collect()
    with pytest.raises(BlobMissing, match="not in the store"):
        earnings(world.town.payouts, world.store, account_of("ann"))
    number = world.publish(title="Two")
    world.vote(number)
    second = world.course(number)
    second.open()
    second.commit()
    second.draw()
    with pytest.raises(BlobMissing):
        second.propose(RESULT)
    assert second.stage().phase == "drawn"


def test_a_document_that_does_not_give_the_root_is_refused(paid_world, monkeypatch):
    world = paid_world
    good = newest(world.town.payouts, world.store)
    said = json.loads(good.body)
    said["rows"][0][1] = str(int(said["rows"][0][1]) + 1)
    monkeypatch.setattr(payouts, "read", lambda store, digest: parsed(json.dumps(said).encode()))
    with pytest.raises(DataError, match="does not give the root"):
        earnings(world.town.payouts, world.store, account_of("ann"))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"kind": "veilbench payout 1", "rows": 3}', b"\xff"])
def test_what_is_no_document_is_refused(body):
    with pytest.raises(DataError, match="not in our format"):
        parsed(body)


def test_a_document_names_each_account_once(paid_world):
    world = paid_world
    said = json.loads(newest(world.town.payouts, world.store).body)
    said["rows"].append(said["rows"][0])
    with pytest.raises(DataError):
        parsed(json.dumps(said).encode())


def test_a_round_on_a_chain_that_was_begun_anew_is_refused(world, registry):
    world.rounds.book.write(lambda db: db.execute("UPDATE chained SET identity = '7331:other'"))
    with pytest.raises(StateError, match="not on the chain in use"):
        world.course()
    with pytest.raises(StateError, match="on no chain"):
        world.course(99)


def test_the_api_serves_the_proof_that_the_contract_takes(paid_world):
    who = account_of("bob")
    with client_of(RoundBook(), RunJobs(JobBook())) as client:

        def asked(account):
            return client.get(f"/api/labeling/earnings/{account}")

        said = asked(who.lower()).json()
        assert said == asked(who).json()
        assert (said["account"], said["claimable"]) == (who, str(BUDGET * 3 // 10))
        proof = [bytes.fromhex(one[2:]) for one in said["proof"]]
        send(paid_world.operator, paid_world.town.payouts, "by api", "claim", who, int(said["cumulative"]), proof)
        again = asked(who).json()
        assert (again["claimed"], again["claimable"]) == (said["cumulative"], "0")
        assert asked("0x" + "00" * 20).json()["proof"] == []
        assert asked("0x12").status_code == 422


def test_the_api_says_where_nothing_is_set_up(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with client_of(RoundBook(), RunJobs(JobBook())) as client:
        assert "no contracts" in problem(client.get(f"/api/labeling/earnings/0x{'00' * 20}"), 404)
