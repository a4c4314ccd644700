"""The pages Market and Owner: a data set is published, bought, trained on, paid for and stopped, by demo labelers."""

import pytest

from privacy.chains.sender import Sender
from tests.support.app_pages import drawn, html, labels, opened, pick, sentences, shown
from ui import resources
from workloads.labeling.images import shipped
from workloads.labeling.market.acts import Act
from workloads.labeling.market.shelf import Shelf
from workloads.labeling.onchain.accounts import account_of
from workloads.labeling.onchain.amounts import ONE
from workloads.labeling.onchain.town import build
from workloads.labeling.rounds.demo import LABELERS, CrowdOf, fill, ready
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import Terms


@pytest.fixture
def town(app_state):
    """The contracts, and a final round of ten digits."""
    chain = resources.chain()
    made = build(Sender(chain, chain.signers()[0]))
    rounds = ready(Rounds())
    images, _ = shipped.for_round("digits", 10, gold=0, nth=0)
    number = rounds.publish("Ten <b>digits</b>", "digits", images, Terms(votes=3))
    fill(rounds, number, CrowdOf(labelers=5, skill=(40.0, 1.0)), seed=1)
    rounds.seal(number)
    rounds.finalize(number, {
        "labels": [shipped.truth(image) for image in images], "sure": [0.9] * 10, "gold": [], "audited": [],
        "method": "by hand", "points": {},
    })  # fmt: skip
    return made


def of(labeler):
    return account_of(f"demo-{labeler}")


def give(town, labeler, amount):
    Act(town.crol, "transfer", (of(labeler), amount)).by(Sender(town.crol.chain, town.crol.chain.signers()[0]))


def balance(town, labeler):
    return town.crol.read("balanceOf", of(labeler))


def test_without_the_contracts_a_page_offers_to_build_them(app_state):
    for page in ("market", "owner"):
        at = opened(page)
        assert labels(at).count("Set up the contracts") == 1
        assert not at.error
    pick(at, "Set up the contracts")
    assert "Set up the contracts" not in labels(opened("market"))


def test_a_data_set_from_its_publication_to_its_owners_income(town):
    at = opened("market", account=of("ada"))
    assert "10 of 10 images are not registered" in html(at)
    pick(at, "Let the demo labelers register their 10 images")
    pick(at, "Seal its images and labels")
    pick(at, "Put it up for sale")
    assert "Ten &lt;b&gt;digits&lt;/b&gt;" in html(at)
    (listing,) = Shelf(town.market, resources.store()).listings()
    assert (listing.publisher, listing.offer.price) == (of("ada"), 100 * ONE)

    at = opened("market", account=of("ben"))
    assert not [label for label in labels(at) if label.startswith(("Buy for", "Train", "Prepay"))]
    assert "faucet" in " ".join(one.value for one in at.caption)
    give(town, "ben", 110 * ONE)
    at = opened("market", account=of("ben"))
    pick(at, "Buy for 100.00 CROL")
    pick(at, "Open it")
    assert "The key of this data set" in html(at)
    pick(at, "Prepay 6.00 CROL")
    pick(at, "Train")
    assert html(at).count("/chain?q=0x") >= 4
    assert "used: 3; left: <b>0</b>" in html(at)
    assert "Measured: the loss went from" in "".join(drawn(at)) + shown(at)
    assert balance(town, "ben") == 4 * ONE

    # 90 of the purchase and 6 of three iterations, for ten images of five owners: 19.20 each.
    at = opened("owner", account=of("chi"))
    assert "19.20" in html(at)
    assert "Ten &lt;b&gt;digits&lt;/b&gt; was bought" in html(at)
    pick(at, "Withdraw 19.20 CROL of Ten <b>digits</b>")
    assert balance(town, "chi") == 192 * ONE // 10
    at = opened("owner", account=of("ada"))
    pick(at, "Withdraw 10.00 CROL as the holder of Ten <b>digits</b>")
    assert balance(town, "ada") == 10 * ONE

    # Chi takes a consent back: nobody sells or trains until it is there again.
    at = opened("owner", account=of("chi"))
    pick(at, "Claim this image")
    pick(at, "Take the consent back")
    pick(at, "Suspend Ten <b>digits</b>")
    give(town, "dee", 100 * ONE)
    at = opened("market", account=of("dee"))
    assert "suspended" in html(at)
    pick(at, "Buy for 100.00 CROL")
    assert "consent" in sentences(at)
    assert balance(town, "dee") == 100 * ONE
    at = opened("owner", account=of("chi"))
    pick(at, "Agree to its use again")
    pick(at, "Let Ten <b>digits</b> be sold again")
    pick(opened("market", account=of("dee")), "Buy for 100.00 CROL")
    assert balance(town, "dee") == 0


def test_odd_links_and_amounts_are_said(town):
    at = opened("market", account="0x" + "11" * 20)
    assert "account" in sentences(at)
    at = opened("market", account=of("ada"))
    pick(at, "Let the demo labelers register their 10 images")
    for price in ("", "-1", "1e3", "0x10", "12,5", "1" * 40):
        at.text_input(key="market.price").set_value(price).run()
        assert not at.exception
        assert "not an amount of CROL" in sentences(at)
    assert list(LABELERS)[:1] == ["demo-ada"]
