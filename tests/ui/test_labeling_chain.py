"""Rounds on a chain on the pages: publish, commit, seal, draw, propose, release, claim; and what can go wrong."""

import time

import pytest

from tests.support.app_pages import html, labels, opened, pick, sentences
from ui import resources
from ui.kit import wallet
from workloads.labeling.images import shipped
from workloads.labeling.onchain.accounts import account_of
from workloads.labeling.onchain.amounts import ONE, crol
from workloads.labeling.onchain.payouts import earnings
from workloads.labeling.onchain.town import standing
from workloads.labeling.rounds.demo import LABELERS, CrowdOf, fill, ready
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import DISPUTED, FINAL, SEALED

NAMES = tuple(LABELERS)[:3]


@pytest.fixture
def rounds(app_state):
    made = ready(Rounds())
    for name in NAMES:
        while (image := made.next_gold(name, "digits")) is not None:
            made.answer_gold(name, "digits", image, shipped.truth(image))
    return made


def published(at):
    at.toggle(key="publish on chain").set_value(True).run()
    if "publish set up" in [b.key for b in at.button]:
        at.button(key="publish set up").click().run()
    assert not at.exception
    return at


def test_a_round_goes_over_the_chain_on_the_pages(rounds):
    at = published(opened("crowd", view="Rounds"))
    town = standing(resources.chain())
    at.number_input[0].set_value(6)
    next(one for one in at.text_input if one.label == "Budget, CROL").set_value("12.5")
    next(one for one in at.selectbox if one.label == "Time for disputes").set_value("1 second")
    pick(at, "Publish")
    assert "12.50 CROL paid in" in html(at)
    for name in NAMES:
        rounds.vote_all(name, 1, {place: shipped.truth(image) for place, image in rounds.images(1)})

    at = opened("label", labeler=NAMES[0])
    assert "not qualified" not in html(at)
    pick(at, "Attest my qualification")
    assert "Attest my qualification" not in labels(at)
    pick(at, "Commit my labels")
    assert "committed" in html(at)

    at = opened("crowd", view="Rounds")
    assert "1 of 3 who voted" in html(at)
    pick(at, "Bring in commitments")
    assert "3 of 3 who voted" in html(at)
    pick(at, "Seal")
    assert rounds.round(1).state == SEALED
    assert "Items with this label" not in html(at)
    pick(at, "Draw the audit")
    assert "Items with this label" in html(at)
    pick(at, "Propose labels and 12.50 CROL of pay")
    time.sleep(2)
    at = opened("crowd", view="Rounds")
    pick(at, "Release the pay")
    assert "released: labelers claim" in html(at)
    one = rounds.round(1)
    assert one.state == FINAL
    share = earnings(town.payouts, resources.store(), account_of(NAMES[0])).cumulative
    assert share == 25 * ONE // 2 * one.result["points"][NAMES[0]] // 1000

    at = opened("label", labeler=NAMES[0])
    pick(at, f"Claim {crol(share)} CROL")
    assert town.crol.read("balanceOf", account_of(NAMES[0])) == share
    assert not [one for one in labels(at) if one.startswith("Claim")]
    assert "1: My round" in html(at)


def test_a_labeler_stakes_drips_and_swaps(rounds):
    at = opened("label", labeler=NAMES[1], pay="true")
    pick(at, "Set up the contracts")
    town, who = standing(resources.chain()), account_of(NAMES[1])
    pick(at, "Get 1,000 CROL, once a day")
    assert town.crol.read("balanceOf", who) == 1000 * ONE
    pick(at, "Get 1,000 CROL, once a day")
    assert "TooSoon" in at.error[0].value
    pick(at, "Stake it")
    assert town.stakes.read("stakeOf", who) == 10 * ONE
    pick(at, "Ask for all of it back")
    assert town.stakes.read("stakeOf", who) == 0
    pick(at, "Let the swap take 10.00 CROL")
    before = town.rounds.chain.balance(who)
    pick(at, "Swap")
    assert town.rounds.chain.balance(who) > before


@pytest.mark.parametrize(
    ("budget", "said"), [("x", "not an amount"), ("0", "needs a budget"), ("999999999", "that budget")]
)
def test_a_budget_that_cannot_be_paid_is_said_and_publishes_nothing(rounds, budget, said):
    at = published(opened("crowd", view="Rounds"))
    next(one for one in at.text_input if one.label == "Budget, CROL").set_value(budget)
    pick(at, "Publish")
    assert said in sentences(at)
    assert rounds.rounds() == []


def test_a_labeler_disputes_on_the_page_and_another_pay_is_proposed(rounds):
    at = published(opened("crowd", view="Rounds"))
    at.number_input[0].set_value(5)
    pick(at, "Publish")
    for name in NAMES:
        rounds.vote_all(name, 1, {place: shipped.truth(image) for place, image in rounds.images(1)})
    at = opened("crowd", view="Rounds")
    for step in ("Bring in commitments", "Seal", "Draw the audit", "Propose labels and 100.00 CROL of pay"):
        pick(at, step)
    at.text_input(key="dispute reason 1").set_value("It is a seven.").run()
    pick(at, "Dispute")
    assert rounds.round(1).state == DISPUTED
    assert "settle the dispute" in html(at)
    assert "Release the pay" not in labels(at)
    pick(at, "Propose again")
    assert "not settled" in sentences(at)
    rounds.audit(1, 0, shipped.truth(dict(rounds.images(1))[0]))
    at = opened("crowd", view="Rounds")
    pick(at, "Propose again")
    assert rounds.round(1).state == FINAL
    assert "Release the pay" in labels(at)


def test_a_signed_in_demo_account_labels_and_commits(rounds, monkeypatch):
    ben = resources.embedded().signers()[1].address
    monkeypatch.setattr(wallet, "account", lambda: wallet.Account(ben, "demo", 1447381324, 9e12))
    at = published(opened("crowd", view="Rounds"))
    at.number_input[0].set_value(3)
    pick(at, "Publish")
    opened("label")
    while (image := rounds.next_gold(ben, "digits")) is not None:
        rounds.answer_gold(ben, "digits", image, shipped.truth(image))
    rounds.vote_all(ben, 1, {place: shipped.truth(image) for place, image in rounds.images(1)})
    at = opened("label")
    pick(at, "Commit my labels")
    town = standing(resources.chain())
    assert [one.args["labeler"] for one in town.rounds.events("LabelsCommitted")] == [ben]
    assert "cannot add more" in at.success[0].value


def test_a_round_on_another_chain_is_said_and_goes_on_here(rounds):
    at = published(opened("crowd", view="Rounds"))
    at.number_input[0].set_value(4)
    pick(at, "Publish")
    rounds.book.write(lambda db: db.execute("UPDATE chained SET identity = '7331:other'"))
    at = opened("crowd", view="Rounds")
    assert "not on the chain in use" in sentences(at)
    pick(at, "Go on without the chain")
    fill(rounds, 1, CrowdOf(6), seed=1)
    at = opened("crowd", view="Rounds")
    pick(at, "Seal")
    assert "Items with this label" in html(at)
