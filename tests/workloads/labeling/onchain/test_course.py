"""A round's way over a chain: what it comes to, and that nothing is done twice whatever is cut off."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from eth_utils.crypto import keccak

from privacy.chains.errors import Reverted
from privacy.chains.sender import Intent, Sender
from privacy.errors import DataError, StateError
from privacy.services.rounds import RoundBook
from tests.support import nodes
from tests.support.chains import NodeChain, Stage
from tests.support.cuts import Cut, cut_around_sends, goes_on, killed
from tests.support.soaking import sized
from tests.workloads.labeling.onchain.world import BUDGET, DOMAIN, NAMES, RESULT, World, begun, drawn, paid
from workloads.labeling.onchain.accounts import account_of, demo
from workloads.labeling.onchain.agreed import agreed
from workloads.labeling.onchain.amounts import ONE
from workloads.labeling.onchain.ballots import ballot_of
from workloads.labeling.onchain.claims import claim
from workloads.labeling.onchain.kept import keeping
from workloads.labeling.onchain.opening import terms_on
from workloads.labeling.onchain.payouts import earnings, newest
from workloads.labeling.onchain.sending import send
from workloads.labeling.onchain.steps import Course
from workloads.labeling.onchain.withholding import answer, claim_withheld, claims_against, punish, withheld
from workloads.labeling.rounds.book import Book
from workloads.labeling.rounds.results import counting, results
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import DISPUTED, FINAL, SEALED, Domain, Terms

SHARES = {"ann": BUDGET // 2 + 1, "bob": BUDGET * 3 // 10, "cid": BUDGET // 5}
"""Of 10.000000000000000001 CROL at 500, 300 and 200 points: the odd unit goes to the largest remainder."""


def walk(world: World) -> None:
    """The whole way, as somebody takes it who begins again after each accident."""
    course = world.course()
    course.settle()
    course.open()
    course.commit()
    course.draw()
    if course.stage().phase != "final":
        course.propose(RESULT)
    course.finalize()
    for name in NAMES:
        if earnings(world.town.payouts, world.store, account_of(name)).claimable:
            claim(world.town, world.store, world.operator, account_of(name))


def held(world: World) -> dict[str, int]:
    return {name: world.town.crol.read("balanceOf", account_of(name)) for name in NAMES}


def test_a_round_goes_from_its_opening_to_the_last_claim(world):
    course = drawn(world)
    stage = course.stage()
    assert (stage.phase, stage.committed, stage.budget) == ("drawn", 3, BUDGET)
    assert stage.beacon == keccak(world.chain.block(stage.drawn_by).hash + course.terms.seed + course.terms.id)
    assert world.rounds.round(1).state == SEALED
    made = course.propose(RESULT)
    assert made.added == {account_of(name): share for name, share in SHARES.items()}
    assert made.paid == BUDGET == sum(SHARES.values())
    course.finalize()
    assert course.stage().phase == "final"
    assert world.rounds.round(1).state == FINAL
    for name, share in SHARES.items():
        assert claim(world.town, world.store, world.operator, account_of(name)).claimable == share
        assert earnings(world.town.payouts, world.store, account_of(name)).claimable == 0
    assert held(world) == SHARES
    assert world.town.crol.read("balanceOf", world.town.payouts.address) == 0
    with pytest.raises(StateError, match="nothing to claim"):
        claim(world.town, world.store, world.operator, account_of("ann"))


def cut_off(*_: object, **__: object) -> None:
    raise Cut


def test_every_transaction_is_cut_off_before_and_after_it_and_each_is_mined_once(world, monkeypatch):
    seen = cut_around_sends(monkeypatch)
    goes_on(lambda: walk(world))
    assert len([name for name in seen if name]) >= 12
    assert held(world) == SHARES
    events = {name: len(world.town.rounds.events(name)) for name in ("RoundOpened", "LabelsCommitted", "RoundProposed")}
    assert events == {"RoundOpened": 1, "LabelsCommitted": 3, "RoundProposed": 1}
    assert world.town.payouts.read("total") == world.town.payouts.read("claimed") == BUDGET


_WALKER = """
import sys
from privacy.registry import discover
from tests.support.cuts import kill_at
from tests.workloads.labeling.onchain.test_course import walk
from tests.workloads.labeling.onchain.world import World
with World(discover()) as world:
    contract = world.town.payouts if sys.argv[1] == "claim" else world.town.rounds
    kill_at(contract.artifact.functions[sys.argv[1]].selector, when=sys.argv[2])
    walk(world)
"""


@pytest.mark.parametrize(
    ("step", "when"),
    sized(
        (("seal", "after"),),
        [(step, when) for step in ("open", "commitMany", "seal", "draw", "propose", "finalize", "claim")
         for when in ("before", "after")],
    ),
)  # fmt: skip
@pytest.mark.sized("chains")
def test_a_process_that_is_killed_at_a_step_pays_once_when_it_goes_on(registry, world, step, when):
    world.close()
    killed(_WALKER, step, when)
    with World(registry) as again:
        walk(again)
        assert held(again) == SHARES
        assert again.town.payouts.read("total") == again.town.payouts.read("claimed") == BUDGET


@pytest.mark.soak("chains")
@pytest.mark.parametrize("kind", ["anvil", "hardhat"])
def test_the_same_way_goes_over_a_node(registry, kind, tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))
    (tmp_path / "node").mkdir()
    with getattr(nodes, kind)(tmp_path / "node") as node:
        stage = Stage(NodeChain(node))
        with World(registry, stage.account(0)) as world:
            begun(world)
            walk(world)
            assert held(world) == SHARES
            assert world.town.payouts.read("total") == world.town.payouts.read("claimed") == BUDGET


def test_two_tabs_that_take_the_same_step_at_once_do_it_once(world):
    def both(step):
        with ThreadPoolExecutor(2) as pool:
            for one in [pool.submit(step, world.course()) for _ in range(2)]:
                one.result()

    for step in (Course.open, Course.commit, Course.draw, lambda one: one.propose(RESULT), Course.finalize):
        both(step)
    events = [len(world.town.rounds.events(name)) for name in ("RoundOpened", "RoundSealed", "RoundFinalized")]
    assert events == [1, 1, 1]
    assert len(world.town.rounds.events("LabelsCommitted")) == 3
    assert newest(world.town.payouts, world.store).paid == BUDGET


def test_what_is_not_committed_does_not_count_and_is_kept_aside(world):
    course = world.course()
    course.open()
    course.commit()
    world.rounds.vote("ann", 1, 3, 1)  # after her commitment
    world.rounds.join("dee", name="Dee", kind="demo")
    world.rounds.book.write(lambda db: db.execute("INSERT INTO vote VALUES (1, 3, 'dee', '1', NULL)"))
    course.seal()
    assert {(vote.place, vote.labeler) for vote in world.rounds.votes(1)} == {(p, n) for p in range(3) for n in NAMES}
    rows = [tuple(row) for row in world.rounds.book.read("SELECT place, labeler, value FROM aside ORDER BY labeler")]
    assert rows == [(3, "ann", "1"), (3, "dee", "1")]
    assert world.rounds.intact(1)
    sealed = world.town.rounds.events("RoundSealed")[0].args
    assert sealed["votesDigest"].hex() == world.rounds.round(1).seal
    assert sealed["count"] == 3


def test_a_commitment_from_elsewhere_is_sealed_too_and_counts_no_vote(world):
    course = world.course()
    course.open()
    course.commit()
    course.qualify(["ann"])
    other = world.chain.signers()[1]
    world.rounds.join(other.address, name="Other", kind="wallet")
    while (image := world.rounds.next_gold(other.address, "pets")) is not None:
        world.rounds.answer_gold(other.address, "pets", image, int(image[1:]) % 3)
    course.qualify([other.address])
    sender = Sender(world.chain, other)
    world.operator.send(Intent(world.town.crol.address, world.town.crol.encode("transfer", other.address, 10)))
    send(sender, world.town.crol, "allow", "approve", world.town.stakes.address, 10)
    send(sender, world.town.stakes, "stake", "stake", 10)
    send(sender, world.town.rounds, "own", "commit", course.terms.id, b"\1" * 32, 4)
    course.seal()
    assert course.stage().committed == 4
    (missing,) = withheld(course)
    assert (missing.entry.account, missing.entry.count, missing.deadline) == (other.address, 4, 0)
    claim_withheld(course, other.address)
    (missing,) = withheld(course)
    assert missing.open
    assert not missing.late
    with pytest.raises(StateError, match="more seconds"):
        punish(course, missing)
    course.draw()
    with pytest.raises(Reverted) as refused:
        course.propose(RESULT)
    assert refused.value.name == "ClaimsOpen"
    assert {vote.labeler for vote in world.rounds.votes(1)} == set(NAMES)


def test_votes_that_were_changed_after_the_seal_are_said(world, monkeypatch):
    course = world.course()
    course.open()
    course.commit()
    with monkeypatch.context() as patch:
        patch.setattr(Rounds, "seal", cut_off)
        with pytest.raises(Cut):
            course.seal()
    world.rounds.book.write(lambda db: db.execute("UPDATE vote SET value = '2' WHERE place = 0 AND labeler = 'ann'"))
    with pytest.raises(DataError, match="differ from those sealed"):
        course.seal()


def test_a_dispute_stops_the_pay_until_another_is_proposed(world):
    number = world.publish(title="Two", window=600)
    world.vote(number)
    course = drawn(world, number)
    course.propose(RESULT)
    course.dispute(2, "ann", "It is no owl.")
    assert course.stage().phase == "disputed"
    assert world.rounds.round(number).state == DISPUTED
    with pytest.raises(StateError, match="nothing to release"):
        course.finalize()
    with pytest.raises(Reverted) as refused:
        course.dispute(1, "bob", "Nor this.")
    assert refused.value.name == "WrongPhase"
    world.rounds.audit(number, 2, 0)
    other = RESULT | {"points": {"ann": 100, "bob": 100, "cid": 800}}
    assert course.propose(other).added[account_of("cid")] == BUDGET * 8 // 10 + 1
    assert (course.stage().phase, world.rounds.round(number).state) == ("proposed", FINAL)
    with pytest.raises(StateError, match="more seconds"):
        course.finalize()
    assert course.propose(other).added == course.propose(RESULT).added
    assert len(world.town.rounds.events("RoundProposed")) == 2


def test_a_dispute_of_the_book_that_was_cut_off_comes_to_the_chain(world, monkeypatch):
    number = world.publish(title="Two", window=600)
    world.vote(number)
    course = drawn(world, number)
    course.propose(RESULT)
    with monkeypatch.context() as patch:
        patch.setattr(Course, "_dispute_as", cut_off)
        with pytest.raises(Cut):
            course.dispute(2, "ann", "It is no owl.")
    assert course.stage().phase == "proposed"
    course.settle()
    assert course.stage().phase == "disputed"


def test_a_dispute_of_the_book_that_comes_too_late_lets_the_result_stand(paid_world):
    paid_world.rounds.dispute(1, 2, "ann", "It is no owl.")
    paid_world.course().settle()
    assert paid_world.rounds.round(1).state == FINAL
    assert [row["settled"] for row in paid_world.rounds.disputes(1)] == [1]


def test_a_dispute_that_a_wallet_sent_opens_the_book_again(world):
    number = world.publish(title="Two", window=600)
    world.vote(number)
    course = drawn(world, number)
    course.propose(RESULT)
    course._dispute_as(demo("ann"), 2, "It is no owl.")
    course.settle()
    assert world.rounds.round(number).state == DISPUTED
    course.propose(RESULT)
    assert (course.stage().phase, world.rounds.round(number).state) == ("proposed", FINAL)


@pytest.mark.parametrize("stack", ["plain", "smpc"])
def test_a_count_by_the_beacon_is_what_is_paid_under_any_stack(world, registry, stack):
    terms = terms_on(world.town, world.operator.signer, budget=BUDGET, stake=0, window=600, seconds=3600)
    made = Terms(votes=3, stack=stack, minimum=2)
    number = world.rounds.publish("Counted", DOMAIN.id, ["i0", "i1", "i2"], made, beside=keeping(terms))
    world.vote(number)
    course = drawn(world, number)
    request = counting(world.rounds.round(number), seed=course.seed())
    assert request.seed == int.from_bytes(course.stage().beacon, "big") % 2**32
    result = results(RoundBook().get(request, registry))
    found = course.propose(result)
    rows = agreed(world.rounds.book, number, result).rows
    assert [(place, int.from_bytes(value, "big")) for place, value, _ in rows] == [(0, 0), (1, 1), (2, 2)]
    assert len({salt for _, _, salt in rows}) == 3
    total = sum(result["points"].values())
    assert found.paid == (BUDGET if total else 0)
    for name, points in result["points"].items():
        assert abs(found.added.get(account_of(name), 0) * max(total, 1) - BUDGET * points) < max(total, 1)


def test_where_nobody_earned_a_point_the_budget_goes_back(world):
    before = world.town.crol.read("balanceOf", world.operator.signer.address)
    course = drawn(world)
    found = course.propose(RESULT | {"points": dict.fromkeys(NAMES, 0)})
    assert (found.paid, set(found.cumulative.values())) == (0, {0})
    given = 3 * ONE  # what the labelers staked
    course.finalize()
    assert world.town.crol.read("balanceOf", world.operator.signer.address) == before - given


def test_a_round_of_boxes_goes_over_the_chain_too(world):
    world.rounds.add_domain(Domain("spots", "Spots", "boxes", ("spot",)), {})
    box = {"x": 1, "y": 1, "width": 4, "height": 4, "label": 0}
    terms = terms_on(world.town, world.operator.signer, budget=100, stake=0, window=600, seconds=3600)
    number = world.rounds.publish("Boxes", "spots", ["a", "b"], Terms(votes=3), beside=keeping(terms))
    standing = [(name, "spots", "qualified", 1, 1) for name in NAMES]
    world.rounds.book.write(lambda db: db.executemany("INSERT INTO standing VALUES (?, ?, ?, ?, ?)", standing))
    for name in NAMES:
        world.rounds.vote_all(name, number, {0: [box], 1: []})
    course = drawn(world, number)
    found = course.propose({"boxes": [[box], []], "sure": [], "points": {"ann": 1, "bob": 2}})
    assert found.added == {account_of("ann"): 33, account_of("bob"): 67}
    text = json.dumps([box], sort_keys=True).encode()
    made = agreed(world.rounds.book, number, {"boxes": [[box], []]})
    assert [value for _, value, _ in made.rows] == [bytes(keccak(text)), bytes(keccak(b"[]"))]
    assert found.consensus == made.tree.root == course.stage().consensus


def test_a_pay_that_was_proposed_before_anothers_is_proposed_anew(world):
    number = world.publish(title="Two", budget=1000)
    world.vote(number)
    second = drawn(world, number)
    second.propose(RESULT)
    paid(world)
    assert second.stale()
    with pytest.raises(StateError, match="propose again"):
        second.finalize()
    found = second.propose(RESULT)
    assert (found.epoch, found.added[account_of("ann")]) == (2, 500)
    assert found.cumulative[account_of("ann")] == SHARES["ann"] + 500
    assert not second.stale()


def test_a_wrong_proof_and_a_second_claim_are_refused_by_name(paid_world):
    world = paid_world
    payouts, ann = world.town.payouts, earnings(world.town.payouts, world.store, account_of("ann"))
    other = (bytes(one ^ 1 for one in ann.proof[0]), *ann.proof[1:])
    for amount, proof in ((ann.cumulative + 1, ann.proof), (ann.cumulative, other), (ann.cumulative, ())):
        with pytest.raises(Reverted) as refused:
            send(world.operator, payouts, f"{amount} {proof}", "claim", ann.account, amount, list(proof))
        assert refused.value.name == "BadProof"
        assert "proof" in refused.value.what
    claim(world.town, world.store, world.operator, ann.account)
    with pytest.raises(Reverted) as refused:
        send(world.operator, payouts, "again", "claim", ann.account, ann.cumulative, list(ann.proof))
    assert refused.value.name == "NothingToClaim"
    assert held(world)["ann"] == SHARES["ann"]


def test_who_is_claimed_to_withhold_labels_shows_them(world):
    course = world.course()
    course.open()
    course.commit()
    course.seal()
    assert withheld(course) == []
    ann = account_of("ann")
    claim_withheld(course, ann)
    (one,) = claims_against(world.town, ann)
    shown = answer(world.rounds.book, course, "ann", one.root)
    with pytest.raises(Reverted) as refused:
        send(Sender(world.chain, demo("bob")), world.town.rounds, "show", "reveal", *shown)
    assert refused.value.name == "NoOpenClaim"
    send(Sender(world.chain, demo("ann")), world.town.rounds, "show", "reveal", *shown)
    assert claims_against(world.town, ann) == []


def test_secrets_and_accounts_outlive_the_process(world):
    course = world.course()
    first = ballot_of(world.rounds.book, course.terms, 1, "ann")
    again = ballot_of(Book(world.rounds.book.path), course.terms, 1, "ann")
    assert first == again
    assert len({account_of(name) for name in NAMES}) == 3
    seed = json.loads((world.rounds.book.path.parent / "demo-labelers.json").read_text())
    assert "demo" in seed["about"]
